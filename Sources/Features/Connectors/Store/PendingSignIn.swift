import BSON
import Foundation
import Tenancy

/// A sign-in that opened several accounts, until a person has said which of them to read. It lies beside the sign-ins
/// that are still at the vendor's page, and goes with them.
struct PendingSignIn: TenantDocument, Codable {
    /// What is kept sealed until then.
    struct Content: Codable {
        var credentials: Credentials
        var accounts: [VendorAccount]
    }

    /// How its id begins, so that it is told from a connection's.
    static let prefix = "sig"
    static let seconds: TimeInterval = 600

    var id: String
    var platform: String
    var method: String
    /// Who signed in; nobody else chooses.
    var userID: String
    var fields: [String: String]
    var label: String?
    /// ``Content``, sealed.
    var sealed: String
    var expiresAt: Date

    static let spec = OAuthState.spec

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case platform, method, fields, label, sealed
        case userID = "user_id"
        case expiresAt = "expires_at"
    }
}
