import HTTPTypes
import Hummingbird

/// The fields of a submitted form, as they were sent. Missing fields are empty text, so that a form model can be
/// filled leniently and judged in `validate()`.
public struct Form: Sendable, Equatable {
    private struct Pair: Sendable, Equatable {
        let name: String
        let value: String
    }

    private var pairs: [Pair]

    /// A form from values, for tests and for pages that show a filled form.
    public init(_ values: KeyValuePairs<String, String> = [:]) {
        pairs = values.map { Pair(name: $0.key, value: $0.value) }
    }

    init(pairs: [(name: String, value: String)]) {
        self.pairs = pairs.map { Pair(name: $0.name, value: $0.value) }
    }

    /// The first value of a field; empty text if it was not sent.
    public subscript(name: String) -> String {
        pairs.first { $0.name == name }?.value ?? ""
    }

    /// All values of a field, sent as `name` or `name[]`.
    public func list(_ name: String) -> [String] {
        pairs.filter { $0.name == name || $0.name == name + "[]" }.map(\.value)
    }

    /// True if the field was sent at all; a ticked checkbox is sent, an empty one is not.
    public func has(_ name: String) -> Bool {
        pairs.contains { $0.name == name || $0.name == name + "[]" }
    }

    /// The field without blanks at its ends.
    public func trimmed(_ name: String) -> String { String(self[name].trimmingBlanks()) }

    /// The names that were sent, each once, in order.
    public var names: [String] {
        var seen: Set<String> = []
        return pairs.map(\.name).filter { seen.insert($0).inserted }
    }

    /// The largest form that is read, in bytes.
    public static let maximumBytes = 262_144

    /// Reads an `application/x-www-form-urlencoded` body: 415 for another type, 413 above the limit, 400 for broken
    /// escapes, bytes that are no UTF-8, or more than a thousand fields.
    public static func read(_ request: Request, limit: Int = maximumBytes) async throws -> Form {
        let type = request.headers[.contentType].map(MediaTypes.base) ?? ""
        guard type == "application/x-www-form-urlencoded" else {
            throw Problem.unsupportedMediaType(expected: "application/x-www-form-urlencoded")
        }
        let bytes = try await JSONBody.collect(request, limit: limit)
        guard let text = String(validating: bytes, as: UTF8.self) else { throw malformed }
        return try parse(text)
    }

    static func parse(_ text: String) throws -> Form {
        var pairs: [Pair] = []
        for pair in text.split(separator: "&", omittingEmptySubsequences: true) {
            guard pairs.count < URLEncoded.maximumPairs else { throw malformed }
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentCoding.decode(parts[0], plusIsSpace: true),
                let value = PercentCoding.decode(parts.count > 1 ? parts[1] : "", plusIsSpace: true),
                !value.utf8.contains(0), !name.utf8.contains(0)
            else { throw malformed }
            pairs.append(Pair(name: name, value: value.replacing("\r\n", with: "\n")))
        }
        return Form(pairs: pairs)
    }

    private init(pairs: [Pair]) { self.pairs = pairs }

    private static var malformed: Problem {
        Problem.badRequest("malformed_form", "The form could not be read.")
    }
}

extension StringProtocol {
    /// The text without white space and line ends at its ends.
    func trimmingBlanks() -> SubSequence {
        guard let start = firstIndex(where: { !$0.isWhitespace }), let end = lastIndex(where: { !$0.isWhitespace })
        else { return self[endIndex..<endIndex] }
        return self[start...end]
    }
}
