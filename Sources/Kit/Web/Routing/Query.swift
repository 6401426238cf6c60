import Foundation
import Hummingbird

/// The query of a request with typed, checked access. Wrong values throw 400 with the parameter's name.
public struct Query: Sendable {
    private let pairs: [(name: String, value: String)]

    public init(_ request: Request) {
        pairs = URLEncoded.pairs(request.uri.query ?? "")
    }

    /// The first value of a parameter; nil if absent or empty.
    public subscript(name: String) -> String? {
        pairs.first { $0.name == name && !$0.value.isEmpty }?.value
    }

    /// All values of a parameter, also when sent as `name[]`.
    public func list(_ name: String) -> [String] {
        pairs.filter { ($0.name == name || $0.name == name + "[]") && !$0.value.isEmpty }.map(\.value)
    }

    /// The names that were sent.
    public var names: [String] { pairs.map(\.name) }

    /// A whole number within a range.
    public func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = self[name] else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw Query.wrong(name, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A finite number.
    public func number(_ name: String) throws -> Double? {
        guard let text = self[name] else { return nil }
        guard let number = Double(text), number.isFinite else { throw Query.wrong(name, "a number") }
        return number
    }

    /// `true` or `false`.
    public func flag(_ name: String) throws -> Bool? {
        switch self[name] {
        case nil: nil
        case "true", "1": true
        case "false", "0": false
        default: throw Query.wrong(name, "true or false")
        }
    }

    /// One of an enumeration's words.
    public func choice<Choice: RawRepresentable & CaseIterable>(_ name: String, _: Choice.Type) throws -> Choice?
    where Choice.RawValue == String {
        guard let text = self[name] else { return nil }
        guard let choice = Choice(rawValue: text) else {
            throw Query.wrong(name, "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return choice
    }

    /// A day or a moment in ISO 8601.
    public func date(_ name: String) throws -> Date? {
        guard let text = self[name] else { return nil }
        guard let date = CivilTime.parse(text) else { throw Query.wrong(name, "a day or time in ISO 8601") }
        return date
    }

    /// `sort=-field`: the field and whether it runs downwards. Fields outside the list are refused.
    public func sort(_ fields: [String]) throws -> (field: String, descending: Bool)? {
        guard let text = self["sort"] else { return nil }
        let descending = text.hasPrefix("-")
        let field = String(descending ? text.dropFirst() : text[...])
        guard fields.contains(field) else { throw Query.wrong("sort", "one of " + fields.joined(separator: ", ")) }
        return (field, descending)
    }

    /// Rows per page of big lists: 1 to 100, 20 unless said.
    public func limit(default standard: Int = 20, maximum: Int = 100) throws -> Int {
        try integer("limit", in: 1...maximum) ?? standard
    }

    /// The position to go on from, if a cursor was sent. A cursor of another list or a damaged one is 400.
    public func cursor(for list: String) throws -> JSONValue? {
        guard let text = self["cursor"] else { return nil }
        return try Cursor.decode(text, for: list)
    }

    /// 400 `unknown_parameter` for names that the route does not declare.
    static func refuseUnknown(_ request: Request, known: Set<String>) throws {
        guard let query = request.uri.query, !query.isEmpty else { return }
        for pair in URLEncoded.pairs(query) where !pair.name.isEmpty {
            let name = pair.name.hasSuffix("[]") ? String(pair.name.dropLast(2)) : pair.name
            guard known.contains(name) else {
                throw Problem.badRequest("unknown_parameter", "There is no parameter \(name.prefix(64)) here.")
            }
        }
    }

    static func wrong(_ name: String, _ expected: String) -> Problem {
        Problem(
            .badRequest, code: "invalid_parameter", detail: "\(name) must be \(expected).",
            errors: [FieldProblem(field: name, code: "invalid", message: "Must be \(expected).")])
    }
}
