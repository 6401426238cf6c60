import Audit
import BSON
import Customers
import Foundation
import Learning
import Tenancy
import Vault
import Web

/// Why a rule cannot be changed or deleted.
public enum RuleRefusal: Error, Sendable, Equatable {
    /// The organization has as many as it may.
    case tooMany
    /// Other rules or open campaigns name it.
    case inUse
    /// Somebody else changed it meanwhile.
    case changed
}

extension RuleRefusal {
    /// For programs.
    var problem: Problem {
        switch self {
        case .tooMany:
            Problem(
                .conflict, code: "rules_too_many", title: "There are as many rules as there may be.",
                detail: "An organization keeps at most \(StoredRule.most).")
        case .inUse:
            Problem(
                .conflict, code: "rule_in_use", title: "The rule is in use.",
                detail: "Other rules or open campaigns name it: see used_by.")
        case .changed:
            Problem(
                .conflict, code: "rule_changed", title: "Somebody changed the rule.",
                detail: "Read it again: its version is another one.")
        }
    }
}

/// Segments made by rules: written down, estimated, built, and read by others.
public struct EyesRules: Sendable {
    let service: EyesService

    public init(service: EyesService) { self.service = service }

    func store(_ scope: TenantScope) -> RuleStore { RuleStore(scope: scope, database: service.database) }

    func get(_ scope: TenantScope, _ id: String) async throws -> StoredRule? {
        guard StoredRule.isRule(id) else { return nil }
        return try await store(scope).get(id)
    }

    func list(_ scope: TenantScope) async throws -> [StoredRule] { try await store(scope).list() }

    // MARK: Writing

    func create(
        _ scope: TenantScope, name: String, _ rule: Rule, requestID: String?
    ) async throws -> StoredRule {
        try scope.require(.eyesRun)
        try scope.requireWritable()
        let known = try await list(scope)
        guard known.count < StoredRule.most else { throw RuleRefusal.tooMany }
        let now = service.clock.now()
        let stored = StoredRule(
            id: ID.make("rul", at: now), name: name, rule: rule,
            createdBy: scope.actor.name ?? scope.actor.kind, createdAt: now, updatedAt: now, version: 1)
        try await check(scope, stored, known)
        try await store(scope).insert(stored)
        try await note(scope, stored, "eyes.rule_created", .dataModification, requestID)
        try await RulesJob.enqueue([stored.id], scope, service.jobs)
        return stored
    }

    /// - Parameter version: the one that was read; nil changes whatever is there
    func change(
        _ scope: TenantScope, _ id: String, name: String?, rule: Rule?, version: Int?, requestID: String?
    ) async throws -> StoredRule {
        try scope.require(.eyesRun)
        try scope.requireWritable()
        let known = try await list(scope)
        guard var stored = known.first(where: { $0.id == id }) else { throw TenancyError.notFound }
        if let version, version != stored.version { throw RuleRefusal.changed }
        let before = stored
        stored.name = name ?? stored.name
        stored.rule = rule ?? stored.rule
        stored.version += 1
        stored.updatedAt = service.clock.now()
        try await check(scope, stored, known)
        guard let changed = try await store(scope).change(stored, from: before.version) else {
            throw RuleRefusal.changed
        }
        try await note(scope, changed, "eyes.rule_changed", .dataModification, requestID, before: before)
        try await RulesJob.enqueue([id], scope, service.jobs)
        return changed
    }

    func delete(_ scope: TenantScope, _ id: String, requestID: String?) async throws {
        try scope.require(.eyesRun)
        try scope.requireWritable()
        guard let rule = try await get(scope, id) else { throw TenancyError.notFound }
        let uses = try await uses(scope, id)
        guard !uses.isBinding else { throw RuleRefusal.inUse }
        try await store(scope).delete(id)
        try await note(scope, rule, "eyes.rule_deleted", .dataDeletion, requestID)
    }

    /// Asks for a membership as of now.
    func rebuild(_ scope: TenantScope, _ id: String, requestID: String?) async throws -> String {
        try scope.require(.eyesRun)
        try scope.requireWritable()
        guard let rule = try await get(scope, id) else { throw TenancyError.notFound }
        try await note(scope, rule, "eyes.rule_rebuilt", .job, requestID)
        return try await RulesJob.enqueue([id], scope, service.jobs)
    }

    private func check(_ scope: TenantScope, _ rule: StoredRule, _ known: [StoredRule]) async throws {
        var problems = RuleCheck.problems(name: rule.name) + RuleCheck.problems(rule.rule)
        problems += try await nameProblems(scope, rule.rule, known)
        if RuleOrder.hasCircle(known.filter { $0.id != rule.id } + [rule]) {
            problems.append(RuleProblem(field: "rule", code: "circle"))
        }
        guard problems.isEmpty else { throw RuleProblems(all: problems) }
    }

    /// Segments named that are not there.
    func nameProblems(
        _ scope: TenantScope, _ rule: Rule, _ known: [StoredRule]
    ) async throws -> [RuleProblem] {
        for id in rule.segments {
            let isThere =
                StoredRule.isRule(id)
                ? known.contains { $0.id == id } : try await service.segment(scope, id) != nil
            if !isThere { return [RuleProblem(field: "rule", code: "no_segment")] }
        }
        return []
    }

    private func note(
        _ scope: TenantScope, _ rule: StoredRule, _ action: String, _ event: AuditEvent, _ requestID: String?,
        before: StoredRule? = nil
    ) async throws {
        func state(_ rule: StoredRule) throws -> BSONDocument {
            ["name": .string(rule.name), "rule": .document(try BSONEncoder().encode(rule.rule))]
        }
        try await service.audit.record(
            scope,
            AuditEntry(
                event, action, on: "eyes_rule", rule.id, before: try before.map(state), after: try state(rule)),
            requestID: requestID)
    }

    // MARK: Uses

    /// Who names a rule.
    struct Uses: Sendable {
        let rules: [StoredRule]
        let campaigns: [Campaign]

        /// The rule cannot go while these are there.
        var isBinding: Bool {
            !rules.isEmpty || campaigns.contains { $0.state == .draft || $0.state == .approved || $0.state == .active }
        }
    }

    func uses(_ scope: TenantScope, _ id: String) async throws -> Uses {
        async let rules = list(scope)
        let campaigns = try await CampaignStore(scope: scope, database: service.database).campaigns(of: id)
        return Uses(rules: try await rules.filter { $0.rule.nested.contains(id) }, campaigns: campaigns)
    }
}

/// Rules that name rules: what is built first, and whether that ends.
enum RuleOrder {
    /// As deep as rules may name each other.
    static let deepest = 4

    static func hasCircle(_ rules: [StoredRule]) -> Bool { depths(rules) == nil }

    /// Each rule after those it names. What cannot be put in order comes last.
    static func sorted(_ rules: [StoredRule]) -> [StoredRule] {
        let depths = depths(rules) ?? [:]
        return rules.sorted { (depths[$0.id] ?? deepest, $0.id) < (depths[$1.id] ?? deepest, $1.id) }
    }

    /// These and all that name them, directly or not.
    static func withDependents(_ ids: [String], _ rules: [StoredRule]) -> Set<String> {
        var found = Set(ids)
        for _ in 0...deepest {
            found.formUnion(rules.filter { !found.isDisjoint(with: $0.rule.nested) }.map(\.id))
        }
        return found
    }

    /// How deep each names others; nil where they go round in a circle, or too deep.
    private static func depths(_ rules: [StoredRule]) -> [String: Int]? {
        var depths: [String: Int] = [:]
        for depth in 0..<deepest {
            for rule in rules where depths[rule.id] == nil {
                let named = rule.rule.nested.filter { name in rules.contains { $0.id == name } }
                if named.allSatisfy({ depths[$0].map { $0 < depth } ?? false }) { depths[rule.id] = depth }
            }
        }
        return depths.count == rules.count ? depths : nil
    }
}
