import Customers
import Foundation
import Web

/// A rule in JSON.
struct RuleResource {
    let rule: StoredRule
    let speech: RuleSpeech

    /// The fields, without braces.
    func write(to json: inout JSONWriter) {
        json.field("rule_id", rule.id)
        json.field("name", rule.name)
        json.field("sentence", speech.sentence(rule.rule))
        json.field("version", rule.version)
        json.field("state", rule.isBehind ? "building" : "built")
        json.object("rule") { json in
            json.field("match", rule.rule.match.rawValue)
            json.array("conditions", rule.rule.conditions) { json, condition in Self.write(condition, to: &json) }
            json.array("groups", rule.rule.groups) { json, group in
                json.object { json in
                    json.field("match", group.match.rawValue)
                    json.array("conditions", group.conditions) { json, condition in Self.write(condition, to: &json) }
                }
            }
        }
        if let build = rule.built {
            json.object("build") { json in
                json.field("version", build.version)
                json.field("size", build.size)
                json.field("population", build.population)
                json.field("excluded_by_consent", build.leftOut)
                json.field("built_at", build.builtAt)
                json.field("seconds", build.seconds)
                json.field("run_id", build.runID)
                json.array("gone_segments", build.goneSegments) { json, id in json.value(id) }
            }
        } else {
            json.key("build")
            json.null()
        }
        json.field("created_by", rule.createdBy)
        json.field("created_at", rule.createdAt)
        json.field("updated_at", rule.updatedAt)
    }

    private static func write(_ condition: RuleCondition, to json: inout JSONWriter) {
        json.object { json in
            json.field("field", condition.field.rawValue)
            json.field("comparison", condition.comparison.rawValue)
            switch condition.value {
            case .text(let text): json.field("value", text)
            case .number(let number): json.field("value", number)
            case nil: break
            }
            if let days = condition.days { json.field("days", days) }
            if let event = condition.event { json.field("event", event) }
            if let horizon = condition.horizon { json.field("horizon", horizon.timeframe) }
        }
    }

    /// Somebody in it; without a badge nothing but the id is said.
    static func write(
        _ id: String, _ badge: CustomerBadge?, _ facts: [RuleFact], _ rule: Rule, _ speech: RuleSpeech,
        to json: inout JSONWriter
    ) {
        json.object { json in
            json.field("user_id", id)
            json.field("token", badge?.token)
            json.field("consent_ok", badge != nil)
            guard badge != nil else { return }
            json.array("reasons", speech.reasons(rule, facts)) { json, reason in json.value(reason) }
        }
    }
}
