import BSON
import Customers
import Foundation
import Tenancy

/// A finished run: where its rows come from, and everything found that is not a row per customer.
public struct StoredRun: TenantDocument, Codable, Sendable {
    public let id: String
    public let jobID: String
    public let asOf: Date
    /// The data ended more than three days before the run.
    public let onOldData: Bool
    public let identity: RunIdentity
    public let consent: ConsentCounts
    public let orders: OrderExclusions
    /// How many orders the run worked on.
    public let ordersUsed: Int
    /// Platforms of the connections that the orders came from.
    public let sources: [String]
    /// Labels of those connections; nil in runs from before these were kept.
    public let sourceLabels: [String]?
    public let result: RunResult
    /// SHA-256 over the result and all its rows: equal for every repetition.
    public let resultHash: String
    public let attempt: RunAttempt
    public let createdAt: Date
    // Nil in runs from before events took part.
    public var eventsUsed: Int?
    public var excludedEvents: EventExclusions?
    /// Nil in runs from before these were kept.
    public var leftOut: RunExclusions?
    /// What amounts are in: the organization's currency when the run was made. Nil in runs from before it was kept.
    public var currency: String?

    public static let spec = CollectionSpec(
        "eyes_runs",
        indexes: [IndexSpec("created_at", [("created_at", -1)])],
        validator: .schema(
            required: ["as_of", "identity", "consent", "result", "result_hash", "created_at"],
            properties: ["as_of": ["bsonType": "date"], "created_at": ["bsonType": "date"]]))

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case jobID = "job_id"
        case asOf = "as_of"
        case onOldData = "on_old_data"
        case identity, consent, orders, sources, result, attempt, currency
        case ordersUsed = "orders_used"
        case sourceLabels = "source_labels"
        case resultHash = "result_hash"
        case createdAt = "created_at"
        case eventsUsed = "events_used"
        case excludedEvents = "excluded_events"
        case leftOut = "left_out"
    }

    /// More than a tenth of the customers' orders are in a currency without a rate, so their spend is too low.
    var hasManyUnconverted: Bool { orders.unconverted * 10 > ordersUsed }

    /// False where every order is in a currency without a rate: then nothing can be said of spend.
    var hasAmounts: Bool { orders.unconverted == 0 || orders.unconverted < ordersUsed }

    public func report(_ horizon: Horizon) -> HorizonReport? {
        result.horizons.first { $0.horizon == horizon }
    }
}

/// What a run's name is made from.
public struct RunIdentity: Sendable, Codable, Equatable {
    public let seed: Int64
    public let snapshotHash: String
    public let consentHash: String
    public let codeVersion: String
    public let config: EyesConfig
    public let dataVersion: Int64
    /// The run that was published when this one was made: its segments, models and spread were compared with.
    public var previousRunID: String?
    /// Versions of models that were frozen; nil: none.
    public var frozen: [String]?

    enum CodingKeys: String, CodingKey {
        case seed, config, frozen
        case snapshotHash = "snapshot_hash"
        case consentHash = "consent_hash"
        case codeVersion = "code_version"
        case dataVersion = "data_version"
        case previousRunID = "previous_run_id"
    }
}

/// What differs between two executions of the same run.
public struct RunAttempt: Sendable, Codable, Equatable {
    public let startedAt: Date
    public let seconds: Double
    public let memoryBytes: Int64
    public let threads: Int
    /// Nil in runs from before these were kept.
    public var stages: [StageTime]?

    enum CodingKeys: String, CodingKey {
        case startedAt = "started_at"
        case seconds, stages
        case memoryBytes = "memory_bytes"
        case threads
    }
}

/// The part of a run that is the same to the byte whenever it is repeated.
public struct RunResult: Sendable, Codable, Equatable {
    public let asOfDay: Int
    public let population: PopulationCounts
    public let clustering: ClusterReport
    public let horizons: [HorizonReport]
    public let projection: Projection?
    /// Of the scored customers; nil in runs from before it was kept.
    public var spread: FeatureSpread?
    /// Nil: orders.
    public var qualifying: QualifyingEvent?

    /// Nobody orders here: labels and figures speak of activity.
    public var isOfEngagement: Bool { qualifying == .engagement }

    enum CodingKeys: String, CodingKey {
        case asOfDay = "as_of_day"
        case population, clustering, horizons, projection, spread, qualifying
    }
}

/// A run as lists show it, without its cards.
struct RunSummary: BSONConvertible, Codable {
    struct Clustering: Codable, Sendable {
        let state: ClusterReport.State
        let chosen: ClusterCandidate?
    }

    struct Card: Codable, Sendable {
        struct Estimate: Codable, Sendable {
            let estimate: Double
            let lower: Double
        }

        let auc: Estimate
    }

    struct Report: Codable, Sendable {
        let horizon: Horizon
        let state: HorizonState
        let counts: BandCounts
        let card: Card?
    }

    struct Result: Codable, Sendable {
        let clustering: Clustering
        let horizons: [Report]
        let population: PopulationCounts
    }

    let id: String
    let jobID: String
    let asOf: Date
    let consent: ConsentCounts
    let result: Result
    let attempt: RunAttempt
    let createdAt: Date

    static let fields = [
        "job_id", "as_of", "consent", "attempt", "created_at", "result.population", "result.clustering.state",
        "result.clustering.chosen", "result.horizons.horizon", "result.horizons.state", "result.horizons.counts",
        "result.horizons.card.auc",
    ]

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case jobID = "job_id"
        case asOf = "as_of"
        case consent, result, attempt
        case createdAt = "created_at"
    }
}
