import BSON
import Foundation
import Mongo
import Tenancy

/// One link of a chain of refresh tokens. All links of a chain share the session they began with.
struct RefreshToken: Codable, Sendable, Equatable, BSONConvertible {
    let id: String
    let tokenHash: String
    let sessionID: String
    let userID: String
    let organizationID: String
    let loggedInAt: Date
    let createdAt: Date
    let expiresAt: Date
    var usedAt: Date?

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case tokenHash = "token_hash"
        case sessionID = "session_id"
        case userID = "user_id"
        case organizationID = "organization_id"
        case loggedInAt = "logged_in_at"
        case createdAt = "created_at"
        case expiresAt = "expires_at"
        case usedAt = "used_at"
    }
}

/// Refresh tokens by their hash. A global collection: the token is looked up before anything is known about its
/// owner. Used links stay until they expire, so that a replay can be told from nonsense.
struct RefreshTokenStore: Sendable {
    static let spec = CollectionSpec(
        "refresh_tokens",
        indexes: [
            IndexSpec("token_hash", [("token_hash", 1)], unique: true),
            IndexSpec("session", [("session_id", 1)]),
            IndexSpec("expiry", [("expires_at", 1)], expireAfterSeconds: 0),
        ],
        validator: .schema(
            required: ["_id", "token_hash", "session_id", "user_id", "organization_id", "expires_at"],
            properties: [
                "token_hash": ["bsonType": "string", "minLength": 64, "maxLength": 64],
                "expires_at": ["bsonType": "date"],
            ]),
        tenantOwned: false)

    private let tokens: MongoCollection

    init(_ database: MongoDatabase) {
        tokens = database.collection(Self.spec.name)
    }

    func insert(_ token: RefreshToken) async throws {
        try await tokens.insert(try token.bson())
    }

    enum Use: Sendable, Equatable {
        case fresh(RefreshToken)
        case replayed(RefreshToken)
        case unknown
    }

    /// Spends the token; only one of two simultaneous uses is fresh, the other is a replay.
    func use(tokenHash: String, at now: Date) async throws -> Use {
        let filter: BSONDocument = [
            "token_hash": .string(tokenHash), "used_at": ["$exists": false], "expires_at": ["$gt": .date(now)],
        ]
        let spent = try await tokens.findOneAndUpdate(
            filter, update: ["$set": ["used_at": .date(now)]], options: FindAndModifyOptions(returnNew: true))
        if let spent { return .fresh(try RefreshToken(bson: spent)) }
        guard let old = try await tokens.findOne(["token_hash": .string(tokenHash)]) else { return .unknown }
        let token = try RefreshToken(bson: old)
        return token.usedAt == nil ? .unknown : .replayed(token)
    }

    func end(sessionIDs: [String]) async throws {
        guard !sessionIDs.isEmpty else { return }
        let filter: BSONDocument = ["session_id": .document(["$in": .array(sessionIDs.map { .string($0) })])]
        _ = try await tokens.delete(filter, multi: true)
    }
}
