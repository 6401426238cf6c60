import BSON
import Foundation
import Tenancy

/// What is worked out after a run was published: how customers move between channels, and between segments.
public struct RunInsights: TenantDocument, Codable, Sendable {
    public let id: String
    public let runID: String
    public let crossPlatform: CrossPlatform
    /// Nil for a first run.
    public let formerRunID: String?
    public let flows: [SegmentFlow]
    public let createdAt: Date

    public static let spec = CollectionSpec(
        "eyes_insights", indexes: [IndexSpec("run", [("run_id", 1)], unique: true)],
        validator: .schema(
            required: ["run_id", "cross_platform", "flows", "created_at"],
            properties: ["run_id": ["bsonType": "string"], "created_at": ["bsonType": "date"]]))

    static func id(runID: String) -> String { "eyi_" + runID.dropFirst(4) }

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case flows
        case runID = "run_id"
        case crossPlatform = "cross_platform"
        case formerRunID = "former_run_id"
        case createdAt = "created_at"
    }
}
