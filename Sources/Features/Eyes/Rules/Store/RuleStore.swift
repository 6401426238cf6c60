import BSON
import Foundation
import Mongo
import Tenancy

/// Rules and their members.
struct RuleStore: Sendable {
    let scope: TenantScope
    let database: MongoDatabase

    private var rules: TenantCollection<StoredRule> { TenantCollection(scope, database) }
    private var members: TenantCollection<RuleMember> { TenantCollection(scope, database) }

    func get(_ id: String) async throws -> StoredRule? { try await rules.get(id: id) }

    /// Newest first.
    func list() async throws -> [StoredRule] {
        try await rules.find(sort: [.descending("created_at"), .descending("_id")], limit: StoredRule.most + 1)
    }

    func hasRules() async throws -> Bool { try await rules.exists(.all) }

    func insert(_ rule: StoredRule) async throws { try await rules.insert(rule) }

    /// Another name or wording; nil when it was changed meanwhile, or is gone.
    func change(_ rule: StoredRule, from version: Int) async throws -> StoredRule? {
        try await rules.findAndUpdate(
            .and([.id(rule.id), .eq("version", .int(version))]),
            [
                .set("name", .string(rule.name)), .set("rule", .document(try BSONEncoder().encode(rule.rule))),
                .set("version", .int(rule.version)), .set("updated_at", .date(rule.updatedAt)),
            ])
    }

    func delete(_ id: String) async throws {
        try await rules.delete(.id(id))
        try await members.delete(.eq("rule_id", .string(id)), multi: true)
    }

    // MARK: Building

    func insert(_ rows: [RuleMember]) async throws { try await members.insert(rows) }

    /// A number for a build that no other has; nil when the rule is gone.
    func begin(_ ruleID: String) async throws -> StoredRule? {
        try await rules.findAndUpdate(.id(ruleID), [.inc("last_build", .int(1))])
    }

    /// The switch: from here on everybody sees this membership, unless a later one is shown already. Rows of earlier
    /// builds go, finished or not.
    func show(_ build: RuleBuild, of ruleID: String) async throws -> Bool {
        let shown = try await rules.update(
            .and([
                .id(ruleID), .or([.exists("built", false), .lt("built.number", .int(build.number))]),
            ]),
            [.set("built", .document(try BSONEncoder().encode(build))), .unset("failure")])
        let old: Filter = shown.matched > 0 ? .lt("build", .int(build.number)) : .eq("build", .int(build.number))
        try await members.delete(.and([.eq("rule_id", .string(ruleID)), old]), multi: true)
        return shown.matched > 0
    }

    func fail(_ ruleID: String, _ failure: String) async throws {
        _ = try await rules.update(.id(ruleID), [.set("failure", .string(failure))])
    }

    // MARK: Members

    /// In order of customer id, after one of them.
    func members(_ rule: StoredRule, after: String?, limit: Int) async throws -> [RuleMember] {
        guard let build = rule.built else { return [] }
        var filters = filters(rule.id, build.number)
        if let after { filters.append(.gt("customer_id", .string(after))) }
        return try await members.find(.and(filters), sort: [.ascending("customer_id")], limit: limit)
    }

    /// Members among these people.
    func members(_ rule: StoredRule, among ids: [String]) async throws -> [RuleMember] {
        guard let build = rule.built else { return [] }
        return try await members.find(
            .and(filters(rule.id, build.number) + [.in("customer_id", ids.map { .string($0) })]))
    }

    /// Everybody in it.
    func memberIDs(_ rule: StoredRule) async throws -> Set<String> {
        guard let build = rule.built else { return [] }
        var ids = Set<String>(minimumCapacity: build.size)
        let batches = try members.selectBatches(
            ["customer_id"], as: BSONDocument.self, .and(filters(rule.id, build.number)),
            sort: [.ascending("customer_id")], batchSize: 10_000)
        for try await batch in batches { for row in batch { ids.insert(try row.string("customer_id")) } }
        return ids
    }

    private func filters(_ ruleID: String, _ build: Int) -> [Filter] {
        [.eq("rule_id", .string(ruleID)), .eq("build", .int(build))]
    }
}
