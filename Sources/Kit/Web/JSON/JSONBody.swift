import HTTPTypes
import Hummingbird
import NIOCore

/// Reads JSON bodies strictly: 415 for another content type, 413 above the limit, 400 for broken JSON or a field
/// that does not exist, 422 with field paths for missing or mistyped ones.
public enum JSONBody {
    /// Decodes the body into a command. Names come from the type's `CodingKeys` (snake_case on the wire).
    public static func decode<Command: Decodable>(
        _: Command.Type, _ request: Request, _ context: some RequestContext, limit: Int = BodyLimit.standardBytes
    ) async throws -> Command {
        try decode(Command.self, from: try await value(request, limit: limit))
    }

    /// The body as a JSON value, for routes that take free shapes.
    public static func value(_ request: Request, limit: Int = BodyLimit.standardBytes) async throws -> JSONValue {
        let type = request.headers[.contentType].map(MediaTypes.base) ?? ""
        guard type == "application/json" || type.hasSuffix("+json") else {
            throw Problem.unsupportedMediaType(expected: "application/json")
        }
        let bytes = try await collect(request, limit: limit)
        guard !bytes.isEmpty else { throw Problem.badRequest("empty_body", "A JSON body is needed.") }
        do {
            return try JSONParser.parse(bytes)
        } catch {
            throw Problem.badRequest("malformed_json", "\(error.reason) (byte \(error.offset))")
        }
    }

    /// Decodes a JSON value, with the same refusals as a body.
    public static func decode<Command: Decodable>(_: Command.Type, from value: JSONValue) throws -> Command {
        let unknown = UnknownFields()
        do {
            let command = try Command(from: JSONValueDecoder(value: value, codingPath: [], unknown: unknown))
            try unknown.check()
            return command
        } catch let error as DecodingError {
            throw Problem.validation([FieldProblem(error)])
        }
    }

    /// The whole body, refused as soon as it grows past the limit.
    public static func collect(_ request: Request, limit: Int) async throws -> [UInt8] {
        if let declared = request.headers[.contentLength].flatMap({ Int($0) }), declared > limit {
            throw Problem.tooLarge(limit: limit)
        }
        var bytes: [UInt8] = []
        for try await chunk in request.body {
            guard bytes.count + chunk.readableBytes <= limit else { throw Problem.tooLarge(limit: limit) }
            bytes.append(contentsOf: chunk.readableBytesView)
        }
        return bytes
    }
}

/// Content types without their parameters.
enum MediaTypes {
    /// `text/html; charset=utf-8` → `text/html`.
    static func base(_ header: String) -> String {
        (header.split(separator: ";").first?.trimmingSpaces()).map { $0.lowercased() } ?? ""
    }

    /// A parameter of a content type or disposition, unquoted.
    static func parameter(_ name: String, of header: String) -> String? {
        var rest = header[...]
        guard let semicolon = rest.firstIndex(of: ";") else { return nil }
        rest = rest[rest.index(after: semicolon)...]
        while !rest.isEmpty {
            guard let equals = rest.firstIndex(of: "=") else { return nil }
            let key = rest[..<equals].trimmingSpaces().lowercased()
            rest = rest[rest.index(after: equals)...]
            let value = takeValue(&rest)
            if key == name { return value }
        }
        return nil
    }

    private static func takeValue(_ rest: inout Substring) -> String {
        guard rest.first == "\"" else {
            let end = rest.firstIndex(of: ";") ?? rest.endIndex
            let value = String(rest[..<end].trimmingSpaces())
            rest = end < rest.endIndex ? rest[rest.index(after: end)...] : ""
            return value
        }
        rest = rest.dropFirst()
        var value = ""
        while let character = rest.popFirst(), character != "\"" {
            // Browsers send %22 for quotes in file names; a backslash only ever escapes a quote or itself.
            if character == "\\", let next = rest.first, next == "\"" || next == "\\" {
                value.append(next)
                rest = rest.dropFirst()
            } else {
                value.append(character)
            }
        }
        if let semicolon = rest.firstIndex(of: ";") { rest = rest[rest.index(after: semicolon)...] } else { rest = "" }
        return value
    }
}

extension FieldProblem {
    /// The path and reason of a decoding error, in the sender's words and without Swift's.
    init(_ error: DecodingError) {
        switch error {
        case .keyNotFound(let key, let context):
            self.init(
                field: FieldProblem.path(context.codingPath + [key]), code: "required", message: "Is missing.")
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            self.init(
                field: FieldProblem.path(context.codingPath), code: "type", message: context.debugDescription)
        case .dataCorrupted(let context):
            self.init(
                field: FieldProblem.path(context.codingPath), code: "invalid",
                message: "Has a value that is not allowed here.")
        @unknown default:
            self.init(field: "", code: "invalid", message: "Cannot be read.")
        }
    }

    static func path(_ keys: [any CodingKey]) -> String {
        keys.map { key in key.intValue.map(String.init) ?? key.stringValue }.joined(separator: ".")
    }
}
