import Customers

/// An order of which more rows may follow, each with another product.
struct OpenOrder: Sendable {
    var row: ParsedRow
    /// The order stood before in the file: its further rows did too.
    let isRepeated: Bool
}

extension ParsedRow {
    /// Lines that the rows of one order may have.
    static let mostLines = 200

    mutating func add(_ line: OrderLine) {
        lines.append(line)
        quantity += line.quantity
    }
}

extension RowReader {
    /// Files of shops write an order on as many rows as it has products, one below the other. What stands on the first
    /// row is on the others too, or left empty there.
    ///
    /// - Returns: nil where the record is no further row of the order before it
    mutating func further(_ record: CSVRecord) throws(CellProblem) -> RowOutcome? {
        guard let order = open, cells.text(.orderID, record) == order.row.externalID,
            let product = cells.text(.product, record), try agrees(record, with: order.row)
        else { return nil }
        let line = OrderLine(product: product, quantity: try quantity(record), amountMinor: nil)
        let isCopy = cells.field(.amount, record) != nil && order.row.lines.contains(line)
        guard !order.isRepeated, !isCopy else { return .further(nil) }
        guard order.row.lines.count < ParsedRow.mostLines else {
            throw cells.problem(.tooManyLines, mapping[.product] ?? 0, record)
        }
        open?.row.add(line)
        return .further(line)
    }

    private func agrees(_ record: CSVRecord, with row: ParsedRow) throws(CellProblem) -> Bool {
        if let customer = cells.customer(record, email: try cells.email(record)), customer != row.customer {
            return false
        }
        if cells.field(.date, record) != nil {
            guard try cells.date(.date, mapping.dateFormat, record) == row.placedAt else { return false }
        }
        guard cells.field(.amount, record) != nil else { return true }
        return try total(record) == (row.amountMinor, row.currency)
    }
}
