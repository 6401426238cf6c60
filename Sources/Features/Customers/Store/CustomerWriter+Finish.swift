import BSON
import Foundation
import Mongo
import Tenancy

extension CustomerWriter {
    /// Brings up to date what follows from the rows: counters and standings of the customers this source's import
    /// touched, the days, the totals; then moves the data version. Repeating it is harmless.
    ///
    /// - Parameter progress: called with the number of customers done.
    @discardableResult
    public func finish(progress: @Sendable (Int) async throws -> Void = { _ in }) async throws -> DataState {
        try await recompute(touchedCustomers(), progress: progress)
        return try await Derivation(scope, database, clock: clock).refresh(
            source: source, range: try await range())
    }

    /// Everybody whose rows carry this import.
    func touchedCustomers() async throws -> [String] {
        let mine = BSONValue.string(source.importID)
        var ids: Set<String> = []
        let orders = TenantCollection<StoredOrder>(scope, database)
        for field in ["import_id", "updated_import_id"] {
            let rows = try orders.aggregateBatches(
                Pipeline([.match(.eq(field, mine)), .group(id: "$customer_id", [:])]), as: IDRow.self, batchSize: 20_000
            )
            for try await batch in rows { ids.formUnion(batch.map(\.id)) }
        }
        let consents = try TenantCollection<ConsentRecord>(scope, database).aggregateBatches(
            Pipeline([.match(.eq("import_id", mine)), .group(id: "$customer_id", [:])]), as: IDRow.self,
            batchSize: 20_000)
        for try await batch in consents { ids.formUnion(batch.map(\.id)) }
        return ids.sorted()
    }

    /// First and last moment of the orders this import brought or changed.
    func range() async throws -> ClosedRange<Date>? {
        var bounds: (first: Date, last: Date)?
        for field in ["import_id", "updated_import_id"] {
            let rows: [BSONDocument] = try await TenantCollection<StoredOrder>(scope, database).aggregate([
                .match(.eq(field, .string(source.importID))),
                .group(id: .null, ["first": ["$min": "$placed_at"], "last": ["$max": "$placed_at"]]),
            ])
            guard let first = rows.first?["first"]?.dateValue, let last = rows.first?["last"]?.dateValue else {
                continue
            }
            bounds = (min(bounds?.first ?? first, first), max(bounds?.last ?? last, last))
        }
        return bounds.map { $0.first...$0.last }
    }

    func recompute(_ ids: [String], progress: @Sendable (Int) async throws -> Void = { _ in }) async throws {
        let derivation = Derivation(scope, database, clock: clock)
        let portions = stride(from: 0, to: ids.count, by: 1000).map { Array(ids[$0..<min($0 + 1000, ids.count)]) }
        var done = 0
        try await withThrowingTaskGroup(of: Int.self) { group in
            var waiting = portions.makeIterator()
            for _ in 0..<2 {
                if let portion = waiting.next() { group.addTask { try await derivation.recount(portion) } }
            }
            while let count = try await group.next() {
                done += count
                try await progress(done)
                if let portion = waiting.next() { group.addTask { try await derivation.recount(portion) } }
            }
        }
    }
}
