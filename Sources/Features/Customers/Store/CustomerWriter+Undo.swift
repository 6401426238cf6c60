import BSON
import Foundation
import Mongo
import Tenancy

/// What an import has left in the store, counted there.
public struct ImportSummary: Sendable, Equatable, Codable {
    public var ordersNew = 0
    public var ordersUpdated = 0
    public var customersNew = 0
    public var consentsNew = 0
    /// Customers of the import whom its consent statement leaves out, because they have said no.
    public var keptOut = 0

    public init() {}
}

extension CustomerWriter {
    /// Counts from the stored rows, so that a crash and a second try cannot count anything twice.
    public func summary() async throws -> ImportSummary {
        let orders = TenantCollection<StoredOrder>(scope, database)
        let customers = TenantCollection<StoredCustomer>(scope, database)
        let consents = TenantCollection<ConsentRecord>(scope, database)
        var summary = ImportSummary()
        async let new = orders.count(brought)
        async let updated = orders.count(.and([changed, .ne("import_id", .string(source.importID))]))
        async let people = customers.count(brought)
        async let entries = consents.count(.eq("import_id", .string(source.importID)))
        summary.ordersNew = try await new
        summary.ordersUpdated = try await updated
        summary.customersNew = try await people
        summary.consentsNew = try await entries
        guard statement?.purpose == .marketingAnalytics else { return summary }
        let refusing = Filter.in(
            "consent_state", [.string(ConsentStanding.withdrawn.rawValue), .string(ConsentStanding.objection.rawValue)])
        let refused = try await customers.select([], as: IDRow.self, refusing)
        if !refused.isEmpty {
            let touched = Set(try await touchedCustomers())
            summary.keptOut = refused.count { touched.contains($0.id) }
        }
        return summary
    }

    /// Takes back exactly what this import wrote: its orders and ledger entries go, orders it changed become what they
    /// were, people it brought go unless something else knows them. Derived values follow.
    public func undo(progress: @Sendable (Int) async throws -> Void = { _ in }) async throws -> ImportSummary {
        try scope.requireWritable()
        let before = try await summary()
        let touched = try await touchedCustomers()
        let range = try await range()
        let mine = Filter.eq("import_id", .string(source.importID))
        try await restoreReplaced(mine)
        _ = try await TenantCollection<StoredOrder>(scope, database).delete(brought, multi: true)
        _ = try await TenantCollection<ConsentRecord>(scope, database).delete(mine, multi: true)
        try await recompute(touched, progress: progress)
        try await removeStrangers(touched)
        _ = try await Derivation(scope, database, clock: clock).refresh(source: source, range: range)
        return before
    }

    private func restoreReplaced(_ mine: Filter) async throws {
        let replaced = TenantCollection<ReplacedOrder>(scope, database)
        let orders = TenantCollection<StoredOrder>(scope, database)
        for try await batch in try replaced.batches(mine) {
            try await orders.bulk(batch.map { .replace($0.order, upsert: true) }).throwUnlessDuplicates()
        }
        _ = try await replaced.delete(mine, multi: true)
    }

    /// People whom only this import knew.
    private func removeStrangers(_ touched: [String]) async throws {
        let customers = TenantCollection<StoredCustomer>(scope, database)
        for start in stride(from: 0, to: touched.count, by: 1000) {
            let ids = touched[start..<min(start + 1000, touched.count)].map { BSONValue.string($0) }
            let mine = try await customers.select(
                [], as: IDRow.self,
                .and([.in("_id", ids), .eq("import_id", .string(source.importID)), .eq("orders_count", 0)]))
            guard !mine.isEmpty else { continue }
            let candidates = mine.map { BSONValue.string($0.id) }
            let ordered = try await TenantCollection<StoredOrder>(scope, database).distinct(
                "customer_id", .in("customer_id", candidates))
            let consented = try await TenantCollection<ConsentRecord>(scope, database).distinct(
                "customer_id", .in("customer_id", candidates))
            let known = Set((ordered + consented).compactMap(\.stringValue))
            let strangers = mine.map(\.id).filter { !known.contains($0) }
            _ = try await customers.delete(.in("_id", strangers.map { .string($0) }), multi: true)
        }
    }
}
