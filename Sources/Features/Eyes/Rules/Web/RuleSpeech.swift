import Foundation
import Web

/// Says rules, and why somebody meets them, in the reader's language.
struct RuleSpeech: Sendable {
    let speech: EyesSpeech
    /// Names of segments and of other rules, by id.
    let names: [String: String]

    private var words: Localizer { speech.words }

    /// "the time since the last order is at least 60 days".
    func sentence(_ condition: RuleCondition) -> String {
        var arguments = ["what": what(condition)]
        if let value = condition.value { arguments["value"] = self.value(condition.field.kind, value) }
        return speech.t("rule.sentence.\(condition.comparison.rawValue)", arguments)
    }

    /// A whole rule: its sentences joined by its words, groups in brackets.
    func sentence(_ rule: Rule) -> String {
        let parts =
            rule.conditions.map(sentence)
            + rule.groups.map { group in
                "(" + group.conditions.map(sentence).joined(separator: " \(joint(group.match)) ") + ")"
            }
        return parts.joined(separator: " \(joint(rule.match)) ")
    }

    func joint(_ match: RuleMatch) -> String { speech.t("rule.joint.\(match.rawValue)") }

    /// "the time since the last order: 74 days".
    func reason(_ condition: RuleCondition, _ fact: RuleFact) -> String {
        speech.t("rule.reason", ["what": what(condition), "own": own(condition, fact)])
    }

    /// What somebody is in by.
    func reasons(_ rule: Rule, _ facts: [RuleFact]) -> [String] {
        let leaves = rule.leaves
        return rule.reasons(facts).map { reason(leaves[$0], facts[$0]) }
    }

    func what(_ condition: RuleCondition) -> String {
        speech.t(
            "rule.what.\(condition.field.rawValue)",
            [
                "days": condition.days.map(words.number) ?? "",
                "event": condition.event.map(event) ?? "",
                "horizon": condition.horizon.map(speech.days) ?? "",
            ])
    }

    /// A name for known events; others go by the source's own.
    func event(_ type: String) -> String {
        words.has("eyes.rule.events.\(type)") ? speech.t("rule.events.\(type)") : type.replacing("custom:", with: "")
    }

    private func own(_ condition: RuleCondition, _ fact: RuleFact) -> String {
        if let number = fact.number { return value(condition.field.kind, .number(number)) }
        guard !fact.texts.isEmpty else {
            return speech.t(condition.field == .segment ? "rule.not_in" : "rule.unknown")
        }
        return fact.texts.map { value(condition.field.kind, .text($0)) }.joined(separator: ", ")
    }

    private func value(_ kind: RuleField.Kind, _ value: RuleValue) -> String {
        switch (kind, value) {
        case (.days, .number(let number)): words.t("eyes.rule.days", count: Int(number))
        case (.money, .number(let number)): speech.money(Int64(number))
        case (.share, .number(let number)):
            speech.percent(number, digits: number * 100 == (number * 100).rounded() ? 0 : 1)
        case (_, .number(let number)): words.number(Int(number))
        case (.level, .text(let text)): words.t("shell.band.\(text)").lowercased()
        case (.segment, .text(let text)): "\u{201C}\(names[text] ?? speech.t("rule.gone"))\u{201D}"
        case (_, .text(let text)): text
        }
    }
}
