import BSON
import Foundation

/// A person: one login, any number of memberships. The password hash is not part of this value, so that no page,
/// log or response can show it by accident; see ``Credential``.
public struct User: Codable, Sendable, Equatable, BSONConvertible {
    public enum Status: String, Codable, Sendable { case active, disabled }
    public enum Theme: String, Codable, Sendable, CaseIterable { case system, light, dark }

    public let id: String
    public var email: String
    public var name: String
    public var status: Status
    public var emailVerified: Bool
    /// The person's own choice of language; nil follows the organization, then the browser.
    public var locale: String?
    public var theme: Theme
    /// The person everybody becomes who tries the demo by one click; it cannot sign in any other way.
    public var isDemo: Bool
    public var termsVersion: String?
    public var termsAcceptedAt: Date?
    public var lastLoginAt: Date?
    public var createdAt: Date
    public var updatedAt: Date
    public var version: Int64

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case email, name, status, locale, theme, version
        case emailVerified = "email_verified"
        case isDemo = "is_demo"
        case termsVersion = "terms_version"
        case termsAcceptedAt = "terms_accepted_at"
        case lastLoginAt = "last_login_at"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }

    public init(
        id: String, email: EmailAddress, name: String, locale: String? = nil, isDemo: Bool = false,
        termsVersion: String? = nil,
        at now: Date
    ) {
        self.id = id
        self.email = email.value
        self.name = name
        self.status = .active
        self.emailVerified = false
        self.locale = locale
        self.theme = .system
        self.isDemo = isDemo
        self.termsVersion = termsVersion
        self.termsAcceptedAt = termsVersion == nil ? nil : now
        self.lastLoginAt = nil
        self.createdAt = now
        self.updatedAt = now
        self.version = 1
    }
}

/// What is needed to check a password, read only for that.
struct Credential: Sendable {
    let user: User
    /// Nil for people who have no password (the demo person).
    let passwordHash: String?
}
