import BSON
import Foundation
import Mongo
import Tenancy
import Vault

extension IdentityResolver {
    /// Brings the store to the plan: events, then rows, then the customers themselves, who so tell whether the rows
    /// have moved. Returns whose orders and consents are counted otherwise than before.
    func apply(_ plan: IdentityPlan, to graph: IdentityGraph, now: Date) async throws -> Set<String> {
        try await end(plan.endings, now: now)
        try await begin(plan.proposals, now: now)
        let changed = graph.rows.filter { plan.roots[$0.id] != $0.root }
        let moves = changed.map { RowMove(source: $0.id, from: $0.root, to: plan.roots[$0.id] ?? $0.id) }
        _ = try await PersonRows(scope: scope, database: database).move(moves)
        if !moves.isEmpty {
            let updates = moves.map { move -> TenantBulk<StoredCustomer> in
                let root: Update.Operation =
                    move.to == move.source ? .unset("merged_into") : .set("merged_into", .string(move.to))
                return .update(.id(move.source), [root, .set("updated_at", .date(now)), .inc("version", 1)])
            }
            try await customers.bulk(updates).throwUnlessDuplicates()
        }
        try await note(plan.reviews, about: graph, now: now)
        return Set(moves.flatMap { [$0.source, $0.from, $0.to] })
    }

    private func end(_ endings: [IdentityPlan.Ending], now: Date) async throws {
        guard !endings.isEmpty else { return }
        let operations = endings.map { ending in
            TenantBulk<MergeEvent>.update(
                .id(ending.event.id),
                [
                    .set("active", false), .set("end", .string(ending.end.rawValue)), .set("undone_at", .date(now)),
                    .set("undone_by", .string(MergeEvent.system)),
                ])
        }
        try await merges.bulk(operations).throwUnlessDuplicates()
    }

    private func begin(_ proposals: [IdentityPlan.Proposal], now: Date) async throws {
        guard !proposals.isEmpty else { return }
        let operations = proposals.map { proposal in
            TenantBulk<MergeEvent>.insert(
                MergeEvent(
                    id: ID.make("mrg", at: now), survivorID: proposal.survivorID, mergedID: proposal.mergedID,
                    rule: proposal.key.rule, keys: [proposal.key], actor: MergeEvent.system, at: now,
                    survivorMembers: proposal.survivorMembers, mergedMembers: proposal.mergedMembers))
        }
        try await merges.bulk(operations).throwUnlessDuplicates()
    }

    // MARK: What waits for a person

    private func note(_ wanted: [IdentityPlan.Review], about graph: IdentityGraph, now: Date) async throws {
        let keys = Set(graph.rows.flatMap(\.keys)).union(graph.oversized.keys)
        let known = keys.map { BSONValue.string(quarantineID($0)) }
        let ids = graph.rows.map { BSONValue.string($0.id) }
        guard !ids.isEmpty else { return }
        let named = try await reviews.find(.in("customer_ids", ids))
        let keyed = try await reviews.find(.in("_id", known))
        let old = Dictionary((named + keyed).map { ($0.id, $0) }) { first, _ in first }
        var fresh: [String: MergeReview] = [:]
        for review in wanted {
            let id = review.kind == .limit ? limitID(review.customerIDs) : quarantineID(review.key)
            var row = MergeReview(
                id: id, kind: review.kind, key: review.key,
                customerIDs: Array(review.customerIDs.prefix(MergeReview.namedCustomers)), customers: review.customers,
                createdAt: old[id]?.createdAt ?? now, updatedAt: now)
            if var same = old[id] {
                same.updatedAt = now
                if same == row { row.updatedAt = old[id]?.updatedAt ?? now }
            }
            fresh[id] = row
        }
        var operations = old.keys.filter { fresh[$0] == nil }.sorted().map { TenantBulk<MergeReview>.delete(.id($0)) }
        operations += fresh.values.filter { old[$0.id] != $0 }.sorted { $0.id < $1.id }.map { .replace($0) }
        if !operations.isEmpty { try await reviews.bulk(operations).throwUnlessDuplicates() }
    }

    private func quarantineID(_ key: IdentityKey) -> String {
        DerivedID("rvw", scope.organizationID)(MergeReview.Kind.quarantined.rawValue, key.rule.rawValue, key.token)
    }

    private func limitID(_ ids: [String]) -> String {
        DerivedID("rvw", scope.organizationID)(MergeReview.Kind.limit.rawValue, ids.first ?? "", ids.last ?? "")
    }
}
