import BSON
import Foundation
import Mongo
import Tenancy
import Vault
import Web

/// Sign-ins. A global collection, because a session belongs to a person, not to an organization. Rows are found by
/// the SHA-256 of the cookie's value (browser) or by their id (the `sid` of an access token).
struct SessionStore: Sendable {
    static let spec = CollectionSpec(
        "sessions",
        indexes: [
            IndexSpec(
                "token_hash", [("token_hash", 1)], unique: true,
                partial: ["token_hash": ["$exists": true]]),
            IndexSpec("user", [("user_id", 1), ("last_activity", -1)]),
            IndexSpec("expiry", [("expires_at", 1)], expireAfterSeconds: 0),
        ],
        validator: .schema(
            required: ["_id", "user_id", "kind", "created_at", "last_activity", "expires_at"],
            properties: [
                "user_id": ["bsonType": "string"],
                "kind": ["enum": ["browser", "api"]],
                "token_hash": ["bsonType": "string", "minLength": 64, "maxLength": 64],
                "last_activity": ["bsonType": "date"],
                "expires_at": ["bsonType": "date"],
            ]),
        tenantOwned: false)

    private let sessions: MongoCollection

    init(_ database: MongoDatabase) {
        sessions = database.collection(Self.spec.name)
    }

    func insert(_ session: Session, tokenHash: String?) async throws {
        var document = try session.bson()
        if let tokenHash { document.append("token_hash", .string(tokenHash)) }
        try await sessions.insert(document)
    }

    func session(tokenHash: String) async throws -> Session? {
        try await sessions.findOne(["token_hash": .string(tokenHash), "kind": "browser"]).map(Session.init(bson:))
    }

    func session(id: String) async throws -> Session? {
        try await sessions.findOne(["_id": .string(id)]).map(Session.init(bson:))
    }

    /// The person's sessions, most recently used first.
    func sessions(userID: String, limit: Int = 100) async throws -> [Session] {
        let options = FindOptions(sort: ["last_activity": -1], limit: limit)
        return try await sessions.find(["user_id": .string(userID)], options: options).map(Session.init(bson:))
    }

    func touch(id: String, at now: Date) async throws {
        try await sessions.update(["_id": .string(id)], ["$set": ["last_activity": .date(now)]])
    }

    /// Gives the session a new cookie value; the old one is worthless from then on. False if another request was
    /// quicker or the session has ended.
    func rotate(id: String, from oldHash: String, to newHash: String) async throws -> Bool {
        let update: BSONDocument = ["$set": ["token_hash": .string(newHash), "rotation_due": false]]
        let filter: BSONDocument = ["_id": .string(id), "token_hash": .string(oldHash)]
        return try await sessions.update(filter, update).matched == 1
    }

    /// Asks every browser session of the person to change its cookie at its next request.
    func requireRotation(userID: String) async throws {
        let filter: BSONDocument = ["user_id": .string(userID), "kind": "browser"]
        try await sessions.update(filter, ["$set": ["rotation_due": true]], multi: true)
    }

    /// - Returns: whether there was such a session of that person.
    func end(id: String, userID: String) async throws -> Bool {
        try await sessions.delete(["_id": .string(id), "user_id": .string(userID)], multi: false) == 1
    }

    /// Ends all sessions of the person but one, and returns the ids of those that ended.
    func endAll(userID: String, except kept: String?) async throws -> [String] {
        let ids = try await sessions(userID: userID, limit: 1000).map(\.id).filter { $0 != kept }
        guard !ids.isEmpty else { return [] }
        _ = try await sessions.delete(["_id": .document(["$in": .array(ids.map { .string($0) })])], multi: true)
        return ids
    }

    func addFlash(_ flash: Flash, id: String) async throws {
        let entry: BSONValue = .document(try BSONEncoder().encode(flash))
        let push: BSONDocument = ["flash": ["$each": .array([entry]), "$slice": -5]]
        try await sessions.update(["_id": .string(id)], ["$push": .document(push)])
    }

    /// Takes the waiting messages out atomically: two pages loading at once never show one twice.
    func takeFlash(id: String) async throws -> [Flash] {
        let before = try await sessions.findOneAndUpdate(
            ["_id": .string(id), "flash.0": ["$exists": true]], update: ["$set": ["flash": .array([])]],
            options: FindAndModifyOptions(returnNew: false))
        return try before.map { try Session(bson: $0).flash } ?? []
    }
}
