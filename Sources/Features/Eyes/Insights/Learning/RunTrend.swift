import BSON
import Foundation
import Tenancy

/// A run by the figures that are watched over time.
struct RunTrend: BSONConvertible, Codable, Sendable {
    struct Estimate: Codable, Sendable {
        let estimate: Double
        let lower: Double
        let upper: Double
    }

    struct Weight: Codable, Sendable {
        let feature: String
        let weight: Double?
    }

    struct Shift: Codable, Sendable {
        let feature: String
        let psi: Double
    }

    struct Card: Codable, Sendable {
        let auc: Estimate?
        let ece: Double?
        let brier: Double?
        let accuracy: Double?
        let features: [Weight]?
        let drift: [Shift]?
    }

    struct Report: Codable, Sendable {
        let horizon: Horizon
        let state: HorizonState
        let counts: BandCounts
        let card: Card?
    }

    struct Candidate: Codable, Sendable {
        let silhouette: Double?
        let k: Int?
    }

    struct Clustering: Codable, Sendable {
        let state: ClusterReport.State
        let chosen: Candidate?
    }

    struct Result: Codable, Sendable {
        let asOfDay: Int
        let clustering: Clustering
        let horizons: [Report]

        enum CodingKeys: String, CodingKey {
            case asOfDay = "as_of_day"
            case clustering, horizons
        }
    }

    let id: String
    let createdAt: Date
    let result: Result

    func report(_ horizon: Horizon) -> Report? { result.horizons.first { $0.horizon == horizon } }

    static let fields =
        [
            "created_at", "result.as_of_day", "result.clustering.state", "result.clustering.chosen.silhouette",
            "result.clustering.chosen.k", "result.horizons.horizon", "result.horizons.state",
            "result.horizons.counts",
        ] + ["auc", "ece", "brier", "accuracy", "features", "drift"].map { "result.horizons.card." + $0 }

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case createdAt = "created_at"
        case result
    }
}
