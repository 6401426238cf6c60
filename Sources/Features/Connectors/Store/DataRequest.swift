import BSON
import Foundation
import Tenancy

/// What a platform passed on that somebody has a right to: their data shown, or removed. It stays open until a person
/// has seen to it.
public struct DataRequest: TenantDocument, Codable, Equatable {
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// Show a person what is kept of them.
        case access
        /// Remove a person.
        case erasure
        /// Remove everything that came from a shop or account.
        case shopErasure = "shop_erasure"
        /// The app was removed at the platform; decide what happens to what it brought.
        case accessEnded = "access_ended"
    }

    public enum State: String, Sendable, Codable, CaseIterable {
        case open, completed, refused
    }

    public var id: String
    public var kind: Kind
    public var state: State
    public var platform: String
    public var connectionID: String
    /// Which of the vendor's events it came with.
    public var sourceEventID: String
    /// The vendor's own id of it, by which a person may ask how far it is.
    public var vendorEventID: String?
    /// A keyed token of whom it is about at the platform; nil where it is about a whole account.
    public var subjectToken: String?
    /// The person here, where there is one.
    public var customerID: String?
    public var receivedAt: Date
    /// By the platform's own rule.
    public var dueAt: Date
    public var closedAt: Date?
    public var closedBy: String?
    public var note: String?

    public static let spec = CollectionSpec(
        "data_requests",
        indexes: [
            IndexSpec("state_due", [("state", 1), ("due_at", 1), ("_id", 1)]),
            IndexSpec("received", [("received_at", -1), ("_id", -1)]),
        ],
        validator: .schema(
            required: ["kind", "state", "platform", "connection_id", "source_event_id", "received_at", "due_at"],
            properties: [
                "kind": ["enum": .strings(Kind.allCases.map(\.rawValue))],
                "state": ["enum": .strings(State.allCases.map(\.rawValue))],
            ]))

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case kind, state, platform, note
        case connectionID = "connection_id"
        case sourceEventID = "source_event_id"
        case vendorEventID = "vendor_event_id"
        case subjectToken = "subject_token"
        case customerID = "customer_id"
        case receivedAt = "received_at"
        case dueAt = "due_at"
        case closedAt = "closed_at"
        case closedBy = "closed_by"
    }
}
