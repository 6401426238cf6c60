import Customers
import Foundation
import Records

/// Rows that are stored as they are, without anything derived from them.
protocol RecordForm: IngestForm where Row: RecordRow {}

extension RecordForm {
    static func name(_ row: Row, in run: IngestRun) -> String { row.externalID }

    static func time(_ row: Row) -> Date? { row.sourceUpdatedAt }

    static func store(_ rows: [Row], in run: IngestRun) async throws -> [RowChange] {
        let changes = try await run.records.changes(writing: rows)
        return rows.map { changes[$0.externalID] ?? .unchanged }
    }
}

/// An event as a sender tells.
struct SentEvent: RecordForm {
    var id: String
    var eventType: String
    var ts: Date
    var customerID: String?
    var channel: String?
    var campaignID: String?
    var contentID: String?
    var url: String?
    var value: MoneyBody?
    var machine: Bool?

    enum CodingKeys: String, CodingKey {
        case id, ts, channel, url, value, machine
        case eventType = "event_type"
        case customerID = "customer_id"
        case campaignID = "campaign_id"
        case contentID = "content_id"
    }

    func row(_ frame: IngestFrame) throws(IngestRefusal) -> EventInput {
        var checks = RowChecks()
        checks.id(id)
        checks.ids([("customer_id", customerID), ("campaign_id", campaignID), ("content_id", contentID)])
        checks.require(
            EventType.isValid(eventType), "event_type", "choice",
            "Must be custom:name, or one of \(EventType.known.sorted().joined(separator: ", ")).")
        checks.texts([("channel", channel), ("url", url)])
        checks.money(value, "value")
        try checks.finish()
        return EventInput(
            externalID: id, type: eventType, at: ts, customerExternalID: customerID, channel: channel,
            campaignExternalID: campaignID, contentID: contentID, url: url, valueMinor: value?.amountMinor,
            currency: value?.currency, machine: machine ?? false)
    }
}

/// A product as a sender tells.
struct SentProduct: RecordForm {
    var id: String
    var title: String
    var variant: String?
    var sku: String?
    var price: MoneyBody?
    var cost: MoneyBody?
    var stock: Int64?
    var status: String?
    var category: String?
    var updatedAt: Date?

    enum CodingKeys: String, CodingKey {
        case id, title, variant, sku, price, cost, stock, status, category
        case updatedAt = "updated_at"
    }

    func row(_ frame: IngestFrame) throws(IngestRefusal) -> ProductInput {
        var checks = RowChecks()
        checks.id(id)
        checks.require(!title.trimmingSpaces.isEmpty, "title", "required", "Is empty.")
        checks.texts([("title", title), ("variant", variant), ("sku", sku), ("category", category)])
        let currency = price?.currency ?? cost?.currency
        var row = ProductInput(externalID: id, title: title, status: status ?? "active")
        row.priceMinor = checks.money(price, "price")
        row.costMinor = checks.money(cost, "cost", in: currency)
        checks.choice(row.status, "status", among: ProductInput.statuses)
        try checks.finish()
        row.currency = currency
        row.variant = variant
        row.sku = sku
        row.stock = stock
        row.category = category
        row.updatedAt = updatedAt
        return row
    }
}

/// A payment as a sender tells: the amount is always positive, the kind says which way it went.
struct SentPayment: RecordForm {
    var id: String
    var kind: PaymentInput.Kind
    var status: String?
    var occurredAt: Date
    var amount: MoneyBody
    var fee: MoneyBody?
    var net: MoneyBody?
    var method: String?
    var orderID: String?
    var customerID: String?
    var updatedAt: Date?

    enum CodingKeys: String, CodingKey {
        case id, kind, status, amount, fee, net, method
        case occurredAt = "occurred_at"
        case orderID = "order_id"
        case customerID = "customer_id"
        case updatedAt = "updated_at"
    }

    func row(_ frame: IngestFrame) throws(IngestRefusal) -> PaymentInput {
        var checks = RowChecks()
        checks.id(id)
        checks.ids([("order_id", orderID), ("customer_id", customerID)])
        checks.texts([("method", method)])
        let minor = checks.money(amount, "amount") ?? 0
        var row = PaymentInput(
            externalID: id, kind: kind, status: status ?? "succeeded", at: occurredAt, amountMinor: minor,
            currency: amount.currency)
        row.feeMinor = checks.money(fee, "fee", in: amount.currency)
        row.netMinor = checks.money(net, "net", in: amount.currency)
        checks.choice(row.status, "status", among: PaymentInput.statuses)
        try checks.finish()
        row.method = method
        row.orderExternalID = orderID
        row.customerExternalID = customerID
        row.updatedAt = updatedAt
        return row
    }
}
