import BSON
import FoundationEssentials

/// One person's place in one organization. Stored in the global collection `memberships`.
public struct Membership: Sendable, Hashable, Codable, Identifiable, BSONConvertible {
    public enum Status: String, Codable, Sendable { case active, disabled }

    public let id: String
    public let organizationID: String
    public let userID: String
    /// The person's name when they joined or last changed it; kept here so that a scope names its actor without a
    /// second look-up.
    public var userName: String
    public var role: Role
    public var status: Status
    public let createdAt: Date
    public var updatedAt: Date

    public init(
        id: String, organizationID: String, userID: String, userName: String, role: Role, status: Status = .active,
        createdAt: Date
    ) {
        self.id = id
        self.organizationID = organizationID
        self.userID = userID
        self.userName = userName
        self.role = role
        self.status = status
        self.createdAt = createdAt
        self.updatedAt = createdAt
    }

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case organizationID = "organization_id"
        case userID = "user_id"
        case userName = "user_name"
        case role, status
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }
}
