import Foundation
import Web

/// The builder's fields as they were sent. Every press of a button sends all of them; the answer is the same page with
/// one thing changed, so that it works without scripts.
struct RuleForm: Sendable, Equatable {
    struct Line: Sendable, Equatable {
        var field: RuleField
        var comparison: RuleComparison
        var value = ""
        var days = ""
        var event = ""
        var horizon = ""

        init(_ field: RuleField) {
            self.field = field
            comparison = field.comparisons[0]
            if field.needsDays { days = "90" }
            if field.needsEvent { event = "page_view" }
            if field.needsHorizon { horizon = Horizon.days90.timeframe }
        }
    }

    struct Group: Sendable, Equatable {
        var match = RuleMatch.any
        var lines: [Line] = []
    }

    var name = ""
    /// The rule's own word and lines.
    var own = Group(match: .all)
    var groups: [Group] = []
    /// Of the rule as it was read; empty for a new one.
    var version = ""

    init() {}

    // MARK: From and to the wire

    init(_ form: Form) {
        name = form.trimmed("name")
        version = form["version"]
        own = Self.group(form, "")
        for number in 0..<Rule.mostGroups + 1 where form.has("g\(number).match") {
            groups.append(Self.group(form, "g\(number)."))
        }
    }

    private static func group(_ form: Form, _ prefix: String) -> Group {
        var group = Group(match: RuleMatch(rawValue: form[prefix + "match"]) ?? .all)
        for place in 0...Rule.mostConditions {
            let path = "\(prefix)c\(place)."
            guard let field = RuleField(rawValue: form[path + "field"]) else { continue }
            var line = Line(field)
            line.comparison = RuleComparison(rawValue: form[path + "comparison"]) ?? line.comparison
            line.value = form.trimmed(path + "value")
            line.days = form.trimmed(path + "days")
            line.event = form.trimmed(path + "event")
            line.horizon = form[path + "horizon"]
            group.lines.append(line)
        }
        return group
    }

    /// The builder for a rule that is there.
    init(_ stored: StoredRule, currency: String) {
        name = stored.name
        version = String(stored.version)
        own = Group(match: stored.rule.match, lines: stored.rule.conditions.map { Line($0, currency) })
        groups = stored.rule.groups.map { group in
            Group(match: group.match, lines: group.conditions.map { Line($0, currency) })
        }
    }

    // MARK: Buttons

    /// What a button does to the form; nil for one that only asks.
    mutating func apply(_ act: String, _ form: Form) {
        let parts = act.split(separator: ".").map(String.init)
        switch parts.first {
        case "add": add(parts.count > 1 ? parts[1] : "", form)
        case "group" where groups.count < Rule.mostGroups:
            var group = Group()
            if let field = RuleField(rawValue: form["group.new"]) { group.lines = [Line(field)] }
            groups.append(group)
        case "drop": drop(Array(parts.dropFirst()))
        default: break
        }
    }

    private mutating func add(_ target: String, _ form: Form) {
        guard lineCount < Rule.mostConditions else { return }
        if target.isEmpty {
            if let field = RuleField(rawValue: form["new"]) { own.lines.append(Line(field)) }
        } else if let number = Int(target.dropFirst()), groups.indices.contains(number),
            let field = RuleField(rawValue: form["g\(number).new"])
        {
            groups[number].lines.append(Line(field))
        }
    }

    private mutating func drop(_ path: [String]) {
        guard let first = path.first, let number = Int(first.dropFirst()) else { return }
        if first.hasPrefix("c"), own.lines.indices.contains(number) {
            own.lines.remove(at: number)
        } else if first.hasPrefix("g"), groups.indices.contains(number) {
            if path.count == 1 {
                groups.remove(at: number)
            } else if let place = Int(path[1].dropFirst()), groups[number].lines.indices.contains(place) {
                groups[number].lines.remove(at: place)
                if groups[number].lines.isEmpty { groups.remove(at: number) }
            }
        }
    }

    var lineCount: Int { own.lines.count + groups.reduce(0) { $0 + $1.lines.count } }

    // MARK: The rule

    /// The rule it says. Numbers that cannot be read are left out, and found by `RuleCheck`.
    func rule(currency: String) -> Rule {
        Rule(
            own.match, own.lines.map { $0.condition(currency) },
            groups: groups.filter { !$0.lines.isEmpty }.map { group in
                RuleGroup(group.match, group.lines.map { $0.condition(currency) })
            })
    }
}

extension RuleForm.Line {
    init(_ condition: RuleCondition, _ currency: String) {
        self.init(condition.field)
        comparison = condition.comparison
        days = condition.days.map(String.init) ?? ""
        event = condition.event ?? ""
        horizon = condition.horizon?.timeframe ?? ""
        switch condition.value {
        case .text(let text): value = text
        case .number(let number): value = Self.plain(number * Self.shown(condition.field.kind, currency))
        case nil: value = ""
        }
    }

    func condition(_ currency: String) -> RuleCondition {
        RuleCondition(
            field, comparison, comparison.needsValue ? read(currency) : nil, days: field.needsDays ? Int(days) : nil,
            event: field.needsEvent ? eventType : nil, horizon: field.needsHorizon ? Horizon(timeframe: horizon) : nil)
    }

    private var eventType: String? { event.isEmpty ? nil : event }

    private func read(_ currency: String) -> RuleValue? {
        switch field.kind {
        case .text, .level, .segment: return value.isEmpty ? nil : .text(value)
        case .count, .days, .money, .share:
            guard let number = Double(value.replacing(",", with: ".")), number.isFinite else { return nil }
            // Divided, so that 70 is 0.7 and not a little more.
            return .number(
                field.kind == .money
                    ? (number * CurrencyDigits.minorPerUnit(currency)).rounded()
                    : number / Self.shown(field.kind, currency))
        }
    }

    /// What is stored, times this, is what is written.
    private static func shown(_ kind: RuleField.Kind, _ currency: String) -> Double {
        switch kind {
        case .money: 1 / CurrencyDigits.minorPerUnit(currency)
        case .share: 100
        default: 1
        }
    }

    private static func plain(_ number: Double) -> String {
        let rounded = (number * 10_000).rounded() / 10_000
        return rounded == rounded.rounded() ? String(Int64(rounded)) : String(rounded)
    }
}
