import BSON
import Foundation
import Mongo
import Tenancy

/// What an import has left in the store, counted there.
public struct ImportSummary: Sendable, Equatable, Codable {
    public var ordersNew = 0
    public var ordersUpdated = 0
    public var customersNew = 0
    /// People who were there and of whom this import has told something new.
    public var customersUpdated = 0
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
        async let described = customers.count(.and([changed, .ne("import_id", .string(source.importID))]))
        async let entries = consents.count(.eq("import_id", .string(source.importID)))
        summary.ordersNew = try await new
        summary.ordersUpdated = try await updated
        summary.customersNew = try await people
        summary.customersUpdated = try await described
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
        let restored = try await restoreReplaced(mine)
        _ = try await TenantCollection<StoredOrder>(scope, database).delete(brought, multi: true)
        _ = try await TenantCollection<ConsentRecord>(scope, database).delete(mine, multi: true)
        let described = try await restoreProfiles()
        let survivors = try await identities.settle(restored.union(touched).sorted())
        let retelling = try await retelling()
        let derivation = retelling.derivation
        let people = retelling.people.union(touched).union(survivors).sorted()
        try await recompute(people, as: derivation, progress: progress)
        let left = Set(try await removeStrangers()).union(described).sorted()
        try await recompute(Set(left).union(identities.reconcile(left)).sorted(), as: derivation)
        _ = try await derivation.refresh(source: source, range: retelling.isNew ? nil : range)
        return before
    }

    /// Returns whose orders came back.
    private func restoreReplaced(_ mine: Filter) async throws -> Set<String> {
        var people: Set<String> = []
        let replaced = TenantCollection<ReplacedOrder>(scope, database)
        let orders = TenantCollection<StoredOrder>(scope, database)
        for try await batch in try replaced.batches(mine) {
            let written = batch.map(\.order.asWritten)
            people.formUnion(written.map(\.customerID))
            try await orders.bulk(written.map { .replace($0, upsert: true) }).throwUnlessDuplicates()
        }
        _ = try await replaced.delete(mine, multi: true)
        return people
    }

    /// Removes people whom only this import knew; of others it forgets what this import has told of them. Returns
    /// whoever was merged with one of them.
    private func removeStrangers() async throws -> [String] {
        let customers = TenantCollection<StoredCustomer>(scope, database)
        let brought = try await customers.select([], as: IDRow.self, brought).map(\.id)
        var mates: Set<String> = []
        for candidates in brought.portions() {
            let own = try await own(candidates)
            let known = try await owners(own)
            let strangers = candidates.filter { !known.contains($0) }
            mates.formUnion(try await identities.survivors.mates(of: strangers))
            _ = try await customers.delete(.in("_id", strangers.map { .string($0) }), multi: true)
            let left = candidates.filter(known.contains)
            mates.formUnion(left)
            _ = try await customers.update(
                .and([.in("_id", left.map { .string($0) }), described]), StoredCustomer.forgetting, multi: true)
        }
        return try await customers.select([], as: IDRow.self, .in("_id", mates.map { .string($0) })).map(\.id)
    }

    /// People of whom this import was the last to tell something. Whoever is named by an address alone was not described.
    private var described: Filter {
        .and([
            .gt("profile_hash", ""), .not(.prefix("external_id", "tok_")),
            .or([.eq("updated_import_id", .null), .eq("updated_import_id", .string(source.importID))]),
        ])
    }

    /// The import or request that changed rows this one had written, if one did: undoing this one first would take that
    /// away too.
    public func laterWriter() async throws -> String? {
        let later = try await laterWriter(ReplacedOrder.self, of: "order", \.importID)
        if let later { return later }
        return try await laterWriter(ReplacedProfile.self, of: "customer", \.importID)
    }

    private func laterWriter<D: TenantDocument>(
        _ type: D.Type, of field: String, _ importID: (D) -> String
    ) async throws -> String? {
        let mine = BSONValue.string(source.importID)
        let left = Filter.or([
            .eq(field + ".updated_import_id", mine),
            .and([.eq(field + ".updated_import_id", .null), .eq(field + ".import_id", mine)]),
        ])
        return try await TenantCollection<D>(scope, database).first(
            .and([.eq(field + ".connection_id", .string(source.connectionID)), .ne("import_id", mine), left]),
            sort: [.descending("created_at")]
        ).map(importID)
    }

    /// Whose rows of any kind these are at their source.
    private func owners(_ rows: Filter) async throws -> Set<String> {
        async let orders = owners(of: StoredOrder.self, rows)
        async let consents = owners(of: ConsentRecord.self, rows)
        async let events = owners(of: PersonalRow<Events>.self, rows)
        async let payments = owners(of: PersonalRow<Payments>.self, rows)
        async let subscriptions = owners(of: PersonalRow<Subscriptions>.self, rows)
        async let deals = owners(of: PersonalRow<Deals>.self, rows)
        let told = try await orders.union(consents).union(events)
        return try await told.union(payments).union(subscriptions).union(deals)
    }

    private func owners<D: TenantDocument>(of type: D.Type, _ rows: Filter) async throws -> Set<String> {
        let owner: BSONValue = ["$ifNull": [.string("$" + PersonRows.sourceField), .string("$" + PersonRows.field)]]
        let found: [IDRow] = try await TenantCollection<D>(scope, database).aggregate([
            .match(rows), .group(id: owner, [:]),
        ])
        return Set(found.map(\.id))
    }
}
