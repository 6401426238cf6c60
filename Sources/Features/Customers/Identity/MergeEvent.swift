import BSON
import Foundation
import Tenancy

/// Why a merge holds no longer.
public enum MergeEnd: String, Sendable, Codable {
    /// A person has said that these are two.
    case undone
    /// What they had in common is gone or is shared by too many.
    case unsupported
    /// Another row of the person stands for them now.
    case replaced
    /// One of the two is no longer there.
    case gone
}

/// One customer counted as another, and how it came to that. Kept also when it holds no longer.
public struct MergeEvent: TenantDocument, Codable, Equatable {
    public static let system = "system"

    public var id: String
    public var survivorID: String
    public var mergedID: String
    public var rule: MergeRule
    public var keys: [IdentityKey]
    /// Who decided: a person's id, or ``system``.
    public var actor: String
    public var actorName: String?
    public var at: Date
    /// Everybody on either side at the time, the two themselves included.
    public var survivorMembers: [String]
    public var mergedMembers: [String]
    public var isActive: Bool
    /// The two sides are never joined again by rule.
    public var keepsApart: Bool
    public var end: MergeEnd?
    public var undoneAt: Date?
    public var undoneBy: String?

    public static let spec = CollectionSpec(
        "merge_events",
        indexes: [
            IndexSpec("active", [("merged_id", 1)], unique: true, partial: ["active": true]),
            IndexSpec("survivor", [("survivor_id", 1), ("at", -1)]),
            IndexSpec("merged", [("merged_members", 1)]),
            IndexSpec("time", [("at", -1), ("_id", -1)]),
        ],
        validator: .schema(
            required: ["survivor_id", "merged_id", "rule", "actor", "at", "active"],
            properties: [
                "rule": ["enum": .strings(MergeRule.allCases.map(\.rawValue))], "active": ["bsonType": "bool"],
                "at": ["bsonType": "date"],
            ]))

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case survivorID = "survivor_id"
        case mergedID = "merged_id"
        case rule, keys, actor, at, end
        case actorName = "actor_name"
        case survivorMembers = "survivor_members"
        case mergedMembers = "merged_members"
        case isActive = "active"
        case keepsApart = "keeps_apart"
        case undoneAt = "undone_at"
        case undoneBy = "undone_by"
    }

    public init(
        id: String, survivorID: String, mergedID: String, rule: MergeRule, keys: [IdentityKey], actor: String,
        actorName: String? = nil, at: Date, survivorMembers: [String], mergedMembers: [String]
    ) {
        self.id = id
        self.survivorID = survivorID
        self.mergedID = mergedID
        self.rule = rule
        self.keys = keys
        self.actor = actor
        self.actorName = actorName
        self.at = at
        self.survivorMembers = survivorMembers
        self.mergedMembers = mergedMembers
        isActive = true
        keepsApart = false
    }
}
