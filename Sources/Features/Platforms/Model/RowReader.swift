import Crypto
import Customers

/// A row understood: exact amounts, UTC milliseconds, and a key by which the same row is known again.
public struct ParsedRow: Sendable, Equatable {
    public var line: Int
    public var externalID: String
    public var customer: String
    public var placedAt: Int64
    public var amountMinor: Int64
    public var currency: String
    public var quantity: Int
    public var refundedMinor: Int64
    public var email: String?
    public var country: String?
    public var purposes: [Purpose]
    public var consentExpiry: Int64?
}

public enum RowOutcome: Sendable, Equatable {
    case row(ParsedRow)
    /// The same order id with the same content again: nothing to do.
    case repeated
    case problem(RowProblem)
}

/// Reads records of one file with one mapping. It remembers what it has seen, because the key of a row without an
/// order id is its content plus how often that content came before in this file.
public struct RowReader: Sendable {
    /// A trillion in minor units: more is a typing error or a wrong column.
    static let hugeMinor: Int64 = 1_000_000_000_000

    private let mapping: ColumnMapping
    private let names: [String]
    private let zone: ZoneOffsets
    private let widest: Int
    private var occurrences = OccurrenceTable()

    public init(mapping: ColumnMapping, columnNames: [String]) {
        self.mapping = mapping
        names = columnNames
        zone = ZoneOffsets(identifier: mapping.timeZone)
        widest = mapping.columns.values.max() ?? 0
    }

    public mutating func read(_ record: CSVRecord) -> RowOutcome {
        do {
            try checkForm(record)
            var row = try parse(record)
            return try identify(&row, record) ? .row(row) : .repeated
        } catch {
            return .problem(error.at(line: record.line))
        }
    }

    private func checkForm(_ record: CSVRecord) throws(FieldProblem) {
        switch record.defect {
        case .nulByte(let column): throw problem(.nulByte, column, record)
        case .fieldTooLong(let column): throw problem(.fieldTooLong, column, record)
        case .textAfterQuote(let column): throw problem(.textAfterQuote, column, record)
        case .unclosedQuote(let line):
            throw FieldProblem(code: .unclosedQuote, column: "", value: "\(line)–\(record.lastLine)")
        case nil: break
        }
        if !names.isEmpty, record.count > names.count {
            throw FieldProblem(code: .tooManyFields, column: "", value: "\(record.count) / \(names.count)")
        }
        if record.count <= widest {
            throw FieldProblem(
                code: .tooFewFields, column: "", value: "\(record.count) / \(max(names.count, widest + 1))")
        }
        for column in 0..<record.count where column != mapping[.date] && CardNumber.matches(record[column].trimmed) {
            throw FieldProblem(code: .cardNumber, column: name(column), value: "•••• •••• •••• ••••")
        }
    }

    private func parse(_ record: CSVRecord) throws(FieldProblem) -> ParsedRow {
        let email = try email(record)
        let customer = try customer(record, email: email)
        let placedAt = try date(.date, mapping.dateFormat, record)
        let amount = try number(.amount, record)
        let currency = try currency(record, beside: amount.currency)
        let minor = try minor(amount, currency, .amount, record)
        return ParsedRow(
            line: record.line, externalID: "", customer: customer, placedAt: placedAt, amountMinor: minor,
            currency: currency, quantity: try quantity(record), refundedMinor: try refunded(currency, record),
            email: email, country: text(.country, record), purposes: try purposes(record),
            consentExpiry: try expiry(record))
    }

    /// Gives the row its key. False: this order id came before with the same content.
    private mutating func identify(_ row: inout ParsedRow, _ record: CSVRecord) throws(FieldProblem) -> Bool {
        var hash = SHA256()
        for part in [row.customer, String(row.placedAt), String(row.amountMinor), row.currency, String(row.quantity)] {
            hash.update(data: Array(part.utf8))
            hash.update(data: [0])
        }
        let digest = Array(hash.finalize())
        let fingerprint = Self.uint64(digest)
        guard let orderID = text(.orderID, record) else {
            let before = occurrences.count(fingerprint)
            row.externalID = "row:" + DerivedID.crockford(digest) + (before == 0 ? "" : ".\(before + 1)")
            return true
        }
        row.externalID = orderID
        let content = UInt32(truncatingIfNeeded: fingerprint | 1)
        let key = Self.uint64(Array(SHA256.hash(data: Array(orderID.utf8))))
        guard let known = occurrences.claim(key, value: content) else { return true }
        if known == content { return false }
        throw problem(.orderIDReused, mapping[.orderID] ?? 0, record)
    }

    private static func uint64(_ digest: [UInt8]) -> UInt64 {
        digest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}

// MARK: - Fields

extension RowReader {
    private func field(_ field: ImportField, _ record: CSVRecord) -> ArraySlice<UInt8>? {
        guard let column = mapping[field] else { return nil }
        let value = record[column].trimmed
        return value.isEmpty ? nil : value
    }

    private func text(_ wanted: ImportField, _ record: CSVRecord) -> String? {
        field(wanted, record).map { String(decoding: $0.prefix(400), as: UTF8.self) }
    }

    private func customer(_ record: CSVRecord, email: String?) throws(FieldProblem) -> String {
        if let customer = text(.customer, record) { return customer }
        if mapping[.customer] == nil, let email { return email }
        throw missing(.customer, mapping[.customer] ?? mapping[.email] ?? 0)
    }

    private func email(_ record: CSVRecord) throws(FieldProblem) -> String? {
        guard let value = field(.email, record) else { return nil }
        guard EmailAddress.isPlausible(value) else { throw problem(.badEmail, mapping[.email] ?? 0, record) }
        return String(decoding: value, as: UTF8.self).lowercased()
    }

    private func date(
        _ wanted: ImportField, _ format: DateFormat, _ record: CSVRecord
    ) throws(FieldProblem) -> Int64 {
        let column = mapping[wanted] ?? 0
        guard let value = field(wanted, record) else { throw missing(wanted, column) }
        guard let time = format.parse(value, zone: zone) else { throw problem(.badDate, column, record) }
        return time
    }

    private func number(_ wanted: ImportField, _ record: CSVRecord) throws(FieldProblem) -> DecimalText {
        let column = mapping[wanted] ?? 0
        guard let value = field(wanted, record) else { throw missing(wanted, column) }
        do {
            return try mapping.numberFormat.parse(value)
        } catch .tooLarge {
            throw problem(.hugeAmount, column, record)
        } catch {
            throw problem(.badAmount, column, record)
        }
    }

    private func minor(
        _ number: DecimalText, _ currency: String, _ wanted: ImportField, _ record: CSVRecord
    ) throws(FieldProblem) -> Int64 {
        let column = mapping[wanted] ?? 0
        guard let minor = number.minorUnits(exponent: CurrencyCode.exponent(currency)) else {
            throw problem(.hugeAmount, column, record)
        }
        if minor < 0 { throw problem(.negativeAmount, column, record) }
        if minor > Self.hugeMinor { throw problem(.hugeAmount, column, record) }
        return minor
    }

    private func refunded(_ currency: String, _ record: CSVRecord) throws(FieldProblem) -> Int64 {
        guard field(.refunded, record) != nil else { return 0 }
        var number = try number(.refunded, record)
        number.isNegative = false
        return try minor(number, currency, .refunded, record)
    }

    private func currency(_ record: CSVRecord, beside: String?) throws(FieldProblem) -> String {
        guard let code = text(.currency, record)?.uppercased() ?? beside else { return mapping.currency }
        guard CurrencyCode.isPlausible(code) else {
            throw problem(.badCurrency, mapping[.currency] ?? mapping[.amount] ?? 0, record)
        }
        return code
    }

    private func quantity(_ record: CSVRecord) throws(FieldProblem) -> Int {
        guard let value = field(.quantity, record) else { return 1 }
        guard let number = try? mapping.numberFormat.parse(value), !number.isNegative,
            let whole = number.minorUnits(exponent: 0), whole <= 1_000_000
        else { throw problem(.badQuantity, mapping[.quantity] ?? 0, record) }
        return Int(whole)
    }

    private func purposes(_ record: CSVRecord) throws(FieldProblem) -> [Purpose] {
        guard let value = text(.consentPurpose, record) else { return [] }
        var purposes: [Purpose] = []
        for word in value.split(whereSeparator: { ";|, ".contains($0) }) {
            guard let purpose = Purpose(stored: word.lowercased()) else {
                throw problem(.badConsent, mapping[.consentPurpose] ?? 0, record)
            }
            purposes.append(purpose)
        }
        return purposes
    }

    private func expiry(_ record: CSVRecord) throws(FieldProblem) -> Int64? {
        guard field(.consentExpiry, record) != nil else { return nil }
        return try date(.consentExpiry, mapping.expiryFormat, record)
    }

    // MARK: Problems

    private func name(_ column: Int) -> String {
        column < names.count ? names[column] : String(column + 1)
    }

    private func missing(_ wanted: ImportField, _ column: Int) -> FieldProblem {
        FieldProblem(code: .missingValue, column: name(column), value: "")
    }

    private func problem(_ code: RowProblemCode, _ column: Int, _ record: CSVRecord) -> FieldProblem {
        let value = record[column].prefix(240).map { $0 < 0x20 || $0 == 0x7F ? 0x20 : $0 }
        return FieldProblem(
            code: code, column: name(column), value: String(String(decoding: value, as: UTF8.self).prefix(80)))
    }
}

/// A problem before it knows its line.
private struct FieldProblem: Error {
    var code: RowProblemCode
    var column: String
    var value: String

    func at(line: Int) -> RowProblem { RowProblem(line: line, code: code, column: column, value: value) }
}
