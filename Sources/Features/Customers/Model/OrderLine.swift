import BSON

/// What was ordered of one product.
public struct OrderLine: Sendable, Equatable {
    /// The source's id of the product.
    public var product: String
    public var quantity: Int
    /// In the order's currency, after discounts where the source tells them; nil where it tells no amount.
    public var amountMinor: Int64?

    public init(product: String, quantity: Int, amountMinor: Int64?) {
        self.product = product
        self.quantity = quantity
        self.amountMinor = amountMinor
    }

    /// Kept of one order; the largest amounts stay.
    public static let most = 50

    /// One line a product, largest amount first.
    static func compact(_ lines: [OrderLine]) -> [OrderLine] {
        guard !lines.isEmpty else { return [] }
        var merged: [String: OrderLine] = [:]
        for line in lines where !line.product.isEmpty && line.quantity > 0 {
            merged[line.product, default: OrderLine(product: line.product, quantity: 0, amountMinor: 0)].add(line)
        }
        let sorted = merged.values.sorted { ($1.amountMinor ?? 0, $0.product) < ($0.amountMinor ?? 0, $1.product) }
        return Array(sorted.prefix(most))
    }

    private mutating func add(_ other: OrderLine) {
        quantity += other.quantity
        if let sum = amountMinor, let more = other.amountMinor { amountMinor = sum + more } else { amountMinor = nil }
    }

    static func write(_ lines: [OrderLine], to writer: inout BSONWriter) {
        writer.array("lines") { array in
            for line in lines {
                array.document { inner in
                    inner.append("product", line.product)
                    inner.append("quantity", Int32(clamping: line.quantity))
                    inner.appendIfPresent("amount_minor", line.amountMinor)
                }
            }
        }
    }

    static func read(_ field: BSONField) throws -> [OrderLine] {
        var lines: [OrderLine] = []
        var rows = try field.reader()
        while let row = try rows.next() {
            var line = OrderLine(product: "", quantity: 1, amountMinor: nil)
            var fields = try row.reader()
            while let field = try fields.next() {
                switch field.key {
                case "product": line.product = try field.string()
                case "quantity": line.quantity = try field.int()
                case "amount_minor": line.amountMinor = try field.int64()
                default: break
                }
            }
            lines.append(line)
        }
        return lines
    }
}
