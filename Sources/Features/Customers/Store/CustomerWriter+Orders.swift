import BSON
import Foundation
import Mongo
import Tenancy

/// Orders: new ones are added, changed ones replaced with their old state kept, the rest only counted.
extension CustomerWriter {
    func write(_ orders: [StoredOrder], now: Date, counts: inout WriteCounts) async throws -> [StoredOrder] {
        guard !orders.isEmpty else { return [] }
        let collection = TenantCollection<StoredOrder>(scope, database)
        let stamps = try await collection.select(
            OrderStamp.fields, as: OrderStamp.self, .in("_id", orders.map { .string($0.id) }))
        let known = Dictionary(stamps.map { ($0.id, $0) }) { first, _ in first }
        var new: [StoredOrder] = []
        var changed: [StoredOrder] = []
        var seen: Set<String> = []
        for order in orders where seen.insert(order.id).inserted {
            guard let stamp = known[order.id] else {
                new.append(order)
                continue
            }
            if stamp.rowHash != order.rowHash {
                changed.append(order)
            } else if stamp.importID == source.importID {
                counts.ordersNew += 1
            } else if stamp.updatedImportID == source.importID {
                counts.ordersUpdated += 1
            } else {
                counts.ordersUnchanged += 1
            }
        }
        try await insert(new, into: collection)
        counts.ordersNew += new.count
        try await replace(changed, in: collection, now: now)
        counts.ordersUpdated += changed.count
        return new
    }

    private func replace(_ orders: [StoredOrder], in collection: TenantCollection<StoredOrder>, now: Date) async throws
    {
        guard !orders.isEmpty else { return }
        let old = try await collection.find(.in("_id", orders.map { .string($0.id) }))
        try await insert(
            old.filter { $0.importID != source.importID }.map {
                ReplacedOrder($0, replacedBy: source.importID, now: now)
            }, into: TenantCollection<ReplacedOrder>(scope, database))
        let result = try await collection.bulk(
            orders.map { order in
                var update = Update.setting(order.content())
                update.append(.set("updated_import_id", .string(source.importID)))
                update.append(.set("updated_at", .date(now)))
                update.append(.inc("version", 1))
                return .update(.id(order.id), update)
            })
        try result.throwUnlessDuplicates()
    }
}

private struct OrderStamp: BSONConvertible {
    static let fields = ["row_hash", "import_id", "updated_import_id"]
    let id: String
    let rowHash: Int64
    let importID: String
    let updatedImportID: String?

    init(bson: BSONDocument) throws {
        id = try bson.string("_id")
        rowHash = try bson.int64("row_hash")
        importID = try bson.string("import_id")
        updatedImportID = bson["updated_import_id"]?.stringValue
    }

    func bson() -> BSONDocument { [:] }
}
