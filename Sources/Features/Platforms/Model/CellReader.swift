import Customers

/// Reads the cells of one record by what their columns mean.
struct CellReader: Sendable {
    /// A trillion in minor units: more is a typing error or a wrong column.
    static let hugeMinor: Int64 = 1_000_000_000_000

    let mapping: ColumnMapping
    let names: [String]
    private let zone: ZoneOffsets
    private let widest: Int

    init(mapping: ColumnMapping, names: [String]) {
        self.mapping = mapping
        self.names = names
        zone = ZoneOffsets(identifier: mapping.timeZone)
        widest = mapping.columns.values.max() ?? 0
    }

    func checkForm(_ record: CSVRecord) throws(CellProblem) {
        switch record.defect {
        case .nulByte(let column): throw problem(.nulByte, column, record)
        case .fieldTooLong(let column): throw problem(.fieldTooLong, column, record)
        case .textAfterQuote(let column): throw problem(.textAfterQuote, column, record)
        case .unclosedQuote(let line):
            throw CellProblem(code: .unclosedQuote, column: "", value: "\(line)–\(record.lastLine)")
        case .notJSON(let offset): throw CellProblem(code: .notJSON, column: "", value: "byte \(offset)")
        case nil: break
        }
        if !names.isEmpty, record.count > names.count {
            throw CellProblem(code: .tooManyFields, column: "", value: "\(record.count) / \(names.count)")
        }
        if record.count <= widest {
            throw CellProblem(
                code: .tooFewFields, column: "", value: "\(record.count) / \(max(names.count, widest + 1))")
        }
        for column in 0..<record.count where column != mapping[.date] && CardNumber.matches(record[column].trimmed) {
            throw CellProblem(code: .cardNumber, column: name(column), value: "•••• •••• •••• ••••")
        }
    }

    func field(_ field: ImportField, _ record: CSVRecord) -> ArraySlice<UInt8>? {
        guard let column = mapping[field] else { return nil }
        let value = record[column].trimmed
        return value.isEmpty ? nil : value
    }

    func text(_ wanted: ImportField, _ record: CSVRecord, longest: Int = 400) -> String? {
        field(wanted, record).map { String(decoding: $0.prefix(longest), as: UTF8.self) }
    }

    func requiredText(_ wanted: ImportField, _ record: CSVRecord) throws(CellProblem) -> String {
        guard let text = text(wanted, record) else { throw missing(wanted) }
        return text
    }

    /// One of these words, in any case.
    func choice(
        _ wanted: ImportField, among words: Set<String>, _ record: CSVRecord
    ) throws(CellProblem) -> String? {
        guard let word = text(wanted, record)?.lowercased() else { return nil }
        guard words.contains(word) else { throw problem(.badChoice, mapping[wanted] ?? 0, record) }
        return word
    }

    func email(_ record: CSVRecord) throws(CellProblem) -> String? {
        guard let value = field(.email, record) else { return nil }
        guard EmailAddress.isPlausible(value) else { throw problem(.badEmail, mapping[.email] ?? 0, record) }
        return String(decoding: value, as: UTF8.self).lowercased()
    }

    /// Who the row is about: by id, or by address where there is no column of ids.
    func customer(_ record: CSVRecord, email: String?) -> String? {
        text(.customer, record) ?? (mapping[.customer] == nil ? email : nil)
    }

    func missingCustomer() -> CellProblem { missing(.customer, mapping[.customer] ?? mapping[.email] ?? 0) }

    func date(
        _ wanted: ImportField, _ format: DateFormat, _ record: CSVRecord
    ) throws(CellProblem) -> Int64 {
        let column = mapping[wanted] ?? 0
        guard let value = field(wanted, record) else { throw missing(wanted, column) }
        guard let time = format.parse(value, zone: zone) else { throw problem(.badDate, column, record) }
        return time
    }

    /// The day of the calendar, as the file's times are meant.
    func day(_ wanted: ImportField, _ record: CSVRecord) throws(CellProblem) -> String {
        zone.day(of: try date(wanted, mapping.dateFormat, record))
    }

    func number(_ wanted: ImportField, _ record: CSVRecord) throws(CellProblem) -> DecimalText {
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

    /// A plain number where there is one, within bounds.
    func figure(
        _ wanted: ImportField, in range: ClosedRange<Double>, _ record: CSVRecord
    ) throws(CellProblem) -> Double? {
        guard field(wanted, record) != nil else { return nil }
        let value = try number(wanted, record).doubleValue
        guard range.contains(value) else { throw problem(.badFigure, mapping[wanted] ?? 0, record) }
        return value
    }

    /// A whole number that is not negative, where there is one.
    func count(_ wanted: ImportField, _ record: CSVRecord) throws(CellProblem) -> Int64? {
        guard field(wanted, record) != nil else { return nil }
        let number = try number(wanted, record)
        guard !number.isNegative, let whole = number.minorUnits(exponent: 0), whole <= Self.hugeMinor else {
            throw problem(.badFigure, mapping[wanted] ?? 0, record)
        }
        return whole
    }

    /// An amount in minor units, where there is one.
    func money(_ wanted: ImportField, _ currency: String, _ record: CSVRecord) throws(CellProblem) -> Int64? {
        guard field(wanted, record) != nil else { return nil }
        return try minor(number(wanted, record), currency, wanted, record)
    }

    func minor(
        _ number: DecimalText, _ currency: String, _ wanted: ImportField, _ record: CSVRecord
    ) throws(CellProblem) -> Int64 {
        let column = mapping[wanted] ?? 0
        guard let minor = number.minorUnits(exponent: CurrencyCode.exponent(currency)) else {
            throw problem(.hugeAmount, column, record)
        }
        if minor < 0 { throw problem(.negativeAmount, column, record) }
        if minor > Self.hugeMinor { throw problem(.hugeAmount, column, record) }
        return minor
    }

    /// The row's currency: of its own column, written beside the amount, or the file's.
    func currency(_ record: CSVRecord, beside: String? = nil) throws(CellProblem) -> String {
        guard let code = text(.currency, record)?.uppercased() ?? beside else { return mapping.currency }
        guard CurrencyCode.isPlausible(code) else {
            throw problem(.badCurrency, mapping[.currency] ?? mapping[.amount] ?? 0, record)
        }
        return code
    }

    func purposes(_ record: CSVRecord) throws(CellProblem) -> [Purpose] {
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

    func expiry(_ record: CSVRecord) throws(CellProblem) -> Int64? {
        guard field(.consentExpiry, record) != nil else { return nil }
        return try date(.consentExpiry, mapping.expiryFormat, record)
    }

    // MARK: Problems

    private func name(_ column: Int) -> String {
        column < names.count ? names[column] : String(column + 1)
    }

    func missing(_ wanted: ImportField) -> CellProblem { missing(wanted, mapping[wanted] ?? 0) }

    private func missing(_ wanted: ImportField, _ column: Int) -> CellProblem {
        CellProblem(code: .missingValue, column: name(column), value: "")
    }

    func problem(_ code: RowProblemCode, _ column: Int, _ record: CSVRecord) -> CellProblem {
        let value = record[column].prefix(240).map { $0 < 0x20 || $0 == 0x7F ? 0x20 : $0 }
        return CellProblem(
            code: code, column: name(column), value: String(String(decoding: value, as: UTF8.self).prefix(80)))
    }
}

/// A problem before it knows its line.
struct CellProblem: Error {
    var code: RowProblemCode
    var column: String
    var value: String

    func at(line: Int) -> RowProblem { RowProblem(line: line, code: code, column: column, value: value) }
}
