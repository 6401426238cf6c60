import Foundation
import Web

/// A condition over JSON: the horizon goes by its name in addresses.
struct RuleConditionBody: Decodable, Sendable {
    let field: RuleField
    let comparison: RuleComparison
    let value: RuleValue?
    let days: Int?
    let event: String?
    let horizon: String?

    enum CodingKeys: String, CodingKey, CaseIterable { case field, comparison, value, days, event, horizon }

    func condition() throws -> RuleCondition {
        if let horizon, Horizon(timeframe: horizon) == nil {
            throw RuleProblems(all: [RuleProblem(field: "horizon", code: "unknown")])
        }
        return RuleCondition(
            field, comparison, value, days: days, event: event, horizon: horizon.flatMap(Horizon.init(timeframe:)))
    }
}

struct RuleGroupBody: Decodable, Sendable {
    let match: RuleMatch
    let conditions: [RuleConditionBody]

    enum CodingKeys: String, CodingKey, CaseIterable { case match, conditions }
}

struct RuleBody: Decodable, Sendable {
    let match: RuleMatch
    let conditions: [RuleConditionBody]?
    let groups: [RuleGroupBody]?

    enum CodingKeys: String, CodingKey, CaseIterable { case match, conditions, groups }

    func rule() throws -> Rule {
        Rule(
            match, try (conditions ?? []).map { try $0.condition() },
            groups: try (groups ?? []).map { group in
                RuleGroup(group.match, try group.conditions.map { try $0.condition() })
            })
    }
}

struct RuleCreation: Decodable, Sendable {
    let name: String
    let rule: RuleBody

    enum CodingKeys: String, CodingKey, CaseIterable { case name, rule }
}

struct RuleQuestion: Decodable, Sendable {
    let rule: RuleBody

    enum CodingKeys: String, CodingKey, CaseIterable { case rule }
}

struct RuleChange: Decodable, Sendable {
    let name: String?
    let rule: RuleBody?
    let version: Int?

    enum CodingKeys: String, CodingKey, CaseIterable { case name, rule, version }
}
