import BSON
import Foundation
import Tenancy

/// What receivers can be told of.
public enum WebhookEvent: String, Sendable, Codable, CaseIterable {
    case eyesPublished = "eyes.published"
    case gateChanged = "eyes.gate_changed"
    case actionProposed = "action.proposed"
    case actionApproved = "action.approved"
    case actionExecuted = "action.executed"
    case actionMeasured = "action.measured"
    case test = "webhook.test"

    /// What an endpoint can be asked to be told; tests come to any.
    static let offered = allCases.filter { $0 != .test }
}

/// An address that is told what happens. Its secret is stored sealed.
struct WebhookEndpoint: TenantDocument, Codable, Sendable {
    let id: String
    var url: String
    var events: [String]
    var description: String?
    var enabled: Bool
    var secret: [UInt8]
    /// Signs beside the new one until it runs out.
    var formerSecret: [UInt8]?
    var formerUntil: Date?
    /// Since when no delivery has arrived.
    var failingSince: Date?
    let createdAt: Date
    var updatedAt: Date

    /// After so long without success it is switched off.
    static let disabledAfter: TimeInterval = 5 * 86_400
    /// How long two secrets sign.
    static let overlap: TimeInterval = 86_400
    static let most = 20

    static let spec = CollectionSpec(
        "webhook_endpoints",
        validator: .schema(
            required: ["url", "events", "enabled", "secret", "created_at", "updated_at"],
            properties: ["url": ["bsonType": "string"], "enabled": ["bsonType": "bool"]]))

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case url, events, description, enabled, secret
        case formerSecret = "former_secret"
        case formerUntil = "former_until"
        case failingSince = "failing_since"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }
}

/// One message to one endpoint, and how far it is.
struct WebhookDelivery: TenantDocument, Codable, Sendable {
    enum State: String, Sendable, Codable, CaseIterable { case queued, delivered, dead }

    /// The message's id, the same at every try.
    let id: String
    let endpointID: String
    let event: String
    /// JSON, ids and figures only.
    let body: String
    var state: State
    var attempts: Int
    var lastStatus: Int?
    /// A word for what went wrong on the line.
    var lastError: String?
    var deliveredAt: Date?
    let createdAt: Date

    /// Waits between tries: about three days in all.
    static let waits: [TimeInterval] = [5, 60, 300, 1_800, 7_200, 21_600, 43_200, 86_400, 86_400]

    static let spec = CollectionSpec(
        "webhook_deliveries",
        indexes: [
            IndexSpec("time", [("created_at", -1), ("_id", -1)]),
            IndexSpec("endpoint", [("endpoint_id", 1), ("created_at", -1)]),
        ],
        validator: .schema(
            required: ["endpoint_id", "event", "body", "state", "attempts", "created_at"],
            properties: ["state": ["enum": .strings(State.allCases.map(\.rawValue))]]))

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case event, body, state, attempts
        case endpointID = "endpoint_id"
        case lastStatus = "last_status"
        case lastError = "last_error"
        case deliveredAt = "delivered_at"
        case createdAt = "created_at"
    }
}
