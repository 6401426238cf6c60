import Crypto
import Customers

/// An order of a file understood: exact amounts, UTC milliseconds, and a key by which the same row is known again.
public struct ParsedRow: Sendable, Equatable {
    public var line: Int
    public var externalID: String
    public var customer: String
    public var placedAt: Int64
    public var amountMinor: Int64
    public var currency: String
    public var quantity: Int
    public var refundedMinor: Int64
    /// What was ordered, where a column says so.
    public var lines: [OrderLine] = []
    public var email: String?
    public var country: String?
    public var purposes: [Purpose]
    public var consentExpiry: Int64?
}

enum RowOutcome: Sendable, Equatable {
    case row(ParsedRow)
    case record(ImportedRecord)
    /// The same id with the same content again: nothing to do.
    case repeated
    /// Another row of the order before it; its line, nil where it says one again.
    case further(OrderLine?)
    case problem(RowProblem)
}

/// Reads records of one file with one mapping. It remembers what it has seen, because the key of a row without an
/// id is its content plus how often that content came before in this file.
struct RowReader: Sendable {
    let cells: CellReader
    private var occurrences = OccurrenceTable()
    /// The order to which the next row may belong.
    var open: OpenOrder?

    init(mapping: ColumnMapping, columnNames: [String]) {
        cells = CellReader(mapping: mapping, names: columnNames)
    }

    var mapping: ColumnMapping { cells.mapping }

    mutating func read(_ record: CSVRecord) -> RowOutcome {
        do {
            try cells.checkForm(record)
            guard mapping.template == .orders else { return try readRecord(record) }
            if let further = try further(record) { return further }
            var row = try parse(record)
            let isNew = try identify(&row, record)
            open = OpenOrder(row: row, isRepeated: !isNew)
            return isNew ? .row(row) : .repeated
        } catch {
            open = nil
            return .problem(error.at(line: record.line))
        }
    }

    private func parse(_ record: CSVRecord) throws(CellProblem) -> ParsedRow {
        let email = try cells.email(record)
        guard let customer = cells.customer(record, email: email) else { throw cells.missingCustomer() }
        let placedAt = try cells.date(.date, mapping.dateFormat, record)
        let (minor, currency) = try total(record)
        let quantity = try quantity(record)
        let product = cells.text(.product, record)
        return ParsedRow(
            line: record.line, externalID: "", customer: customer, placedAt: placedAt, amountMinor: minor,
            currency: currency, quantity: quantity, refundedMinor: try refunded(currency, record),
            lines: product.map { [OrderLine(product: $0, quantity: quantity, amountMinor: nil)] } ?? [],
            email: email, country: cells.text(.country, record), purposes: try cells.purposes(record),
            consentExpiry: try cells.expiry(record))
    }

    func total(_ record: CSVRecord) throws(CellProblem) -> (minor: Int64, currency: String) {
        let amount = try cells.number(.amount, record)
        let currency = try cells.currency(record, beside: amount.currency)
        return (try cells.minor(amount, currency, .amount, record), currency)
    }

    private func refunded(_ currency: String, _ record: CSVRecord) throws(CellProblem) -> Int64 {
        guard cells.field(.refunded, record) != nil else { return 0 }
        var number = try cells.number(.refunded, record)
        number.isNegative = false
        return try cells.minor(number, currency, .refunded, record)
    }

    func quantity(_ record: CSVRecord) throws(CellProblem) -> Int {
        guard let value = cells.field(.quantity, record) else { return 1 }
        guard let number = try? mapping.numberFormat.parse(value), !number.isNegative,
            let whole = number.minorUnits(exponent: 0), whole <= 1_000_000
        else { throw cells.problem(.badQuantity, mapping[.quantity] ?? 0, record) }
        return Int(whole)
    }

    /// Gives the row its key. False: this order id came before with the same content.
    private mutating func identify(_ row: inout ParsedRow, _ record: CSVRecord) throws(CellProblem) -> Bool {
        let parts = [row.customer, String(row.placedAt), String(row.amountMinor), row.currency, String(row.quantity)]
        let digest = Self.digest(parts.map { Array($0.utf8)[...] })
        guard let orderID = cells.text(.orderID, record) else {
            row.externalID = key(digest)
            return true
        }
        row.externalID = orderID
        return try isNew(orderID, content: digest, .orderIDReused, mapping[.orderID] ?? 0, record)
    }
}

// MARK: - Keys

extension RowReader {
    /// A hash of these values, each ended, so that no two lists of values are one.
    static func digest(_ parts: [ArraySlice<UInt8>]) -> [UInt8] {
        var hash = SHA256()
        for part in parts {
            part.withUnsafeBytes { hash.update(bufferPointer: $0) }
            withUnsafeBytes(of: UInt8(0)) { hash.update(bufferPointer: $0) }
        }
        return Array(hash.finalize())
    }

    /// The key of a row that has no id: its content, and how often that came before.
    mutating func key(_ digest: [UInt8]) -> String {
        let before = occurrences.count(Self.uint64(digest))
        return "row:" + DerivedID.crockford(digest) + (before == 0 ? "" : ".\(before + 1)")
    }

    /// False where the id came before with the same content; with another one that is a problem.
    mutating func isNew(
        _ id: String, content digest: [UInt8], _ code: RowProblemCode, _ column: Int, _ record: CSVRecord
    ) throws(CellProblem) -> Bool {
        let content = UInt32(truncatingIfNeeded: Self.uint64(digest) | 1)
        let key = Self.uint64(Array(SHA256.hash(data: Array(id.utf8))))
        guard let known = occurrences.claim(key, value: content) else { return true }
        if known == content { return false }
        throw cells.problem(code, column, record)
    }

    private static func uint64(_ digest: [UInt8]) -> UInt64 {
        digest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
