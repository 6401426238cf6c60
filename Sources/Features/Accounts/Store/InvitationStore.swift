import BSON
import Foundation
import Mongo
import Tenancy

/// Invitations. Global, because whoever opens one is not a member yet and is known by nothing but the link; every
/// read on behalf of an organization takes its scope and begins with `organization_id`.
struct InvitationStore: Sendable {
    static let spec = CollectionSpec(
        "invitations",
        indexes: [
            IndexSpec("token_hash", [("token_hash", 1)], unique: true),
            IndexSpec("organization", [("organization_id", 1), ("state", 1), ("created_at", -1)]),
            IndexSpec(
                "organization_email", [("organization_id", 1), ("email", 1)], unique: true,
                partial: ["state": "open"]),
        ],
        validator: .schema(
            required: ["_id", "organization_id", "email", "role", "state", "token_hash", "expires_at"],
            properties: [
                "organization_id": ["bsonType": "string"],
                "state": ["enum": ["open", "accepted", "revoked"]],
                "expires_at": ["bsonType": "date"],
            ]),
        tenantOwned: false)

    private let invitations: MongoCollection

    init(_ database: MongoDatabase) {
        invitations = database.collection(Self.spec.name)
    }

    /// Replaces an invitation of the same address that has run out.
    nonisolated(nonsending) func insert(
        _ invitation: Invitation, tokenHash: String, at now: Date, in transaction: MongoTransaction? = nil
    ) async throws {
        let outdated: BSONDocument = [
            "organization_id": .string(invitation.organizationID), "email": .string(invitation.email), "state": "open",
            "expires_at": ["$lte": .date(now)],
        ]
        try await invitations.update(outdated, ["$set": ["state": "revoked"]], multi: true, in: transaction)
        var document = try invitation.bson()
        document.append("token_hash", .string(tokenHash))
        do {
            try await invitations.insert(document, in: transaction)
        } catch let error as MongoError where error.isDuplicateKey {
            throw AccountError.alreadyMember
        }
    }

    func invitation(tokenHash: String) async throws -> Invitation? {
        try await invitations.findOne(["token_hash": .string(tokenHash)]).map(Invitation.init(bson:))
    }

    func open(_ scope: TenantScope, at now: Date, limit: Int = 200) async throws -> [Invitation] {
        let filter: BSONDocument = [
            "organization_id": .string(scope.organizationID), "state": "open", "expires_at": ["$gt": .date(now)],
        ]
        let options = FindOptions(sort: ["created_at": -1], limit: limit)
        return try await invitations.find(filter, options: options).map(Invitation.init(bson:))
    }

    /// Spends the invitation; false if it was spent or revoked meanwhile.
    nonisolated(nonsending) func accept(id: String, at now: Date, in transaction: MongoTransaction? = nil) async throws
        -> Bool
    {
        let filter: BSONDocument = ["_id": .string(id), "state": "open", "expires_at": ["$gt": .date(now)]]
        let update: BSONDocument = ["$set": ["state": "accepted", "accepted_at": .date(now)]]
        return try await invitations.update(filter, update, in: transaction).matched == 1
    }

    /// - Returns: the invitation that is now revoked, or nil if this organization has no such open one.
    nonisolated(nonsending) func revoke(_ scope: TenantScope, id: String, in transaction: MongoTransaction? = nil)
        async throws -> Invitation?
    {
        let filter: BSONDocument = [
            "organization_id": .string(scope.organizationID), "_id": .string(id), "state": "open",
        ]
        return try await invitations.findOneAndUpdate(
            filter, update: ["$set": ["state": "revoked"]], options: FindAndModifyOptions(returnNew: true),
            in: transaction
        ).map(Invitation.init(bson:))
    }
}
