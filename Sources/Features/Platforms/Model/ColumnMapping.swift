/// Which column means what, and how its values are written: everything needed to read a file the same way again.
public struct ColumnMapping: Sendable, Codable, Equatable {
    /// Nil in mappings of orders that are older than other templates.
    private var kind: ImportTemplate?
    public var columns: [String: Int]
    public var encoding: TextEncoding
    public var delimiter: String
    public var hasHeader: Bool
    public var dateFormat: DateFormat
    public var numberFormat: NumberFormat
    /// ISO 4217 code for rows that name none.
    public var currency: String
    public var expiryFormat: DateFormat
    /// IANA name of the zone of times without one.
    public var timeZone: String

    public init(
        template: ImportTemplate = .orders, columns: [String: Int] = [:], encoding: TextEncoding = .utf8,
        delimiter: String = ",", hasHeader: Bool = true, dateFormat: DateFormat = .iso,
        numberFormat: NumberFormat = .point, currency: String, expiryFormat: DateFormat = .iso, timeZone: String
    ) {
        kind = template
        self.columns = columns
        self.encoding = encoding
        self.delimiter = delimiter
        self.hasHeader = hasHeader
        self.dateFormat = dateFormat
        self.numberFormat = numberFormat
        self.currency = currency
        self.expiryFormat = expiryFormat
        self.timeZone = timeZone
    }

    /// What the rows of the file are.
    public var template: ImportTemplate {
        get { kind ?? .orders }
        set { kind = newValue }
    }

    public subscript(field: ImportField) -> Int? {
        get { columns[field.rawValue] }
        set { columns[field.rawValue] = newValue }
    }

    public var delimiterByte: UInt8 { delimiter.utf8.first ?? 0x2C }

    /// Required fields without a column, in the order a person reads them.
    public var missing: [ImportField] {
        let there = Set(template.fields.filter { self[$0] != nil })
        return template.required.filter { !there.contains($0) && !template.canStandFor($0, there) }
    }

    enum CodingKeys: String, CodingKey {
        case kind = "template"
        case columns, encoding, delimiter, currency
        case hasHeader = "has_header"
        case dateFormat = "date_format"
        case numberFormat = "number_format"
        case expiryFormat = "expiry_format"
        case timeZone = "time_zone"
    }
}

extension ColumnMapping {
    /// A first proposal: by the names of the columns, then by what their values look like.
    mutating func fill(from detected: DetectedSummary) {
        let found = detected.columns
        for (index, column) in found.enumerated() {
            if let field = ImportField.known(as: column.name, in: template), self[field] == nil { self[field] = index }
        }
        fillByValues(found)
        if let column = self[.date], let format = found[column].dateFormats.first { dateFormat = format }
        if let column = self[.consentExpiry], let format = found[column].dateFormats.first { expiryFormat = format }
        if let column = template.numberField.flatMap({ self[$0] }) { numberFormat = found[column].numberFormat }
    }

    /// Only where the names left no doubt about who or what: guessing a customer among unknown columns helps nobody.
    private mutating func fillByValues(_ found: [DetectedSummary.Column]) {
        func free(_ kind: ColumnProfile.Kind) -> Int? {
            found.indices.first { found[$0].kind == kind && !columns.values.contains($0) }
        }
        if self[.email] == nil, template.fields.contains(.email) { self[.email] = free(.email) }
        if self[.date] == nil, template.required.contains(.date) { self[.date] = free(.date) }
        guard template == .orders else { return }
        if self[.orderID] == nil {
            self[.orderID] = found.indices.first {
                found[$0].showsOrderNumbers && !columns.values.contains($0)
            }
        }
        guard !hasHeader else { return }
        if self[.customer] == nil, self[.email] == nil, found.count > 2 {
            self[.customer] = found.indices.first { !columns.values.contains($0) }
        }
        if self[.amount] == nil {
            self[.amount] = found.indices.last { found[$0].kind == .number && !columns.values.contains($0) }
        }
    }
}

extension DetectedSummary.Column {
    /// Whether every example is written as shops number their orders: `#1042`.
    fileprivate var showsOrderNumbers: Bool {
        !examples.isEmpty
            && examples.allSatisfy { $0.count > 1 && $0.hasPrefix("#") && $0.dropFirst().allSatisfy(\.isNumber) }
    }
}
