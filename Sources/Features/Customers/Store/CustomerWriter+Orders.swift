import BSON
import Foundation
import Mongo
import Tenancy

/// Orders: new ones are added, changed ones replaced with their old state kept, the rest only counted. Of two states of
/// one order the source's newer one stays, whichever comes first.
extension CustomerWriter {
    func write(_ orders: [StoredOrder], now: Date, counts: inout WriteCounts) async throws -> [StoredOrder] {
        guard !orders.isEmpty else { return [] }
        let collection = TenantCollection<StoredOrder>(scope, database)
        let orders = newest(orders)
        let (new, stored) =
            known.expectsNewOrders
            ? try await insertFirst(orders, into: collection) : try await lookFirst(orders, in: collection)
        counts.ordersNew += new.count
        notes?.add(new.map(\.id), .created)
        counted?.add(new)
        traces?.add(new)
        let stamps = try await stamps(of: stored, in: collection)
        counted?.doubt(stored.map(\.customerID) + stamps.values.map(\.customerID))
        var changed: [StoredOrder] = []
        var confirmed: [StoredOrder] = []
        for order in stored {
            guard let stamp = stamps[order.id] else { continue }
            let isNewer = order.isNewer(than: stamp.sourceUpdatedAt)
            let isChanged = stamp.rowHash != order.rowHash && isNewer != false
            if stamp.isFrom(source.importID) || isChanged { traces?.add([order]) }
            if isNewer == true, !isChanged { confirmed.append(order) }
            if isChanged {
                changed.append(order)
            } else if stamp.importID == source.importID {
                counts.ordersNew += 1
            } else if stamp.updatedImportID == source.importID {
                counts.ordersUpdated += 1
            } else {
                counts.ordersUnchanged += 1
            }
        }
        try await replace(changed, in: collection, now: now)
        try await confirm(confirmed, in: collection)
        counts.ordersUpdated += changed.count
        notes?.add(changed.map(\.id), .updated)
        return new
    }

    /// Of several states of one order in a batch the newest, and of equals the first.
    private func newest(_ orders: [StoredOrder]) -> [StoredOrder] {
        var places: [String: Int] = [:]
        places.reserveCapacity(orders.count)
        var result: [StoredOrder] = []
        result.reserveCapacity(orders.count)
        for order in orders {
            if let place = places[order.id] {
                if order.isNewer(than: result[place].sourceUpdatedAt) == true { result[place] = order }
            } else {
                places[order.id] = result.count
                result.append(order)
            }
        }
        return result
    }

    /// The source says that an order was still so at a later time: what is older than that is out of date.
    private func confirm(_ orders: [StoredOrder], in collection: TenantCollection<StoredOrder>) async throws {
        guard !orders.isEmpty else { return }
        let result = try await collection.bulk(
            orders.compactMap { order in
                order.sourceUpdatedAt.map { .update(.id(order.id), [.set("external_updated_at", .date($0))]) }
            })
        try result.throwUnlessDuplicates()
    }

    /// Most orders of a first load are new: storing them without a look finds out. Those the store refuses were there.
    private func insertFirst(
        _ orders: [StoredOrder], into collection: TenantCollection<StoredOrder>
    ) async throws -> (new: [StoredOrder], stored: [StoredOrder]) {
        let result = try await collection.bulk(orders.map { .insert($0) })
        try result.throwUnlessDuplicates()
        if result.errors.isEmpty { return (orders, []) }
        let refused = Set(result.errors.map(\.index))
        if refused.count * 10 > orders.count { known.meetsStoredOrders() }
        let split = Dictionary(grouping: orders.indices) { refused.contains($0) }
        return ((split[false] ?? []).map { orders[$0] }, (split[true] ?? []).map { orders[$0] })
    }

    private func lookFirst(
        _ orders: [StoredOrder], in collection: TenantCollection<StoredOrder>
    ) async throws -> (new: [StoredOrder], stored: [StoredOrder]) {
        let stamps = try await stamps(of: orders, in: collection)
        let new = orders.filter { stamps[$0.id] == nil }
        try await insert(new, into: collection)
        return (new, orders.filter { stamps[$0.id] != nil })
    }

    private func stamps(
        of orders: [StoredOrder], in collection: TenantCollection<StoredOrder>
    ) async throws -> [String: OrderStamp] {
        guard !orders.isEmpty else { return [:] }
        let rows = try await collection.select(
            OrderStamp.fields, as: OrderStamp.self, .in("_id", orders.map { .string($0.id) }))
        return Dictionary(rows.map { ($0.id, $0) }) { first, _ in first }
    }

    private func replace(_ orders: [StoredOrder], in collection: TenantCollection<StoredOrder>, now: Date) async throws
    {
        guard !orders.isEmpty else { return }
        let old = try await collection.find(.in("_id", orders.map { .string($0.id) }))
        try await insert(
            old.filter { $0.importID != source.importID }.map {
                ReplacedOrder($0, replacedBy: source.importID, now: now, until: undoableUntil)
            }, into: TenantCollection<ReplacedOrder>(scope, database))
        let result = try await collection.bulk(
            orders.map { order in
                var update = Update.setting(order.content(), clearing: StoredOrder.optionalContent)
                update.append(.unset(PersonRows.sourceField))
                update.append(.set("updated_import_id", .string(source.importID)))
                update.append(.set("updated_at", .date(now)))
                update.append(.inc("version", 1))
                return .update(.id(order.id), update)
            })
        try result.throwUnlessDuplicates()
    }
}

private struct OrderStamp: BSONConvertible {
    static let fields = [
        "row_hash", "import_id", "updated_import_id", "placed_at", "customer_id", "external_updated_at",
    ]
    let id: String
    let customerID: String
    let placedAt: Date
    let rowHash: Int64
    let importID: String
    let updatedImportID: String?
    let sourceUpdatedAt: Date?

    init(bson: BSONDocument) throws {
        id = try bson.string("_id")
        rowHash = try bson.int64("row_hash")
        importID = try bson.string("import_id")
        placedAt = try bson.date("placed_at")
        customerID = try bson.string("customer_id")
        updatedImportID = bson["updated_import_id"]?.stringValue
        sourceUpdatedAt = bson["external_updated_at"]?.dateValue
    }

    /// Whether this import has written the order before, as it is now.
    func isFrom(_ import: String) -> Bool { importID == `import` || updatedImportID == `import` }

    func bson() -> BSONDocument { [:] }
}
