import Audit
import BSON
import Foundation
import Mongo
import Tenancy
import Vault

/// Merges made and taken back by people, and the history of all. Every change is in the audit log.
public struct CustomerMerges: Sendable {
    let scope: TenantScope
    let database: MongoDatabase
    let audit: AuditLog
    let clock: WallClock

    public init(_ scope: TenantScope, _ database: MongoDatabase, audit: AuditLog, clock: WallClock = .system) {
        self.scope = scope
        self.database = database
        self.audit = audit
        self.clock = clock
    }

    var resolver: IdentityResolver { IdentityResolver(scope, database, clock: clock) }

    /// Counts the one customer under the other from now on. What was kept apart before is one by this decision.
    @discardableResult
    public func merge(_ merged: String, into survivor: String, requestID: String) async throws -> MergeEvent {
        try scope.requireWritable()
        try scope.require(.customerEdit)
        let lock = resolver.lock
        return try await lock.whileHeld {
            let sides = try await sides(survivor, merged)
            let now = clock.now()
            let event = MergeEvent(
                id: ID.make("mrg", at: now), survivorID: sides.survivor, mergedID: sides.merged, rule: .manual,
                keys: [], actor: scope.actor.id ?? MergeEvent.system, actorName: scope.actor.name, at: now,
                survivorMembers: sides.survivorMembers, mergedMembers: sides.mergedMembers)
            try await record("customer.merged", event, requestID)
            try await letJoin(sides)
            try await resolver.merges.insert(event)
            try await settle([sides.survivor, sides.merged], lock)
            return event
        }
    }

    /// Takes a merge back: both are as they were, and no rule joins them again.
    @discardableResult
    public func undo(_ id: String, requestID: String) async throws -> MergeEvent {
        try scope.requireWritable()
        try scope.require(.customerEdit)
        let lock = resolver.lock
        return try await lock.whileHeld {
            guard var event = try await resolver.merges.get(id: id) else { throw TenancyError.notFound }
            guard event.isActive else { throw CustomersError.notMerged }
            let root = try await resolver.survivors.of(event.mergedID)
            event.isActive = false
            event.keepsApart = true
            event.end = .undone
            event.undoneAt = clock.now()
            event.undoneBy = scope.actor.id ?? MergeEvent.system
            try await record("customer.merge_undone", event, requestID)
            try await resolver.merges.replace(event)
            try await settle(event.survivorMembers + event.mergedMembers, lock)
            try await carryRefusals(since: event.at, from: root, to: event)
            return event
        }
    }

    private struct Sides {
        let survivor: String
        let merged: String
        let survivorMembers: [String]
        let mergedMembers: [String]
    }

    /// Whom the two are counted under, and everybody with them.
    private func sides(_ survivor: String, _ merged: String) async throws -> Sides {
        let roots = try await people(survivor, merged)
        let members = try await resolver.survivors.members(of: [roots.survivor, roots.merged])
        return Sides(
            survivor: roots.survivor, merged: roots.merged, survivorMembers: members[roots.survivor] ?? [],
            mergedMembers: members[roots.merged] ?? [])
    }

    /// The two customers a merge would join.
    func people(_ survivor: String, _ merged: String) async throws -> (survivor: String, merged: String) {
        let survivors = resolver.survivors
        let roots = (survivor: try await survivors.of(survivor), merged: try await survivors.of(merged))
        guard roots.survivor != roots.merged else { throw CustomersError.alreadyMerged }
        let known = try await resolver.customers.count(
            .and([.in("_id", [.string(roots.survivor), .string(roots.merged)]), .eq("deleted_at", .null)]))
        guard known == 2 else { throw TenancyError.notFound }
        return roots
    }

    /// Earlier decisions to keep these people apart hold no longer.
    private func letJoin(_ sides: Sides) async throws {
        let (left, right) = (
            sides.survivorMembers.map { BSONValue.string($0) }, sides.mergedMembers.map { BSONValue.string($0) }
        )
        _ = try await resolver.merges.update(
            .and([
                .eq("keeps_apart", true),
                .or([
                    .and([.in("merged_members", left), .in("survivor_members", right)]),
                    .and([.in("merged_members", right), .in("survivor_members", left)]),
                ]),
            ]), [.set("keeps_apart", false)], multi: true)
    }

    /// Moves rows and brings counters and totals up to date.
    private func settle(_ ids: [String], _ lock: IdentityLock) async throws {
        let affected = try await resolver.reconcile(ids, lock: lock)
        let derivation = try await Derivation.current(scope, database, clock: clock)
        for portion in affected.sorted().portions() { _ = try await derivation.recount(portion) }
        _ = try await derivation.refreshPeople()
    }

    /// A no that was said while the two were one was said by either: it goes with both.
    private func carryRefusals(since: Date, from root: String, to event: MergeEvent) async throws {
        let survivors = resolver.survivors
        let sides = Set([root, try await survivors.of(event.mergedID), try await survivors.of(event.survivorID)])
        guard sides.count == 2 else { return }
        let ledger = TenantCollection<ConsentRecord>(scope, database)
        let refusals = try await ledger.find(
            .and([
                .in("customer_id", sides.map { .string($0) }), .gte("created_at", .date(since)),
                .in("state", [.string(ConsentState.denied.rawValue), .string(ConsentState.withdrawn.rawValue)]),
                .in("source", ["person", "api", "form"]),
            ]))
        guard !refusals.isEmpty else { return }
        let ids = DerivedID("cns", scope.organizationID, "carried", event.id)
        let copies = refusals.map { record in
            var copy = record
            copy.id = ids(record.id)
            copy.customerID = sides.first { $0 != record.customerID } ?? root
            copy.sourceCustomerID = nil
            copy.createdAt = clock.now()
            return copy
        }
        try await ledger.bulk(copies.map { .insert($0) }).throwUnlessDuplicates()
        let derivation = try await Derivation.current(scope, database, clock: clock)
        _ = try await derivation.recount(sides.sorted())
    }

    private func record(_ action: String, _ event: MergeEvent, _ requestID: String) async throws {
        try await audit.record(
            scope,
            AuditEntry(
                .dataModification, action, on: "customer", event.survivorID,
                details: [
                    "merge_id": .string(event.id), "merged_id": .string(event.mergedID),
                    "rule": .string(event.rule.rawValue),
                ]), requestID: requestID)
    }
}
