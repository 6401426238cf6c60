import BSON
import Foundation
import Tenancy

/// An order as stored. Encoding and decoding are written by hand: orders come in hundreds of thousands.
struct StoredOrder: TenantDocument, Equatable {
    var id: String
    var connectionID: String
    var externalID: String
    var customerID: String
    /// The customer the source names, where the order is counted under another one.
    var sourceCustomerID: String?
    var status: OrderStatus
    var placedAt: Date
    var currency: String
    var totalMinor: Int64
    /// In the organization's currency; only where the order's own currency is another one and a rate was known.
    var organizationAmountMinor: Int64?
    var refundedMinor: Int64 = 0
    var discountMinor: Int64 = 0
    var quantity: Int
    var test = false
    var number: String?
    var taxMinor: Int64 = 0
    var shippingMinor: Int64 = 0
    var sourceName: String?
    var utmSource: String?
    var utmMedium: String?
    var utmCampaign: String?
    /// At most ``OrderLine/most``, largest amount first.
    var lines: [OrderLine] = []
    /// When the source last changed the order, as it says.
    var sourceUpdatedAt: Date?
    /// A fingerprint of the content: equal means that nothing is to be written.
    var rowHash: Int64
    var importID: String
    var updatedImportID: String?
    var createdAt: Date
    var updatedAt: Date
    var version: Int64 = 1

    /// One order per external id of a connection: `_id` is derived from both, so no further unique index is needed.
    static let spec = CollectionSpec(
        "orders",
        indexes: [
            IndexSpec("customer_time", [("customer_id", 1), ("placed_at", 1)]),
            IndexSpec("time", [("placed_at", -1), ("_id", -1)]),
            IndexSpec("source", [("connection_id", 1), ("import_id", 1)]),
            IndexSpec(
                "import_updated", [("updated_import_id", 1)],
                partial: ["updated_import_id": ["$exists": true]]),
        ],
        validator: .schema(
            required: [
                "connection_id", "external_id", "customer_id", "status", "placed_at", "currency", "total_minor",
                "import_id", "created_at", "updated_at",
            ],
            properties: [
                "status": ["enum": .strings(OrderStatus.allCases.map(\.rawValue))],
                "placed_at": ["bsonType": "date"],
                "currency": ["bsonType": "string", "minLength": 3, "maxLength": 3],
                "total_minor": ["bsonType": "long", "minimum": 0],
            ]))

    init(bson: BSONDocument) throws {
        self.init(empty: ())
        var reader = BSONReader(bson)
        while let field = try reader.next() {
            switch field.key {
            case "_id": id = try field.string()
            case "connection_id": connectionID = try field.string()
            case "external_id": externalID = try field.string()
            case "customer_id": customerID = try field.string()
            case "source_customer_id": sourceCustomerID = try field.string()
            case "external_updated_at": sourceUpdatedAt = try field.date()
            case "status": status = OrderStatus(rawValue: try field.string()) ?? .open
            case "placed_at": placedAt = try field.date()
            case "currency": currency = try field.string()
            case "total_minor": totalMinor = try field.int64()
            case "org_amount_minor": organizationAmountMinor = try field.int64()
            case "refunded_minor": refundedMinor = try field.int64()
            case "discount_minor": discountMinor = try field.int64()
            case "quantity": quantity = try field.int()
            case "test": test = try field.bool()
            case "number": number = try field.string()
            case "tax_minor": taxMinor = try field.int64()
            case "shipping_minor": shippingMinor = try field.int64()
            case "source_name": sourceName = try field.string()
            case "utm_source": utmSource = try field.string()
            case "utm_medium": utmMedium = try field.string()
            case "utm_campaign": utmCampaign = try field.string()
            case "lines": lines = try OrderLine.read(field)
            case "row_hash": rowHash = try field.int64()
            case "import_id": importID = try field.string()
            case "updated_import_id": updatedImportID = try field.string()
            case "created_at": createdAt = try field.date()
            case "updated_at": updatedAt = try field.date()
            case "version": version = try field.int64()
            default: break
            }
        }
    }

    func bson() -> BSONDocument {
        var writer = BSONWriter(capacity: 512)
        writer.append("_id", id)
        writer.append("connection_id", connectionID)
        writer.append("external_id", externalID)
        writer.append("customer_id", customerID)
        writer.appendIfPresent("source_customer_id", sourceCustomerID)
        writeContent(to: &writer)
        writer.append("import_id", importID)
        writer.appendIfPresent("updated_import_id", updatedImportID)
        writer.append("created_at", createdAt)
        writer.append("updated_at", updatedAt)
        writer.append("version", version)
        return writer.finish()
    }

    /// What a source may change about an order.
    func content() -> BSONDocument {
        var writer = BSONWriter(capacity: 256)
        writer.append("customer_id", customerID)
        writeContent(to: &writer)
        return writer.finish()
    }

    /// Content that not every order has: what a source says no more of one goes, but for when it was changed.
    static let optionalContent = [
        "org_amount_minor", "discount_minor", "test", "number", "tax_minor", "shipping_minor", "source_name",
        "utm_source", "utm_medium", "utm_campaign", "lines",
    ]

    private func writeContent(to writer: inout BSONWriter) {
        writer.append("status", status.rawValue)
        writer.append("placed_at", placedAt)
        writer.append("currency", currency)
        writer.append("total_minor", totalMinor)
        writer.appendIfPresent("org_amount_minor", organizationAmountMinor)
        writer.append("refunded_minor", refundedMinor)
        if discountMinor != 0 { writer.append("discount_minor", discountMinor) }
        writer.append("quantity", quantity)
        if test { writer.append("test", test) }
        writer.appendIfPresent("number", number)
        if taxMinor != 0 { writer.append("tax_minor", taxMinor) }
        if shippingMinor != 0 { writer.append("shipping_minor", shippingMinor) }
        writer.appendIfPresent("source_name", sourceName)
        writer.appendIfPresent("utm_source", utmSource)
        writer.appendIfPresent("utm_medium", utmMedium)
        writer.appendIfPresent("utm_campaign", utmCampaign)
        if !lines.isEmpty { OrderLine.write(lines, to: &writer) }
        writer.appendIfPresent("external_updated_at", sourceUpdatedAt)
        writer.append("row_hash", rowHash)
    }

    private init(empty: Void) {
        id = ""
        connectionID = ""
        externalID = ""
        customerID = ""
        status = .open
        placedAt = .distantPast
        currency = ""
        totalMinor = 0
        quantity = 1
        rowHash = 0
        importID = ""
        createdAt = .distantPast
        updatedAt = .distantPast
    }
}

extension StoredOrder {
    /// - Parameter ids: the makers of ids for the source's connection.
    init(_ input: OrderInput, customerID: String, id: String, source: WriteSource, now: Date) {
        self.init(empty: ())
        self.id = id
        self.customerID = customerID
        connectionID = source.connectionID
        externalID = input.externalID
        status = input.status
        placedAt = input.placedAt
        currency = input.currency
        totalMinor = input.amountMinor
        refundedMinor = input.refundedMinor
        discountMinor = input.discountMinor
        quantity = input.quantity
        test = input.test
        number = input.number
        taxMinor = input.taxMinor
        shippingMinor = input.shippingMinor
        sourceName = input.sourceName
        utmSource = input.utmSource
        utmMedium = input.utmMedium
        utmCampaign = input.utmCampaign
        lines = OrderLine.compact(input.lines)
        sourceUpdatedAt = input.sourceUpdatedAt
        importID = source.importID
        createdAt = now
        updatedAt = now
        rowHash = fingerprint()
    }

    /// FNV-1a over what a source may change; equal on every machine, unlike `Hasher`.
    private func fingerprint() -> Int64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func mix(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        func mix(_ number: Int64) { withUnsafeBytes(of: number.littleEndian) { $0.forEach(mix) } }
        for text in [customerID, status.rawValue, currency] {
            text.utf8.forEach(mix)
            mix(0 as UInt8)
        }
        let numbers = [
            placedAt.bsonMilliseconds, totalMinor, refundedMinor, discountMinor, Int64(quantity), test ? 1 : 0,
        ]
        numbers.forEach(mix)
        // What files of orders do not have leaves their fingerprints as they were.
        let more = [number, sourceName, utmSource, utmMedium, utmCampaign].map { $0 ?? "" }.joined(separator: "\u{1F}")
        if more.utf8.count > 4 || taxMinor != 0 || shippingMinor != 0 {
            more.utf8.forEach(mix)
            mix(taxMinor)
            mix(shippingMinor)
        }
        for line in lines {
            line.product.utf8.forEach(mix)
            mix(Int64(line.quantity))
            if let amount = line.amountMinor { mix(amount) }
        }
        return Int64(bitPattern: hash)
    }

    /// The amount in the organization's currency, nil where it cannot be said.
    func amount(in organizationCurrency: String) -> Int64? {
        currency == organizationCurrency ? totalMinor : organizationAmountMinor
    }

    /// Whether the source made this state after that time; nil where one of the two is not told, or they are equal.
    func isNewer(than other: Date?) -> Bool? {
        guard let sourceUpdatedAt, let other, sourceUpdatedAt != other else { return nil }
        return sourceUpdatedAt > other
    }

    /// The order as its source tells it, whoever the customer is counted under.
    var asWritten: StoredOrder {
        var order = self
        order.customerID = sourceCustomerID ?? customerID
        order.sourceCustomerID = nil
        return order
    }

    /// Test and cancelled orders are kept, and counted nowhere.
    var counts: Bool { !test && status != .cancelled }
}
