import HTTPTypes
import Hummingbird
import NIOCore

/// How much an upload may be.
public struct MultipartLimits: Sendable {
    /// The whole body in bytes.
    public var total: Int
    public var parts: Int
    /// A text field read with `text()`, in bytes.
    public var text: Int

    public init(total: Int, parts: Int = 50, text: Int = 65_536) {
        self.total = total
        self.parts = parts
        self.text = text
    }
}

/// One part of a multipart form.
public struct MultipartPart: Sendable, Equatable {
    /// The field's name.
    public let name: String
    /// The file's own name, without any folders; nil for plain fields. Show it, never use it as a path.
    public let filename: String?
    public let contentType: String?
}

/// Reads a `multipart/form-data` request part by part without holding more than a chunk.
///
///     var reader = try MultipartReader(request, limits: MultipartLimits(total: 1_000_000_000))
///     while let part = try await reader.nextPart() {
///         if part.filename == nil { values[part.name] = try await reader.text() ; continue }
///         while let chunk = try await reader.nextChunk() { try await file.write(chunk) }
///     }
public struct MultipartReader {
    private var source: UploadBody.Iterator
    private var parser: MultipartParser
    private var tokens: [MultipartToken] = []
    private let limits: MultipartLimits
    private var isInPart = false

    /// - Throws: 415 if the request is no multipart form, 413 if it is announced too large
    public init(_ request: Request, limits: MultipartLimits) throws {
        let type = request.headers[.contentType] ?? ""
        guard MediaTypes.base(type) == "multipart/form-data",
            let boundary = MediaTypes.parameter("boundary", of: type), MultipartReader.isValid(boundary)
        else { throw Problem.unsupportedMediaType(expected: "multipart/form-data with a boundary") }
        source = try UploadBody(request, limit: limits.total).makeAsyncIterator()
        parser = MultipartParser(boundary: boundary, maximumParts: limits.parts)
        self.limits = limits
    }

    /// RFC 2046 §5.1.1: 1 to 70 characters from a short list.
    private static func isValid(_ boundary: String) -> Bool {
        (1...70).contains(boundary.utf8.count)
            && boundary.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "'()+_,-./:=? ".contains($0)) }
            && boundary.last != " "
    }

    /// The next part, skipping what is left of the current one; nil after the last.
    public mutating func nextPart() async throws -> MultipartPart? {
        while let token = try await nextToken() {
            switch token {
            case .part(let headers):
                isInPart = true
                return try MultipartReader.part(headers)
            case .data: continue
            case .endOfPart: isInPart = false
            }
        }
        return nil
    }

    /// The next bytes of the current part; nil at its end.
    public mutating func nextChunk() async throws -> ByteBuffer? {
        guard isInPart, let token = try await nextToken() else { return nil }
        switch token {
        case .data(let bytes): return ByteBuffer(bytes: bytes)
        case .endOfPart, .part:
            isInPart = false
            return nil
        }
    }

    /// The current part as text; 413 above the limit, 400 if it is not UTF-8.
    public mutating func text() async throws -> String {
        var bytes: [UInt8] = []
        while let chunk = try await nextChunk() {
            guard bytes.count + chunk.readableBytes <= limits.text else { throw Problem.tooLarge(limit: limits.text) }
            bytes.append(contentsOf: chunk.readableBytesView)
        }
        guard let text = String(validating: bytes, as: UTF8.self), !text.utf8.contains(0) else {
            throw Problem.badRequest("malformed_form", "A field is not UTF-8.")
        }
        return text
    }

    private mutating func nextToken() async throws -> MultipartToken? {
        while tokens.isEmpty {
            guard let chunk = try await source.next() else {
                guard parser.isComplete else { throw UploadBody.cutOff }
                return nil
            }
            do {
                // Reversed, so that taking from the end is cheap.
                tokens = try parser.feed(chunk.readableBytesView).reversed()
            } catch {
                throw Problem.badRequest("malformed_multipart", "The upload could not be read (\(error)).")
            }
        }
        return tokens.popLast()
    }

    private static func part(_ headers: [(name: String, value: String)]) throws -> MultipartPart {
        let disposition = headers.first { $0.name == "content-disposition" }?.value ?? ""
        guard MediaTypes.base(disposition) == "form-data", let name = MediaTypes.parameter("name", of: disposition)
        else { throw Problem.badRequest("malformed_multipart", "A part has no name.") }
        let filename = MediaTypes.parameter("filename", of: disposition).map(baseName)
        return MultipartPart(
            name: name, filename: filename, contentType: headers.first { $0.name == "content-type" }?.value)
    }

    /// The last component of a path from any system, without control characters.
    private static func baseName(_ path: String) -> String {
        let last = path.split { $0 == "/" || $0 == "\\" }.last ?? ""
        let name = String(last.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }.prefix(255))
        return name.isEmpty || name == "." || name == ".." ? "upload" : name
    }
}
