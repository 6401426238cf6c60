import BSON
import Foundation
import Tenancy

/// An open place in an organization, made out to one e-mail address and opened by a link that is shown once.
public struct Invitation: Codable, Sendable, Equatable, BSONConvertible {
    public static let lifetime: TimeInterval = 7 * 86_400

    public enum State: String, Codable, Sendable { case open, accepted, revoked }

    public let id: String
    public let organizationID: String
    public let email: String
    public let role: Role
    public let invitedBy: String
    public let invitedByName: String
    public let createdAt: Date
    public let expiresAt: Date
    public var state: State

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case organizationID = "organization_id"
        case email, role, state
        case invitedBy = "invited_by"
        case invitedByName = "invited_by_name"
        case createdAt = "created_at"
        case expiresAt = "expires_at"
    }

    public func isOpen(at now: Date) -> Bool { state == .open && now < expiresAt }
}
