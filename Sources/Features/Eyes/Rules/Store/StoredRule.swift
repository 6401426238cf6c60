import BSON
import Foundation
import Tenancy

/// A segment made by a rule, and how its membership was last built.
public struct StoredRule: TenantDocument, Codable, Sendable, Equatable {
    public let id: String
    public var name: String
    public var rule: Rule
    public let createdBy: String
    public let createdAt: Date
    public var updatedAt: Date
    /// Counts changes; a build says of which one it is.
    public var version: Int
    /// Nil before the first build has ended.
    public var built: RuleBuild?
    /// Number of the last build that was begun.
    public var lastBuild: Int?
    /// Why the last build came to nothing: a key below `eyes.rule.failure.`.
    public var failure: String?

    static let prefix = "rul_"
    static func isRule(_ segmentID: String) -> Bool { segmentID.hasPrefix(prefix) }

    /// The membership is of another wording than the rule has now.
    var isBehind: Bool { built.map { $0.version != version } ?? true }

    public static let most = 50

    public static let spec = CollectionSpec(
        "eyes_rules", indexes: [IndexSpec("created_at", [("created_at", -1), ("_id", -1)])],
        validator: .schema(
            required: ["name", "rule", "created_at", "updated_at", "version"],
            properties: ["name": ["bsonType": "string"], "rule": ["bsonType": "object"]]))

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case name, rule, version, built, failure
        case createdBy = "created_by"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
        case lastBuild = "last_build"
    }
}

/// A finished membership: everything about it that is not a row per person.
public struct RuleBuild: Codable, Sendable, Equatable {
    /// Names the rows; the next one is another.
    public let number: Int
    /// Of the rule.
    public let version: Int
    public let builtAt: Date
    public let seconds: Double
    public let size: Int
    /// Meet the conditions, and may not be used.
    public let leftOut: Int
    /// Who was asked: everybody who may be used.
    public let population: Int
    /// The run whose scores were asked; nil where there was none.
    public let runID: String?
    /// Segments named in the rule that are no more: nobody is in them.
    public let goneSegments: [String]
    static let sampleSize = 5

    enum CodingKeys: String, CodingKey {
        case number, version, seconds, size, population
        case builtAt = "built_at"
        case leftOut = "left_out"
        case runID = "run_id"
        case goneSegments = "gone_segments"
    }
}

/// Somebody in a rule's segment, and what was true of them. Written and read by hand: there may be very many.
struct RuleMember: TenantDocument, Sendable, Equatable {
    let id: String
    let ruleID: String
    let build: Int
    let customerID: String
    /// One per leaf of the rule.
    let facts: [RuleFact]

    static let spec = CollectionSpec(
        "eyes_rule_members",
        indexes: [
            IndexSpec(
                "rule_build_customer", [("rule_id", 1), ("build", 1), ("customer_id", 1)], unique: true),
            IndexSpec("customer", [("customer_id", 1)]),
        ],
        validator: .schema(
            required: ["rule_id", "build", "customer_id"], properties: ["customer_id": ["bsonType": "string"]]))

    init(ruleID: String, build: Int, customerID: String, facts: [RuleFact]) {
        id = "\(ruleID.dropFirst(4)).\(build).\(customerID)"
        self.ruleID = ruleID
        self.build = build
        self.customerID = customerID
        self.facts = facts
    }

    func bson() -> BSONDocument {
        var writer = BSONWriter(capacity: 200 + facts.count * 40)
        writer.append("_id", id)
        writer.append("rule_id", ruleID)
        writer.append("build", Int32(clamping: build))
        writer.append("customer_id", customerID)
        writer.append(
            "facts",
            .array(
                facts.map { fact in
                    fact.number.map { .double($0) } ?? .array(fact.texts.map { .string($0) })
                }))
        return writer.finish()
    }

    init(bson: BSONDocument) throws {
        id = try bson.string("_id")
        ruleID = try bson.string("rule_id")
        build = try bson.int("build")
        customerID = try bson.string("customer_id")
        facts = try bson.array("facts").map { value in
            if let number = value.doubleValue { return .number(number) }
            return .texts(value.arrayValue?.compactMap(\.stringValue) ?? [])
        }
    }
}
