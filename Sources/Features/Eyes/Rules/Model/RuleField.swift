/// What a rule can ask about a person. Raw values are the names in documents and in JSON.
public enum RuleField: String, Sendable, Codable, CaseIterable {
    // Of the person.
    case country, language, region
    case lifecycleStage = "lifecycle_stage"
    case tag
    case ordersCount = "orders_count"
    case totalSpent = "total_spent"
    case daysSinceOrder = "days_since_order"
    case daysSinceFirstOrder = "days_since_first_order"
    // Of what they did.
    case orders
    case spend
    case event
    // Of what the published run found.
    case riskScore = "risk_score"
    case riskLevel = "risk_level"
    case valueAtRisk = "value_at_risk"
    case segment

    public enum Group: String, Sendable, CaseIterable { case attributes, events, scores }

    /// How a value is written and compared.
    public enum Kind: Sendable {
        case text, count, days
        /// Minor units.
        case money
        /// 0 to 1.
        case share
        /// high, medium, low.
        case level
        /// The id of a segment of a run or of another rule.
        case segment
    }

    var group: Group {
        switch self {
        case .country, .language, .region, .lifecycleStage, .tag, .ordersCount, .totalSpent, .daysSinceOrder,
            .daysSinceFirstOrder:
            .attributes
        case .orders, .spend, .event: .events
        case .riskScore, .riskLevel, .valueAtRisk, .segment: .scores
        }
    }

    var kind: Kind {
        switch self {
        case .country, .language, .region, .lifecycleStage, .tag: .text
        case .ordersCount, .orders, .event: .count
        case .daysSinceOrder, .daysSinceFirstOrder: .days
        case .totalSpent, .spend, .valueAtRisk: .money
        case .riskScore: .share
        case .riskLevel: .level
        case .segment: .segment
        }
    }

    var comparisons: [RuleComparison] {
        switch kind {
        case .text: [.is, .isNot, .isKnown, .isUnknown]
        case .count: [.atLeast, .atMost, .is]
        case .days, .money, .share: [.atLeast, .atMost]
        case .level, .segment: [.is, .isNot]
        }
    }

    /// Looks back over so many days.
    var needsDays: Bool { group == .events }
    var needsEvent: Bool { self == .event }
    var needsHorizon: Bool { group == .scores && self != .segment }
}

public enum RuleComparison: String, Sendable, Codable, CaseIterable {
    case `is`
    case isNot = "is_not"
    case atLeast = "at_least"
    case atMost = "at_most"
    case isKnown = "is_known"
    case isUnknown = "is_unknown"

    var needsValue: Bool { self != .isKnown && self != .isUnknown }
}

/// A text or a number, as JSON has them.
public enum RuleValue: Sendable, Codable, Equatable, Hashable {
    case text(String)
    case number(Double)

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else {
            self = .text(try container.decode(String.self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let text): try container.encode(text)
        case .number(let number): try container.encode(number)
        }
    }

    var text: String? { if case .text(let text) = self { text } else { nil } }
    var number: Double? { if case .number(let number) = self { number } else { nil } }
}
