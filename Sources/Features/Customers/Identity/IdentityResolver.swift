import BSON
import Foundation
import Mongo
import Tenancy
import Vault

/// Joins customers who are the same person, after every sync and import.
///
/// It looks at whoever was written and at everybody who could be the same person as they, decides from the rows as they
/// are now, and changes only what is not so already: repeating it is harmless, and a crash in the middle is made good
/// by the next try.
struct IdentityResolver: Sendable {
    /// From so many on, whoever shares a key is looked for in the whole organization instead of one by one.
    private static let many = 2000
    private static let portion = 1000

    let scope: TenantScope
    let database: MongoDatabase
    let clock: WallClock

    init(_ scope: TenantScope, _ database: MongoDatabase, clock: WallClock) {
        self.scope = scope
        self.database = database
        self.clock = clock
    }

    var customers: TenantCollection<StoredCustomer> { TenantCollection(scope, database) }
    var merges: TenantCollection<MergeEvent> { TenantCollection(scope, database) }
    var reviews: TenantCollection<MergeReview> { TenantCollection(scope, database) }
    var survivors: Survivors { Survivors(scope, database) }
    var lock: IdentityLock { IdentityLock(scope, database, clock: clock) }

    /// Joins whoever this run has written. Returns whose orders and consents are counted otherwise than before.
    func resolve(_ source: WriteSource) async throws -> Set<String> {
        let mine = Filter.or([
            .and([.eq("connection_id", .string(source.connectionID)), .eq("import_id", .string(source.importID))]),
            .eq("updated_import_id", .string(source.importID)),
        ])
        let lock = lock
        return try await lock.whileHeld {
            var work = Reconciliation(resolver: self, lock: lock, platforms: try await platforms(source))
            if try await customers.count(mine, limit: Self.many + 1) <= Self.many {
                let ids = try await customers.select([], as: IDRow.self, mine).map(\.id)
                try await work.add(ids + reviewed(ids))
            } else {
                for rule in [MergeRule.email, .phone] { try await addSharing(rule, to: &work) }
                let linked = try await customers.select([], as: IDRow.self, .gt("links", "")).map(\.id)
                try await work.add(linked + survivors.all() + reviewed([]))
            }
            return work.affected
        }
    }

    /// Looks at these customers and everybody around them. The caller holds the lock.
    func reconcile(_ ids: [String], lock: IdentityLock) async throws -> Set<String> {
        var work = Reconciliation(resolver: self, lock: lock, platforms: try await platforms(nil))
        try await work.add(ids)
        return work.affected
    }

    /// The same by itself, for rows that are left when others have gone.
    func reconcile(_ ids: [String]) async throws -> Set<String> {
        guard !ids.isEmpty else { return [] }
        let lock = lock
        return try await lock.whileHeld { try await reconcile(ids, lock: lock) }
    }

    /// Counts rows that have come in for merged customers under their survivors. Returns these.
    func settle(_ ids: [String]) async throws -> Set<String> {
        var affected: Set<String> = []
        guard try await survivors.exist() else { return [] }
        let rows = PersonRows(scope: scope, database: database)
        for portion in ids.portions(of: Self.portion) {
            let merged = try await survivors.of(portion)
            _ = try await rows.move(merged.map { RowMove(source: $0.key, from: $0.value, to: $0.value) })
            affected.formUnion(merged.values)
        }
        return affected
    }

    /// Customers with an address or a number that others have too, portion by portion.
    private func addSharing(_ rule: MergeRule, to work: inout Reconciliation) async throws {
        let field = rule == .email ? "email_token" : "phone_token"
        let shared = try customers.aggregateBatches(
            Pipeline([
                .match(.gt(field, "")), .group(id: .string("$" + field), ["n": ["$sum": 1]]), .match(.gt("n", 1)),
            ]), as: IDRow.self, batchSize: Self.portion)
        for try await batch in shared {
            let holders = try customers.selectBatches(
                [], as: IDRow.self, .in(field, batch.map { .string($0.id) }), batchSize: Self.portion)
            for try await rows in holders { try await work.add(rows.map(\.id)) }
        }
    }

    /// Customers whom open questions name: all that wait for another day, and those about these customers.
    private func reviewed(_ ids: [String]) async throws -> [String] {
        var filters: [Filter] = [.eq("kind", .string(MergeReview.Kind.limit.rawValue))]
        if !ids.isEmpty { filters.append(.in("customer_ids", ids.map { .string($0) })) }
        return try await reviews.find(.or(filters)).flatMap(\.customerIDs)
    }

    private func platforms(_ source: WriteSource?) async throws -> [String: String] {
        let state = try await TenantCollection<DataState>(scope, database).get(id: DataState.id(scope))
        var platforms = Dictionary((state?.sources ?? []).map { ($0.connectionID, $0.platform) }) { first, _ in first }
        if let source { platforms[source.connectionID] = source.platform }
        return platforms
    }
}

/// One pass over customers that have to be looked at.
struct Reconciliation {
    let resolver: IdentityResolver
    let lock: IdentityLock
    let platforms: [String: String]
    /// Whose orders and consents are counted otherwise than before.
    private(set) var affected: Set<String> = []
    private var seen: Set<String> = []

    init(resolver: IdentityResolver, lock: IdentityLock, platforms: [String: String]) {
        self.resolver = resolver
        self.lock = lock
        self.platforms = platforms
    }

    mutating func add(_ ids: [String]) async throws {
        for portion in Set(ids).subtracting(seen).sorted().portions() {
            let seeds = portion.filter { !seen.contains($0) }
            guard !seeds.isEmpty else { continue }
            guard try await lock.take() else { throw CustomersError.identitiesBusy }
            let now = resolver.clock.now()
            let near = Neighbourhood(
                scope: resolver.scope, database: resolver.database, platforms: platforms)
            let midnight = Date(timeIntervalSince1970: (now.timeIntervalSince1970 / 86_400).rounded(.down) * 86_400)
            let graph = try await near.graph(around: seeds, since: midnight)
            seen.formUnion(seeds)
            seen.formUnion(graph.rows.map(\.id))
            affected.formUnion(try await resolver.apply(graph.plan(), to: graph, now: now))
        }
    }
}
