import BSON
import Foundation
import Tenancy

/// A sign-in that has begun and is not a connection yet: at the vendor's page, or back from it with several accounts,
/// until a person has said which of them to read. Whoever began it goes on with it, and within ten minutes.
struct SignInState: TenantDocument, Codable {
    /// What is kept sealed while a person chooses.
    struct Opened: Codable {
        var credentials: Credentials
        var accounts: [VendorAccount]
    }

    /// How the id of one that waits for a choice begins, so that it is told from a connection's.
    static let prefix = "sig"
    static let seconds: TimeInterval = 600

    /// SHA-256 of the state that comes back from the vendor; an id of ours while a person chooses.
    var id: String
    var platform: String
    var method: String
    /// Who signed in; nobody else goes on with it.
    var userID: String
    var fields: [String: String]
    var label: String?
    var expiresAt: Date

    // At the vendor's page.
    var reconnecting: String?
    var redirectURI: String?
    /// Sealed PKCE verifier.
    var verifier: String?

    // While a person chooses.
    /// ``Opened``, sealed.
    var opened: String?

    static let spec = CollectionSpec(
        "oauth_states", indexes: [IndexSpec("expiry", [("expires_at", 1)], expireAfterSeconds: 0)],
        validator: .schema(required: ["platform", "user_id", "expires_at"], properties: [:]))

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case platform, method, fields, label, reconnecting, verifier
        case userID = "user_id"
        case expiresAt = "expires_at"
        case redirectURI = "redirect_uri"
        case opened = "sealed"
    }

    init(
        id: String, _ platform: String, _ method: String, userID: String, fields: [String: String], label: String?,
        at now: Date
    ) {
        self.id = id
        self.platform = platform
        self.method = method
        self.userID = userID
        self.fields = fields
        self.label = label
        expiresAt = now.addingTimeInterval(Self.seconds)
    }

    /// What the seal of one of its parts is bound to.
    static func context(_ scope: TenantScope, _ id: String, _ part: String? = nil) -> [String] {
        [scope.organizationID, "oauth_states", id] + [part].compactMap(\.self)
    }
}
