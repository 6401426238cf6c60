/// Finds out how a file is written: delimiter, header and the shape of each column, from its beginning.
///
/// Fed with UTF-8 chunks; it asks for more until it has seen enough. A person can overrule every answer.
public struct CSVDetector: Sendable {
    /// Enough rows to tell day from month in nearly every file, and enough bytes to stop in wide ones.
    public static let wantedRows = 20_000
    public static let wantedBytes = 4 << 20
    static let previewRows = 12

    public struct Overrides: Sendable, Equatable {
        public var delimiter: UInt8?
        public var hasHeader: Bool?

        public init(delimiter: UInt8? = nil, hasHeader: Bool? = nil) {
            self.delimiter = delimiter
            self.hasHeader = hasHeader
        }
    }

    private let overrides: Overrides
    private var buffer: [UInt8] = []
    private var tokenizer: CSVTokenizer?
    private var delimiter: UInt8 = 0x2C
    private var first: CSVRecord?
    private var preview: [[String]] = []
    private var lines: [Int] = []
    private var profiles: [ColumnProfile] = []
    private var rows = 0
    private var fed = 0

    public init(overrides: Overrides = Overrides()) { self.overrides = overrides }

    /// Whether more of the file would help.
    public var wantsMore: Bool {
        guard tokenizer != nil else { return true }
        return rows < Self.wantedRows && (fed < Self.wantedBytes || rows < 2)
    }

    public mutating func feed(_ chunk: [UInt8]) throws {
        fed += chunk.count
        if tokenizer == nil {
            buffer += chunk
            guard buffer.count >= 262_144 else { return }
            try begin()
        } else {
            try tokenize(chunk)
        }
    }

    /// The answer. `isWholeFile` says that nothing follows, so that a last line without an end counts.
    public mutating func finish(isWholeFile: Bool) throws -> DetectedFormat {
        if tokenizer == nil { try begin() }
        if isWholeFile, var ending = tokenizer {
            try ending.finish { take($0) }
        }
        guard let first else { throw CSVError.empty }
        let header = overrides.hasHeader ?? looksLikeHeader(first)
        if header, rows == 0 { throw CSVError.headerOnly }
        if !header {
            for column in 0..<first.count { profile(column) { $0.add(first[column]) } }
            preview.insert(first.texts, at: 0)
            lines.insert(first.line, at: 0)
        }
        name(from: header ? first.texts : [])
        return DetectedFormat(
            delimiter: delimiter, hasHeader: header, columns: profiles, preview: preview, previewLines: lines,
            rowsSeen: rows + (header ? 0 : 1))
    }

    private mutating func begin() throws {
        let start = Self.separatorLine(buffer)
        delimiter = overrides.delimiter ?? start?.delimiter ?? Self.guessDelimiter(buffer)
        tokenizer = CSVTokenizer(delimiter: delimiter)
        let pending = buffer
        buffer = []
        try tokenize(pending)
    }

    private mutating func tokenize(_ chunk: [UInt8]) throws {
        guard var running = tokenizer else { return }
        tokenizer = nil
        defer { tokenizer = running }
        try running.feed(chunk) { take($0) }
    }

    private mutating func take(_ record: CSVRecord) {
        if record.line == 1, Self.separatorLine(record.bytes, delimiterEnds: record) { return }
        guard let first else { return self.first = record }
        guard rows < Self.wantedRows else { return }
        rows += 1
        if preview.count < Self.previewRows {
            preview.append(record.texts.map { String($0.prefix(200)) })
            lines.append(record.line)
        }
        guard record.defect == nil else { return }
        // The first record says how many columns there are; what a row has beyond them is that row's fault.
        for column in 0..<min(record.count, first.count) { profile(column) { $0.add(record[column]) } }
    }

    private mutating func profile(_ column: Int, _ change: (inout ColumnProfile) -> Void) {
        guard column < 1024 else { return }
        while profiles.count <= column { profiles.append(ColumnProfile(name: "")) }
        change(&profiles[column])
    }

    /// Names come from the header; what it leaves empty or repeats gets a number, so that each can be chosen.
    private mutating func name(from header: [String]) {
        while profiles.count < header.count { profiles.append(ColumnProfile(name: "")) }
        var seen: [String: Int] = [:]
        for index in profiles.indices {
            let given = index < header.count ? header[index].trimmingSpaces : ""
            let name = given.isEmpty ? "column \(index + 1)" : String(given.prefix(120))
            seen[name, default: 0] += 1
            let times = seen[name] ?? 1
            profiles[index].name = times == 1 ? name : "\(name) (\(times))"
        }
    }

    /// A header has words only, and stands over something that is not words or is known by name.
    private func looksLikeHeader(_ record: CSVRecord) -> Bool {
        var known = false
        for column in 0..<record.count {
            var cell = ColumnProfile(name: "")
            cell.add(record[column])
            if cell.kind != .text { return cell.kind == .empty && record.count > 1 && known }
            if ImportField.known(as: record.text(column)) != nil { known = true }
        }
        return known || rows == 0 || profiles.contains { $0.kind != .text && $0.kind != .empty }
    }
}

extension CSVDetector {
    public static let delimiters: [UInt8] = [0x2C, 0x3B, 0x09, 0x7C]

    /// The delimiter that cuts the first records into the same number of fields, and into the most of them.
    static func guessDelimiter(_ sample: [UInt8]) -> UInt8 {
        var best: (delimiter: UInt8, score: Double) = (0x2C, 0)
        for delimiter in delimiters {
            var counts: [Int: Int] = [:]
            var records = 0
            var tokenizer = CSVTokenizer(delimiter: delimiter)
            struct Enough: Error {}
            let visit = { (record: CSVRecord) throws -> Void in
                counts[record.count, default: 0] += 1
                records += 1
                if records == 200 { throw Enough() }
            }
            try? tokenizer.feed(sample, visit)
            if records < 2 { try? tokenizer.finish(visit) }
            guard let mode = counts.max(by: { ($0.value, $0.key) < ($1.value, $1.key) }), mode.key > 1 else { continue }
            let consistency = Double(mode.value) / Double(records)
            let score = consistency * consistency * (1 + 0.1 * Double(min(mode.key, 20)))
            if score > best.score { best = (delimiter, score) }
        }
        return best.delimiter
    }

    /// The line `sep=;` that some spreadsheet programs write and read.
    static func separatorLine(_ bytes: [UInt8]) -> (delimiter: UInt8, Bool)? {
        guard bytes.count >= 5, Array(bytes[0..<4]).lowercasedText == "sep=", delimiters.contains(bytes[4]),
            bytes.count == 5 || bytes[5] == 0x0A || bytes[5] == 0x0D
        else { return nil }
        return (bytes[4], true)
    }

    /// Whether a first record is that line after the tokenizer cut it: `sep=` and nothing behind the delimiter.
    static func separatorLine(_ bytes: [UInt8], delimiterEnds record: CSVRecord) -> Bool {
        record.count <= 2 && record.bytes.count <= 5 && bytes.count >= 4
            && Array(bytes[0..<4]).lowercasedText == "sep="
    }
}

extension [UInt8] {
    fileprivate var lowercasedText: String { String(decoding: self, as: UTF8.self).lowercased() }
}

extension String {
    var trimmingSpaces: String { String(decoding: Array(utf8)[...].trimmed, as: UTF8.self) }
}
