import Foundation
import Web

/// A customer as a row of the API, masked.
struct CustomerJSON: JSONWritable {
    static let names: [String] = [
        "id", "external_id", "name", "email", "country", "orders_count", "spent", "refunded", "first_order_at",
        "last_order_at", "consent",
    ]

    let row: CustomerRow
    let currency: String
    let now: Date
    /// Nil: all.
    let chosen: Set<String>?

    /// `fields=id,spent`; unknown names are refused.
    static func fields(_ query: Query) throws -> Set<String>? {
        guard let text = query["fields"] else { return nil }
        let chosen = Set(text.split(separator: ",").map(String.init))
        guard let unknown = chosen.first(where: { !names.contains($0) }) else { return chosen }
        throw Problem.badRequest("invalid_parameter", "fields has no \(unknown.prefix(64)).")
    }

    func write(to json: inout JSONWriter) {
        json.object { json in writeFields(to: &json) }
    }

    func writeFields(to json: inout JSONWriter) {
        if wants("id") { json.field("id", row.id) }
        if wants("external_id") { json.field("external_id", row.externalID) }
        if wants("name") { json.field("name", row.name) }
        if wants("email") { json.field("email", row.emailHint) }
        if wants("country") { json.field("country", row.country) }
        if wants("orders_count") { json.field("orders_count", row.orders) }
        if wants("spent") { json.money("spent", minor: row.spentMinor, currency: currency) }
        if wants("refunded") { json.money("refunded", minor: row.refundedMinor, currency: currency) }
        if wants("first_order_at") { json.field("first_order_at", row.firstOrderAt) }
        if wants("last_order_at") { json.field("last_order_at", row.lastOrderAt) }
        if wants("consent") {
            json.object("consent") { json in
                json.field("state", row.consent.standing(at: now).rawValue)
                json.field("until", row.consent.until)
            }
        }
    }

    private func wants(_ name: String) -> Bool { chosen?.contains(name) ?? true }
}

/// An order as a row of the API.
struct OrderJSON: JSONWritable {
    let order: OrderView

    init(_ order: OrderView) { self.order = order }

    func write(to json: inout JSONWriter) {
        json.object { json in writeFields(to: &json) }
    }

    func writeFields(to json: inout JSONWriter) {
        json.field("id", order.id)
        json.field("customer_id", order.customerID)
        json.field("connection_id", order.connectionID)
        json.field("external_id", order.sourceID)
        json.field("number", order.number)
        json.field("status", order.status.rawValue)
        json.field("placed_at", order.placedAt)
        json.money("total", minor: order.totalMinor, currency: order.currency)
        json.money("refunded", minor: order.refundedMinor, currency: order.currency)
        json.field("quantity", order.quantity)
        json.field("test", order.test)
        json.field("retold", order.isRetold)
    }
}

/// An entry of the consent ledger as a row of the API.
struct ConsentJSON: JSONWritable {
    let record: ConsentRecord
    /// The connection that brought it; nil where a person or a program entered it here, or the source is gone.
    let connectionID: String?

    init(_ record: ConsentRecord, from sources: [String: SourceState] = [:]) {
        self.record = record
        connectionID = sources[record.id]?.connectionID
    }

    func write(to json: inout JSONWriter) {
        json.object { json in writeFields(to: &json) }
    }

    func writeFields(to json: inout JSONWriter) {
        json.field("id", record.id)
        json.field("customer_id", record.customerID)
        json.field("purpose", record.purpose.rawValue)
        json.field("basis", record.basis.rawValue)
        json.field("state", record.state.rawValue)
        json.field("source", record.source)
        json.field("connection_id", connectionID)
        json.field("channel", record.channel)
        json.field("wording_version", record.wordingVersion)
        json.field("collected_at", record.collectedAt)
        json.field("expires_at", record.expiresAt)
        json.field("proof", record.proof)
        json.field("created_at", record.createdAt)
    }
}

/// One entry of a person's timeline: an order or a ledger entry, told apart by `type`.
struct TimelineJSON: JSONWritable {
    let entry: TimelineEntry
    /// Where its ledger entry came from, by the entry's id.
    let sources: [String: SourceState]

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("at", entry.at)
            switch entry {
            case .order(let order):
                json.field("type", "order")
                json.object("order") { json in OrderJSON(order).writeFields(to: &json) }
            case .consent(let record):
                json.field("type", "consent")
                json.object("consent") { json in ConsentJSON(record, from: sources).writeFields(to: &json) }
            }
        }
    }
}
