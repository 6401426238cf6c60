import Foundation
import Records

/// What is wrong with a rule: where, and why.
public struct RuleProblem: Error, Sendable, Equatable {
    /// `name`, `rule`, `conditions.0.value`, `groups.1.conditions.2.days`.
    public let field: String
    /// `required`, `range`, `unknown`, `too_many`, `circle`.
    public let code: String
}

/// All of it.
public struct RuleProblems: Error, Sendable, Equatable {
    public let all: [RuleProblem]
}

/// Looks a rule over before anything is asked of the database.
enum RuleCheck {
    static let longestText = 100
    static let longestName = 80
    static let mostDays = 3_650

    static func problems(name: String) -> [RuleProblem] {
        if name.isEmpty { return [RuleProblem(field: "name", code: "required")] }
        let isFine = name.count <= longestName && !name.contains(where: \.isNewline)
        return isFine ? [] : [RuleProblem(field: "name", code: "range")]
    }

    static func problems(_ rule: Rule) -> [RuleProblem] {
        guard !rule.leaves.isEmpty else { return [RuleProblem(field: "rule", code: "required")] }
        var found: [RuleProblem] = []
        if rule.leaves.count > Rule.mostConditions || rule.groups.count > Rule.mostGroups {
            found.append(RuleProblem(field: "rule", code: "too_many"))
        }
        for (place, condition) in rule.conditions.enumerated() { found += problems(condition, "conditions.\(place)") }
        for (number, group) in rule.groups.enumerated() {
            if group.conditions.isEmpty { found.append(RuleProblem(field: "groups.\(number)", code: "required")) }
            for (place, condition) in group.conditions.enumerated() {
                found += problems(condition, "groups.\(number).conditions.\(place)")
            }
        }
        return found
    }

    private static func problems(_ condition: RuleCondition, _ path: String) -> [RuleProblem] {
        var found: [RuleProblem] = []
        func add(_ field: String, _ code: String) { found.append(RuleProblem(field: "\(path).\(field)", code: code)) }
        let field = condition.field
        if !field.comparisons.contains(condition.comparison) { add("comparison", "unknown") }
        if field.needsDays {
            if let days = condition.days, !(0...mostDays).contains(days) { add("days", "range") }
            if condition.days == nil { add("days", "required") }
        }
        if field.needsEvent {
            if let event = condition.event, !EventType.isValid(event) { add("event", "unknown") }
            if condition.event == nil { add("event", "required") }
        }
        if field.needsHorizon, condition.horizon == nil { add("horizon", "required") }
        if condition.comparison.needsValue, let code = problem(condition.value, field.kind) { add("value", code) }
        return found
    }

    private static func problem(_ value: RuleValue?, _ kind: RuleField.Kind) -> String? {
        guard let value else { return "required" }
        switch kind {
        case .text, .segment:
            guard let text = value.text, !text.isEmpty else { return "required" }
            return text.count <= longestText ? nil : "range"
        case .level: return value.text.flatMap(RiskLevel.init(rawValue:)) == nil ? "unknown" : nil
        case .count, .days:
            guard let number = value.number else { return "required" }
            return number >= 0 && number <= 1_000_000 && number == number.rounded() ? nil : "range"
        case .money:
            guard let number = value.number else { return "required" }
            return abs(number) <= 1e15 && number == number.rounded() ? nil : "range"
        case .share: return value.number.map { (0...1).contains($0) ? nil : "range" } ?? "required"
        }
    }
}
