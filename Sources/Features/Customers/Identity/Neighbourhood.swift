import BSON
import Foundation
import Mongo
import Tenancy

/// Loads everybody who could be the same person as some customers: over shared keys, over links and over merges, until
/// nobody new turns up.
struct Neighbourhood: Sendable {
    let scope: TenantScope
    let database: MongoDatabase
    /// Platform by connection.
    let platforms: [String: String]

    private var customers: TenantCollection<StoredCustomer> { TenantCollection(scope, database) }
    private var merges: TenantCollection<MergeEvent> { TenantCollection(scope, database) }

    /// What has been found so far.
    private struct Search {
        var rows: [String: IdentityRow] = [:]
        var events: [String: MergeEvent] = [:]
        var apart: [String: MergeEvent] = [:]
        var oversized: [IdentityKey: Int] = [:]
        var seenKeys: Set<IdentityKey> = []
        var asked: Set<String> = []
    }

    func graph(around seeds: [String], since midnight: Date) async throws -> IdentityGraph {
        var search = Search()
        var wanted = Set(seeds)
        while !wanted.isEmpty {
            let ids = wanted.sorted()
            search.asked.formUnion(ids)
            let fresh = try await customers.select(
                IdentityRow.fields, as: IdentityRow.self, .in("_id", ids.map { .string($0) }))
            wanted = try await neighbours(of: fresh, ids, &search)
            wanted.subtract(search.asked)
        }
        let today = try await mergesToday(search.rows.keys.sorted(), since: midnight)
        return IdentityGraph(
            rows: Array(search.rows.values), platforms: platforms,
            events: search.events.values.sorted { ($0.at, $0.id) < ($1.at, $1.id) },
            apart: search.apart.values.sorted { $0.id < $1.id }, oversized: search.oversized, mergesToday: today)
    }

    private func neighbours(
        of fresh: [IdentityRow], _ ids: [String], _ search: inout Search
    ) async throws -> Set<String> {
        var found: Set<String> = []
        for row in fresh { search.rows[row.id] = row }
        let keys = Set(fresh.flatMap(\.keys)).subtracting(search.seenKeys)
        search.seenKeys.formUnion(keys)
        for rule in [MergeRule.email, .phone] {
            found.formUnion(
                try await holders(of: keys.filter { $0.rule == rule }.map(\.token), rule, &search.oversized))
        }
        found.formUnion(try await linked(fresh))
        let values = ids.map { BSONValue.string($0) }
        // One after the other: asked for either, the server may read every merge of the organization.
        for side in ["merged_id", "survivor_id"] {
            for event in try await merges.find(.and([.in(side, values), .eq("active", true)])) {
                search.events[event.id] = event
                found.formUnion([event.mergedID, event.survivorID])
            }
        }
        for event in try await merges.find(.and([.in("merged_members", values), .eq("keeps_apart", true)])) {
            search.apart[event.id] = event
        }
        return found
    }

    /// Everybody with one of these tokens, unless too many have it.
    private func holders(
        of tokens: [String], _ rule: MergeRule, _ oversized: inout [IdentityKey: Int]
    ) async throws -> [String] {
        guard !tokens.isEmpty else { return [] }
        let field = rule == .email ? "email_token" : "phone_token"
        let counted: [BSONDocument] = try await customers.aggregate([
            .match(.in(field, tokens.map { .string($0) })), .group(id: .string("$" + field), ["n": ["$sum": 1]]),
        ])
        let most = max(MergeReview.namedCustomers, IdentityGraph.mostRowsPerSource * max(1, platforms.count))
        var shared: [BSONValue] = []
        for row in counted {
            guard let token = row["_id"]?.stringValue, let count = row["n"]?.intValue, count > 1 else { continue }
            shared.append(.string(token))
            if count > most { oversized[IdentityKey(rule, token)] = count }
        }
        var ids: [String] = []
        let usual = shared.filter { oversized[IdentityKey(rule, $0.stringValue ?? "")] == nil }
        if !usual.isEmpty {
            ids += try await customers.select([], as: IDRow.self, .in(field, usual)).map(\.id)
        }
        return ids
    }

    /// Whoever these rows name at other platforms, and whoever names them.
    private func linked(_ fresh: [IdentityRow]) async throws -> [String] {
        var ids: [String] = []
        for link in fresh.flatMap(\.links).compactMap(PersonLink.init(key:)) {
            for (connection, platform) in platforms where platform == link.platform {
                ids.append(DerivedID("cus", scope.organizationID, connection)(link.externalID))
            }
        }
        let names = fresh.compactMap { row in
            platforms[row.connectionID].map { BSONValue.string(PersonLink.key($0, row.externalID)) }
        }
        guard !names.isEmpty else { return ids }
        return try await ids + customers.select([], as: IDRow.self, .in("links", names)).map(\.id)
    }

    private func mergesToday(_ ids: [String], since midnight: Date) async throws -> [String: Int] {
        guard !ids.isEmpty else { return [:] }
        let counted: [BSONDocument] = try await merges.aggregate([
            .match(
                .and([
                    .in("survivor_id", ids.map { .string($0) }), .gte("at", .date(midnight)),
                    .eq("actor", .string(MergeEvent.system)),
                ])), .group(id: "$survivor_id", ["n": ["$sum": 1]]),
        ])
        return Dictionary(
            counted.compactMap { row in
                row["_id"]?.stringValue.map { ($0, row["n"]?.intValue ?? 0) }
            }
        ) { first, _ in first }
    }
}
