import BSON
import Customers
import Foundation
import Learning
import Memory
import Tenancy
import Vault

extension EyesRules {
    /// What the names in some rules mean now.
    func context(_ scope: TenantScope, _ rules: [Rule], known: [StoredRule]) async throws -> RuleContext {
        let published = try await service.published(scope)
        var numbers: [String: Int] = [:]
        for id in rules.flatMap(\.segments).uniqued() where !StoredRule.isRule(id) {
            if let published { numbers[id] = try await number(scope, id, in: published) }
        }
        return RuleContext(
            now: service.clock.now(), calendar: ZoneCalendar(zoneName: scope.organization.timeZone),
            runID: published?.run.id, numbers: numbers,
            rules: Dictionary(known.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first }))
    }

    /// How many runs back a segment is followed.
    private static let mostSteps = 40

    /// A segment of an earlier run goes on as the one that was found again; nil when it ended.
    private func number(_ scope: TenantScope, _ id: String, in published: PublishedRun) async throws -> Int? {
        if let segment = published.segment(id: id) { return segment.number }
        for segment in published.segments {
            var former = segment.previousID
            for _ in 0..<Self.mostSteps {
                guard let name = former else { break }
                if name == id { return segment.number }
                former = try await service.store(scope).segment(name)?.segment.previousID
            }
        }
        return nil
    }

    // MARK: Building

    /// Asks everybody who may be used, writes the members and shows them. Nil when the rule went away meanwhile.
    func build(
        _ scope: TenantScope, _ ruleID: String, _ reading: PurposeReading,
        progress: (Int) async throws -> Void = { _ in }
    ) async throws -> RuleBuild? {
        let store = store(scope)
        guard let rule = try await store.begin(ruleID), let number = rule.lastBuild else { return nil }
        let started = service.clock.now()
        let context = try await context(scope, [rule.rule], known: try await list(scope))
        let reader = RuleFactReader(scope: scope, database: service.database, reading: reading, context: context)
        let leaves = rule.rule.leaves
        var size = 0
        for ids in reading.customers.portions(of: RuleFactReader.portion) {
            let facts = try await reader.facts(of: ids, leaves)
            let members = zip(ids, facts).filter { rule.rule.holds($0.1) }
                .map { RuleMember(ruleID: ruleID, build: number, customerID: $0.0, facts: $0.1) }
            try await store.insert(members)
            size += members.count
            try await progress(ids.count)
        }
        let leftOut = try await reading.leftOut.count(portion: RuleFactReader.portion) { ids in
            try await reader.facts(of: ids, leaves).count { rule.rule.holds($0) }
        }
        let finished = service.clock.now()
        let build = RuleBuild(
            number: number, version: rule.version, builtAt: finished, seconds: finished.timeIntervalSince(started),
            size: size, leftOut: leftOut, population: reading.customers.count, runID: context.runID,
            goneSegments: rule.rule.segments.filter { id in
                StoredRule.isRule(id) ? context.rules[id] == nil : context.numbers[id] == nil
            })
        return try await store.show(build, of: ruleID) ? build : nil
    }

    // MARK: Estimating

    /// Somebody a rule would hold, and by what.
    struct Example: Sendable {
        let customerID: String
        let facts: [RuleFact]
    }

    /// As many people as an estimate asks.
    static let asked = 2_000

    /// How many a rule would hold now, and five of them. Everybody is asked where they are few, else a drawn sample.
    func estimate(
        _ scope: TenantScope, _ rule: Rule
    ) async throws -> (estimate: RuleEstimate, examples: [Example]) {
        let known = try await list(scope)
        let problems = RuleCheck.problems(rule) + (try await nameProblems(scope, rule, known))
        guard problems.isEmpty else { throw RuleProblems(all: problems) }
        let reading = try await reading(scope)
        let reader = RuleFactReader(
            scope: scope, database: service.database, reading: reading,
            context: try await context(scope, [rule], known: known))
        let ids = drawn(reading.customers.count).map { reading.customers[$0] }
        var held = 0
        var examples: [Example] = []
        for part in ids.portions(of: RuleFactReader.portion) {
            for (id, facts) in zip(part, try await reader.facts(of: part, rule.leaves)) where rule.holds(facts) {
                held += 1
                if examples.count < RuleBuild.sampleSize { examples.append(Example(customerID: id, facts: facts)) }
            }
        }
        let others = drawn(reading.leftOut.count)
        let leftOut = try await reading.leftOut.count(others, portion: RuleFactReader.portion) { ids in
            try await reader.facts(of: ids, rule.leaves).count { rule.holds($0) }
        }
        let (size, low, high) = RuleEstimate.interval(
            held: held, asked: ids.count, population: reading.customers.count)
        return (
            RuleEstimate(
                size: size, low: low, high: high,
                leftOut: RuleEstimate.interval(
                    held: leftOut, asked: others.count, population: reading.leftOut.count
                ).size, asked: ids.count, population: reading.customers.count), examples
        )
    }

    /// The same people for every wording, so that two estimates differ by the wording alone.
    private func drawn(_ count: Int) -> [Int] {
        guard count > Self.asked else { return Array(0..<count) }
        var generator = SeededGenerator(seed: 42)
        return generator.sample(Self.asked, from: count).sorted()
    }

    /// Who may be used, at most some seconds old: somebody at the builder asks again and again.
    private func reading(_ scope: TenantScope) async throws -> PurposeReading {
        try await service.memory.readings.value(for: scope.organizationID) {
            try await CustomerStore(scope, service.database).open(
                purpose: .marketingAnalytics, consentAt: service.clock.now())
        }
    }
}
