/// What tells that two customers are one person, in order of how much it is worth.
public enum MergeRule: String, Sendable, Codable, CaseIterable {
    /// A source names the customer of another platform.
    case external = "external_id"
    case email, phone
    /// A person has decided.
    case manual
}

/// A key that customers can share: a token, or a platform with an id there. Never a clear value.
public struct IdentityKey: Sendable, Hashable, Codable, Comparable {
    public var rule: MergeRule
    public var token: String

    public init(_ rule: MergeRule, _ token: String) {
        self.rule = rule
        self.token = token
    }

    /// What screens show of it.
    public var masked: String {
        rule == .external || token.count <= 12 ? token : token.prefix(12) + "…"
    }

    public static func < (left: IdentityKey, right: IdentityKey) -> Bool {
        (left.rule.rank, left.token) < (right.rule.rank, right.token)
    }
}

extension MergeRule {
    /// A link is worth more than an address, an address more than a number.
    var rank: Int {
        switch self {
        case .manual: 0
        case .external: 1
        case .email: 2
        case .phone: 3
        }
    }
}
