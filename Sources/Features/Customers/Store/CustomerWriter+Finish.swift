import BSON
import Foundation
import Mongo
import Tenancy

extension CustomerWriter {
    /// Brings up to date what follows from the rows: who is the same person as whom, counters and standings of the
    /// customers this source's import touched, the days, the totals; then moves the data version. Repeating it is
    /// harmless.
    ///
    /// - Parameter progress: called with the number of customers done.
    @discardableResult
    public func finish(progress: @Sendable (Int) async throws -> Void = { _ in }) async throws -> DataState {
        try await placeEverybody()
        let retelling = try await retelling()
        let derivation = retelling.derivation
        let range = try await range()
        async let counted = retelling.isNew ? derivation.countDays(nil) : derivation.countTouched(range)
        var people = try await identities.resolve(source)
        people.formUnion(retelling.people)
        let touched = try await touchedCustomers()
        try await people.formUnion(identities.settle(touched))
        self.counted?.doubt(people)
        try await recompute(
            people.isEmpty ? touched : people.union(touched).sorted(), as: derivation, progress: progress)
        return try await derivation.refresh(source: source, counted: counted)
    }

    /// Everybody whose rows carry this import, or did before it changed them.
    func touchedCustomers() async throws -> [String] {
        var ids = traces?.customers ?? []
        func add<D: TenantDocument>(_ field: String, of type: D.Type, _ filter: Filter) async throws {
            let rows = try TenantCollection<D>(scope, database).aggregateBatches(
                Pipeline([.match(filter), .group(id: .string("$" + field), [:])]), as: IDRow.self, batchSize: 20_000)
            for try await batch in rows { ids.formUnion(batch.map(\.id)) }
        }
        if traces?.customers == nil {
            try await add("customer_id", of: StoredOrder.self, brought)
            try await add("customer_id", of: StoredOrder.self, changed)
        }
        let mine = Filter.eq("import_id", .string(source.importID))
        try await add("order.customer_id", of: ReplacedOrder.self, mine)
        try await add("customer_id", of: ConsentRecord.self, mine)
        return ids.sorted()
    }

    /// Rows that this import was the first to bring.
    var brought: Filter {
        .and([.eq("connection_id", .string(source.connectionID)), .eq("import_id", .string(source.importID))])
    }

    /// Orders that were there and that this import changed.
    var changed: Filter { .eq("updated_import_id", .string(source.importID)) }

    /// First and last moment of the orders this import brought or changed, as they are and as they were.
    func range() async throws -> ClosedRange<Date>? {
        func span(_ field: BSONValue) -> Pipeline.Stage {
            .group(id: .null, ["first": ["$min": field], "last": ["$max": field]])
        }
        let replaced = TenantCollection<ReplacedOrder>(scope, database)
        let mine = Filter.eq("import_id", .string(source.importID))
        var spans: [BSONDocument] = try await replaced.aggregate([.match(mine), span("$order.placed_at")])
        let known = [traces?.range].compactMap(\.self)
        if traces == nil {
            let orders = TenantCollection<StoredOrder>(scope, database)
            spans += try await orders.aggregate([.match(brought), span("$placed_at")]) as [BSONDocument]
            spans += try await orders.aggregate([.match(changed), span("$placed_at")]) as [BSONDocument]
        }
        let first = (spans.compactMap { $0["first"]?.dateValue } + known.map(\.lowerBound)).min()
        let last = (spans.compactMap { $0["last"]?.dateValue } + known.map(\.upperBound)).max()
        guard let first, let last else { return nil }
        return first...last
    }

    func recompute(
        _ ids: [String], as derivation: Derivation, progress: @Sendable (Int) async throws -> Void = { _ in }
    ) async throws {
        let counted = counted
        @Sendable func recount(_ portion: [String]) async throws -> Int {
            try await derivation.recount(portion, certain: counted?.certain(portion) ?? [:])
        }
        var done = 0
        try await withThrowingTaskGroup(of: Int.self) { group in
            var waiting = ids.portions().makeIterator()
            for _ in 0..<2 {
                if let portion = waiting.next() { group.addTask { try await recount(portion) } }
            }
            while let count = try await group.next() {
                done += count
                try await progress(done)
                if let portion = waiting.next() { group.addTask { try await recount(portion) } }
            }
        }
    }
}
