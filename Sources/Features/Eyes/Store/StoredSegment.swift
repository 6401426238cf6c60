import BSON
import Tenancy

/// A segment of one run.
public struct StoredSegment: TenantDocument, Codable, Sendable {
    public let id: String
    public let runID: String
    public let number: Int
    public let segment: Segment

    init(_ segment: Segment, runID: String) {
        id = segment.id
        self.runID = runID
        number = segment.number
        self.segment = segment
    }

    public static let spec = CollectionSpec(
        "eyes_segments", indexes: [IndexSpec("run_number", [("run_id", 1), ("number", 1)], unique: true)],
        validator: .schema(required: ["run_id", "number", "segment"], properties: ["run_id": ["bsonType": "string"]]))

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case runID = "run_id"
        case number, segment
    }
}
