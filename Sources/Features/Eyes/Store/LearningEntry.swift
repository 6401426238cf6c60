import BSON
import Foundation
import Learning
import Tenancy

/// One line of an organization's history of runs: how good, how big, what to do. Kept when the rows are gone.
public struct LearningEntry: TenantDocument, Codable, Sendable {
    public struct HorizonMetric: Sendable, Codable, Equatable {
        public let horizon: Horizon
        public let state: HorizonState
        public let auc: Double?
        public let accuracy: Double?
        public let high: Int
    }

    public struct SegmentSize: Sendable, Codable, Equatable {
        public let id: String
        public let name: SegmentName
        public let size: Int
        public let previousID: String?

        enum CodingKeys: String, CodingKey {
            case id, name, size
            case previousID = "previous_id"
        }
    }

    public let id: String
    public let timestamp: Date
    public let module: String
    public let runID: String
    public let asOf: Date
    public let silhouette: Double?
    public let metrics: [HorizonMetric]
    public let segments: [SegmentSize]

    init(_ run: StoredRun, segments: [Segment]) {
        id = "eyl_" + run.id.dropFirst(4)
        timestamp = run.createdAt
        module = "eyes"
        runID = run.id
        asOf = run.asOf
        silhouette = run.result.clustering.chosen?.silhouette
        metrics = run.result.horizons.map { report in
            HorizonMetric(
                horizon: report.horizon, state: report.state, auc: report.card?.auc.estimate,
                accuracy: report.card?.accuracy, high: report.counts.high)
        }
        self.segments = segments.map {
            SegmentSize(id: $0.id, name: $0.name, size: $0.size, previousID: $0.previousID)
        }
    }

    public static let spec = CollectionSpec(
        "eyes_learning_history", indexes: [IndexSpec("timestamp", [("timestamp", -1)])],
        validator: .schema(
            required: ["timestamp", "module", "run_id"], properties: ["timestamp": ["bsonType": "date"]]))

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case timestamp, module, silhouette, metrics, segments
        case runID = "run_id"
        case asOf = "as_of"
    }
}
