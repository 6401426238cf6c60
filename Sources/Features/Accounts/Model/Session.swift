import BSON
import Foundation
import Web

/// One sign-in on one device: a browser's cookie or an API login's family of tokens. Only the SHA-256 of the
/// cookie's value is stored, under `token_hash`, and never leaves the store.
public struct Session: Codable, Sendable, Equatable, BSONConvertible {
    public enum Kind: String, Codable, Sendable { case browser, api }

    public let id: String
    public let userID: String
    public let kind: Kind
    public let ip: String
    public let userAgent: String
    public let createdAt: Date
    public var lastActivity: Date
    public let expiresAt: Date
    /// Set when rights changed: the next request gets a new cookie value.
    public var rotationDue: Bool
    /// Messages waiting to be shown once.
    public var flash: [Flash]

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case userID = "user_id"
        case kind, ip, flash
        case userAgent = "user_agent"
        case createdAt = "created_at"
        case lastActivity = "last_activity"
        case expiresAt = "expires_at"
        case rotationDue = "rotation_due"
    }

    public init(
        id: String, userID: String, kind: Kind, ip: String, userAgent: String, at now: Date, lifetime: TimeInterval
    ) {
        self.id = id
        self.userID = userID
        self.kind = kind
        self.ip = ip
        self.userAgent = String(userAgent.prefix(300))
        self.createdAt = now
        self.lastActivity = now
        self.expiresAt = now.addingTimeInterval(lifetime)
        self.rotationDue = false
        self.flash = []
    }
}
