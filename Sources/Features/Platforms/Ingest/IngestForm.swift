import Customers
import Foundation
import Web

/// How one type of row is written on the wire, and what it becomes.
protocol IngestForm: Decodable, Sendable {
    associatedtype Row: Sendable

    /// - Throws: `IngestRefusal`
    func row(_ frame: IngestFrame) throws(IngestRefusal) -> Row
    /// What the row is known by: the same twice is one row.
    static func name(_ row: Row, in run: IngestRun) -> String
    /// When the source last changed the row, where it says so: of two states the newer one counts.
    static func time(_ row: Row) -> Date?
    /// Stores rows of different names and tells what became of each, one for one.
    static func store(_ rows: [Row], in run: IngestRun) async throws -> [RowChange]
}

extension IngestForm {
    static func time(_ row: Row) -> Date? { nil }
}

/// What rows are read against.
struct IngestFrame: Sendable {
    /// For figures that name none.
    let currency: String
    let timeZone: String
    /// Days that a consent holds which names no end.
    let consentDays: Int
}

/// Why a row is not taken, field by field.
struct IngestRefusal: Error {
    let problems: [FieldProblem]
}

/// Money as the API writes it.
struct MoneyBody: Decodable, Sendable, Equatable {
    var amountMinor: Int64
    var currency: String

    enum CodingKeys: String, CodingKey {
        case amountMinor = "amount_minor"
        case currency
    }
}

/// Looks over the fields of one row and gathers what is wrong with them.
struct RowChecks {
    /// A trillion in minor units: more is a typing error.
    static let hugeMinor: Int64 = 1_000_000_000_000
    static let longestID = 400
    static let longestText = 2000

    private var problems: [FieldProblem] = []

    mutating func add(_ field: String, _ code: String, _ message: String) {
        problems.append(FieldProblem(field: field, code: code, message: message))
    }

    mutating func require(_ holds: Bool, _ field: String, _ code: String, _ message: @autoclosure () -> String) {
        if !holds { add(field, code, message()) }
    }

    mutating func id(_ id: String, _ field: String = "id") {
        require(!id.trimmingSpaces.isEmpty, field, "required", "Is empty.")
        text(id, field, longest: Self.longestID)
    }

    mutating func ids(_ ids: [(String, String?)]) {
        for (field, id) in ids { if let id { self.id(id, field) } }
    }

    mutating func texts(_ texts: [(String, String?)]) {
        for (field, text) in texts { if let text { self.text(text, field) } }
    }

    private mutating func text(_ text: String, _ field: String, longest: Int = longestText) {
        require(text.utf8.count <= longest, field, "too_long", "Has more than \(longest) bytes.")
        require(!text.utf8.contains(0), field, "invalid", "Holds a NUL byte.")
        require(
            !CardNumber.matches(Array(text.utf8)[...]), field, "card_number",
            "Is a card number, which is never stored.")
    }

    mutating func choice(_ word: String, _ field: String, among words: Set<String>) {
        require(
            words.contains(word), field, "choice", "Must be one of \(words.sorted().joined(separator: ", ")).")
    }

    mutating func email(_ email: String?) {
        guard let email else { return }
        require(EmailAddress.isPlausible(Array(email.utf8)[...]), "email", "email", "Is no e-mail address.")
    }

    mutating func currency(_ code: String, _ field: String) {
        require(CurrencyCode.isPlausible(code), field, "invalid", "Must be three capital letters.")
    }

    /// An amount that is not negative and not absurd; nil where there is none.
    @discardableResult
    mutating func money(_ money: MoneyBody?, _ field: String, in expected: String? = nil) -> Int64? {
        guard let money else { return nil }
        currency(money.currency, field + ".currency")
        require(
            0...Self.hugeMinor ~= money.amountMinor, field + ".amount_minor", "range",
            "Must be from 0 to \(Self.hugeMinor).")
        if let expected {
            require(
                money.currency == expected, field + ".currency", "mismatch",
                "Must be \(expected), as the other amounts of the row.")
        }
        return money.amountMinor
    }

    mutating func counts(_ counts: [(String, Int64?)]) {
        for (field, count) in counts {
            guard let count else { continue }
            require(0...Self.hugeMinor ~= count, field, "range", "Must be from 0 to \(Self.hugeMinor).")
        }
    }

    mutating func number(_ number: Double?, _ field: String, in range: ClosedRange<Double>) {
        guard let number else { return }
        require(
            range.contains(number), field, "range", "Must be from \(range.lowerBound) to \(range.upperBound).")
    }

    mutating func quantity(_ quantity: Int?, _ field: String) {
        require(0...1_000_000 ~= quantity ?? 1, field, "range", "Must be from 0 to 1000000.")
    }

    /// A day of the calendar as it is written: `2026-11-21`.
    mutating func day(_ day: String, _ field: String) {
        require(
            day.utf8.count == 10 && CivilTime.parse(day) != nil, field, "date",
            "Must be a day, for instance 2026-11-21.")
    }

    func finish() throws(IngestRefusal) {
        guard problems.isEmpty else { throw IngestRefusal(problems: problems) }
    }
}
