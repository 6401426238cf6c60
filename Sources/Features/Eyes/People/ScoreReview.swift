import BSON
import Foundation
import Tenancy

/// Somebody asked that a person looks at a customer's score, and what that person found.
struct ScoreReview: TenantDocument, Codable, Sendable, Equatable {
    enum State: String, Sendable, Codable, CaseIterable { case open, decided }

    enum Outcome: String, Sendable, Codable, CaseIterable {
        /// The score may be used.
        case stands
        /// The customer is left out of campaigns.
        case setAside = "set_aside"
    }

    let id: String
    let customerID: String
    /// The run whose score is questioned.
    let runID: String
    var state: State
    let note: String
    let requested: Campaign.Act
    var outcome: Outcome?
    var finding: String?
    var decided: Campaign.Act?
    let createdAt: Date

    /// While it is open, and where it went against the score.
    var keepsOut: Bool { state == .open || outcome == .setAside }

    /// The longest note.
    static let most = 1_000

    static let spec = CollectionSpec(
        "eyes_reviews", indexes: [IndexSpec("customer", [("customer_id", 1), ("created_at", -1)])],
        validator: .schema(
            required: ["customer_id", "run_id", "state", "note", "requested", "created_at"],
            properties: [
                "customer_id": ["bsonType": "string"], "state": ["enum": .strings(State.allCases.map(\.rawValue))],
                "created_at": ["bsonType": "date"],
            ]))

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case customerID = "customer_id"
        case runID = "run_id"
        case state, note, requested, outcome, finding, decided
        case createdAt = "created_at"
    }
}
