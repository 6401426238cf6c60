/// What a multipart body is made of, in the order it arrives.
enum MultipartToken: Sendable, Equatable {
    /// The headers of a part.
    case part([(name: String, value: String)])
    case data([UInt8])
    case endOfPart

    static func == (left: MultipartToken, right: MultipartToken) -> Bool {
        switch (left, right) {
        case (.part(let left), .part(let right)):
            left.map(\.name) == right.map(\.name) && left.map(\.value) == right.map(\.value)
        case (.data(let left), .data(let right)): left == right
        case (.endOfPart, .endOfPart): true
        default: false
        }
    }
}

/// Why a multipart body cannot be read.
enum MultipartFault: Error, Equatable {
    case malformed
    case headersTooLarge
    case tooManyParts
}

/// Splits `multipart/form-data` (RFC 7578, RFC 2046 §5.1) as bytes come in, wherever chunks are cut. A pure state
/// machine: `feed` bytes, take tokens, and ask `isComplete` at the end.
struct MultipartParser: Sendable {
    private enum State: Sendable, Equatable {
        /// Before the first boundary; anything there is ignored.
        case preamble
        /// After a boundary: CRLF starts a part, `--` ends the body.
        case afterBoundary
        case headers
        case body
        case epilogue
    }

    private let delimiter: [UInt8]
    private let maximumHeaderBytes: Int
    private let maximumParts: Int
    private var state = State.preamble
    private var pending: [UInt8]
    private var parts = 0

    init(boundary: String, maximumHeaderBytes: Int = 16_384, maximumParts: Int = 100) {
        delimiter = Array("\r\n--\(boundary)".utf8)
        self.maximumHeaderBytes = maximumHeaderBytes
        self.maximumParts = maximumParts
        // The first boundary has no line end before it; giving it one makes all boundaries alike.
        pending = [0x0D, 0x0A]
    }

    /// True once the closing boundary was seen.
    var isComplete: Bool { state == .epilogue }

    /// Takes bytes and returns what they complete.
    mutating func feed(_ bytes: some Sequence<UInt8>) throws(MultipartFault) -> [MultipartToken] {
        pending.append(contentsOf: bytes)
        var tokens: [MultipartToken] = []
        while try step(&tokens) {}
        return tokens
    }

    /// Does one step; false when more bytes are needed.
    private mutating func step(_ tokens: inout [MultipartToken]) throws(MultipartFault) -> Bool {
        switch state {
        case .preamble: return skipPreamble()
        case .afterBoundary: return try readBoundaryEnd(&tokens)
        case .headers: return try readHeaders(&tokens)
        case .body: return readBody(&tokens)
        case .epilogue:
            pending.removeAll()
            return false
        }
    }

    private mutating func skipPreamble() -> Bool {
        if let index = ByteSearch.first(delimiter, in: pending) {
            pending.removeFirst(index + delimiter.count)
            state = .afterBoundary
            return true
        }
        let surplus = pending.count - delimiter.count
        if surplus > 0 { pending.removeFirst(surplus) }
        return false
    }

    private mutating func readBoundaryEnd(_ tokens: inout [MultipartToken]) throws(MultipartFault) -> Bool {
        // Spaces and tabs may follow a boundary.
        while let first = pending.first, first == 0x20 || first == 0x09 { pending.removeFirst() }
        guard pending.count >= 2 else { return false }
        if pending[0] == UInt8(ascii: "-"), pending[1] == UInt8(ascii: "-") {
            state = .epilogue
            return true
        }
        guard pending[0] == 0x0D, pending[1] == 0x0A else { throw .malformed }
        parts += 1
        guard parts <= maximumParts else { throw .tooManyParts }
        // The line end stays: headers are read from it on, so that a part without headers ends at once.
        state = .headers
        return true
    }

    private mutating func readHeaders(_ tokens: inout [MultipartToken]) throws(MultipartFault) -> Bool {
        let end: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A]
        guard let index = ByteSearch.first(end, in: pending) else {
            guard pending.count <= maximumHeaderBytes else { throw .headersTooLarge }
            return false
        }
        guard index <= maximumHeaderBytes else { throw .headersTooLarge }
        let lines = pending[..<index].dropFirst(2)
        tokens.append(.part(try MultipartParser.headers(lines)))
        // The body may be empty, and then its boundary's line end is the one that ended the headers.
        pending.removeFirst(index + 2)
        state = .body
        dropsLineEnd = true
        return true
    }

    /// True while the line end that closed the headers still stands before the part's data.
    private var dropsLineEnd = false

    private mutating func readBody(_ tokens: inout [MultipartToken]) -> Bool {
        if dropsLineEnd {
            // Enough bytes to tell an empty part's boundary from data.
            guard pending.count >= delimiter.count else { return false }
            dropsLineEnd = false
            if !pending.starts(with: delimiter) { pending.removeFirst(2) }
        }
        if let index = ByteSearch.first(delimiter, in: pending) {
            if index > 0 { tokens.append(.data(Array(pending[..<index]))) }
            tokens.append(.endOfPart)
            pending.removeFirst(index + delimiter.count)
            state = .afterBoundary
            return true
        }
        // All but what may be the beginning of a boundary is data.
        let ready = pending.count - delimiter.count + 1
        if ready > 0 {
            tokens.append(.data(Array(pending[..<ready])))
            pending.removeFirst(ready)
        }
        return false
    }

    private static func headers(
        _ bytes: ArraySlice<UInt8>
    ) throws(MultipartFault) -> [(name: String, value: String)] {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .malformed }
        var headers: [(name: String, value: String)] = []
        for line in text.split(separator: "\r\n", omittingEmptySubsequences: true) {
            guard let colon = line.firstIndex(of: ":") else { throw .malformed }
            let name = line[..<colon].lowercased()
            guard !name.isEmpty, !name.contains(where: \.isWhitespace) else { throw .malformed }
            headers.append((name, String(line[line.index(after: colon)...].trimmingSpaces())))
        }
        return headers
    }
}
