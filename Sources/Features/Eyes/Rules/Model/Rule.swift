import Foundation

/// One question about a person.
public struct RuleCondition: Sendable, Codable, Equatable, Hashable {
    public var field: RuleField
    public var comparison: RuleComparison
    /// Nil where the comparison needs none.
    public var value: RuleValue?
    /// Today and so many whole days before it, in the organization's zone.
    public var days: Int?
    /// Which event.
    public var event: String?
    public var horizon: Horizon?

    public init(
        _ field: RuleField, _ comparison: RuleComparison, _ value: RuleValue? = nil, days: Int? = nil,
        event: String? = nil, horizon: Horizon? = nil
    ) {
        self.field = field
        self.comparison = comparison
        self.value = value
        self.days = days
        self.event = event
        self.horizon = horizon
    }

    /// The segment it names.
    var segmentID: String? { field == .segment ? value?.text : nil }
}

public enum RuleMatch: String, Sendable, Codable, CaseIterable {
    /// And.
    case all
    /// Or.
    case any
}

/// Conditions joined by one word.
public struct RuleGroup: Sendable, Codable, Equatable, Hashable {
    public var match: RuleMatch
    public var conditions: [RuleCondition]

    public init(_ match: RuleMatch, _ conditions: [RuleCondition]) {
        self.match = match
        self.conditions = conditions
    }
}

/// Who belongs to a segment: conditions and groups of conditions, joined by one word. No deeper than that.
public struct Rule: Sendable, Codable, Equatable, Hashable {
    public var match: RuleMatch
    public var conditions: [RuleCondition]
    public var groups: [RuleGroup]

    public init(_ match: RuleMatch = .all, _ conditions: [RuleCondition] = [], groups: [RuleGroup] = []) {
        self.match = match
        self.conditions = conditions
        self.groups = groups
    }

    public static let mostConditions = 12
    public static let mostGroups = 4

    /// All conditions in order: its own, then those of each group.
    var leaves: [RuleCondition] { conditions + groups.flatMap(\.conditions) }

    /// Segments it names, each once.
    var segments: [String] { leaves.compactMap(\.segmentID).uniqued() }

    /// The rules among them.
    var nested: [String] { segments.filter(StoredRule.isRule) }

    /// The same rule with each condition changed.
    func mapped(_ change: (RuleCondition) -> RuleCondition) -> Rule {
        Rule(
            match, conditions.map(change),
            groups: groups.map { RuleGroup($0.match, $0.conditions.map(change)) })
    }

    enum CodingKeys: String, CodingKey { case match, conditions, groups }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        match = try container.decode(RuleMatch.self, forKey: .match)
        conditions = try container.decodeIfPresent([RuleCondition].self, forKey: .conditions) ?? []
        groups = try container.decodeIfPresent([RuleGroup].self, forKey: .groups) ?? []
    }
}
