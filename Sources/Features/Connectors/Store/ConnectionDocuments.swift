import BSON
import Foundation
import Tenancy

/// What opens a connection, sealed, with the lock that lets one worker at a time refresh it.
struct ConnectionSecret: TenantDocument, Equatable {
    /// The connection's id.
    var id: String
    var sealed: [UInt8]
    var generation: Int
    var lockHolder: String?
    var lockUntil: Date?
    var updatedAt: Date

    static let spec = CollectionSpec(
        "connection_secrets", validator: .schema(required: ["sealed", "generation", "updated_at"], properties: [:]))

    init(id: String, sealed: [UInt8], generation: Int, updatedAt: Date) {
        self.id = id
        self.sealed = sealed
        self.generation = generation
        self.updatedAt = updatedAt
    }

    init(bson: BSONDocument) throws {
        id = try bson.string("_id")
        sealed = bson["sealed"]?.binaryValue?.bytes ?? []
        generation = try bson.int("generation")
        lockHolder = bson["lock_holder"]?.stringValue
        lockUntil = bson["lock_until"]?.dateValue
        updatedAt = try bson.date("updated_at")
    }

    func bson() -> BSONDocument {
        [
            "_id": .string(id), "sealed": .binary(BSONBinary(bytes: sealed)), "generation": .int(generation),
            "updated_at": .date(updatedAt),
        ]
    }
}

/// An event a vendor sent, remembered so that a second one has no effect.
public struct WebhookEventRow: TenantDocument, Codable, Equatable {
    public var id: String
    public var connectionID: String
    public var platform: String
    public var vendorEventID: String
    public var topic: String
    public var signatureOK: Bool
    /// `queued`, `done`, `ignored`.
    public var status: String
    public var receivedAt: Date
    public var expiresAt: Date

    public static let spec = CollectionSpec(
        "webhook_events",
        indexes: [
            IndexSpec("time", [("connection_id", 1), ("received_at", -1)]),
            IndexSpec("received", [("received_at", -1), ("_id", -1)]),
            IndexSpec("expiry", [("expires_at", 1)], expireAfterSeconds: 0),
        ],
        validator: .schema(
            required: ["connection_id", "platform", "vendor_event_id", "status", "received_at"], properties: [:]))

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case platform, topic, status
        case connectionID = "connection_id"
        case vendorEventID = "vendor_event_id"
        case signatureOK = "signature_ok"
        case receivedAt = "received_at"
        case expiresAt = "expires_at"
    }
}

/// Calls to one endpoint in one hour.
public struct PlatformCalls: TenantDocument, Codable, Equatable {
    public var id: String
    public var connectionID: String
    public var endpoint: String
    public var hour: Date
    public var calls: Int
    public var failed: Int
    public var limited: Int
    public var milliseconds: Double
    public var expiresAt: Date

    public static let spec = CollectionSpec(
        "platform_calls",
        indexes: [
            IndexSpec("hour", [("connection_id", 1), ("hour", -1)]),
            IndexSpec("expiry", [("expires_at", 1)], expireAfterSeconds: 0),
        ],
        validator: .schema(required: ["connection_id", "endpoint", "hour", "calls"], properties: [:]))

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case endpoint, hour, calls, failed, limited
        case connectionID = "connection_id"
        case milliseconds = "ms"
        case expiresAt = "expires_at"
    }
}
