import Foundation

/// What is true of a person where a condition asks: kept with the membership, so that why somebody is in can be said and
/// checked later without asking again.
public struct RuleFact: Sendable, Equatable, Hashable {
    /// Words: a country, all tags, a risk level, the segment if the person is in it. Empty: nothing is known.
    public var texts: [String]
    /// A count, an amount, days, a probability. Nil: nothing is known.
    public var number: Double?

    public static let unknown = RuleFact(texts: [], number: nil)

    static func text(_ text: String?) -> RuleFact {
        RuleFact(texts: text.map { $0.isEmpty ? [] : [$0] } ?? [], number: nil)
    }
    static func texts(_ texts: [String]) -> RuleFact { RuleFact(texts: texts, number: nil) }
    static func number(_ number: Double?) -> RuleFact { RuleFact(texts: [], number: number) }
}

extension RuleCondition {
    /// Whether the fact answers yes. About what is not known every answer is no, but for "is not" and "is unknown" of
    /// words and segments; somebody without a score has no risk level that is not this one.
    func holds(_ fact: RuleFact) -> Bool {
        switch field.kind {
        case .text, .segment: return holds(texts: fact.texts)
        case .level: return !fact.texts.isEmpty && holds(texts: fact.texts)
        case .count, .days, .money, .share:
            guard let number = fact.number, let value = value?.number else { return false }
            switch comparison {
            case .atLeast: return number >= value
            case .atMost: return number <= value
            case .is: return number == value
            case .isNot, .isKnown, .isUnknown: return false
            }
        }
    }

    private func holds(texts: [String]) -> Bool {
        switch comparison {
        case .isKnown: return !texts.isEmpty
        case .isUnknown: return texts.isEmpty
        case .is: return has(texts)
        case .isNot: return !has(texts)
        case .atLeast, .atMost: return false
        }
    }

    private func has(_ texts: [String]) -> Bool {
        guard let wanted = value?.text?.lowercased() else { return false }
        return texts.contains { $0.lowercased() == wanted }
    }
}

extension Rule {
    /// - Parameter facts: one per leaf, in their order.
    func holds(_ facts: [RuleFact]) -> Bool { !reasons(facts).isEmpty }

    /// The leaves by which somebody is in; empty: they are not.
    func reasons(_ facts: [RuleFact]) -> [Int] {
        guard facts.count == leaves.count else { return [] }
        var parts: [[Int]] = conditions.indices.map { conditions[$0].holds(facts[$0]) ? [$0] : [] }
        var start = conditions.count
        for group in groups {
            let places = start..<(start + group.conditions.count)
            let held = places.filter { group.conditions[$0 - start].holds(facts[$0]) }
            let isIn = group.match == .all ? held.count == places.count && !held.isEmpty : !held.isEmpty
            parts.append(isIn ? held : [])
            start = places.upperBound
        }
        let isIn = match == .all ? parts.allSatisfy { !$0.isEmpty } : parts.contains { !$0.isEmpty }
        return isIn ? parts.flatMap { $0 } : []
    }
}
