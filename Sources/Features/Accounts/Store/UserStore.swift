import BSON
import Foundation
import Mongo
import Tenancy

/// People. A global collection: one login, many organizations.
struct UserStore: Sendable {
    static let spec = CollectionSpec(
        "users",
        indexes: [
            IndexSpec("email", [("email", 1)], unique: true),
            IndexSpec("demo", [("is_demo", 1)], partial: ["is_demo": true]),
        ],
        validator: .schema(
            required: ["_id", "email", "name", "status", "created_at"],
            properties: [
                "_id": ["bsonType": "string"],
                "email": ["bsonType": "string", "pattern": "^[^A-Z\\s]+@[^A-Z\\s]+$"],
                "name": ["bsonType": "string", "minLength": 1],
                "status": ["enum": ["active", "disabled"]],
                "created_at": ["bsonType": "date"],
            ]),
        tenantOwned: false)

    private let users: MongoCollection

    init(_ database: MongoDatabase) {
        users = database.collection(Self.spec.name)
    }

    /// - Throws: ``AccountError/emailTaken`` when another account has the address; two simultaneous inserts are
    ///   decided by the unique index.
    nonisolated(nonsending) func insert(_ user: User, passwordHash: String?, in transaction: MongoTransaction? = nil)
        async throws
    {
        var document = try user.bson()
        if let passwordHash {
            document.append(
                "password", .document(["hash": .string(passwordHash), "changed_at": .date(user.createdAt)]))
        }
        do {
            try await users.insert(document, in: transaction)
        } catch let error as MongoError where error.isDuplicateKey {
            throw AccountError.emailTaken
        }
    }

    func user(id: String) async throws -> User? {
        try await users.findOne(["_id": .string(id)], options: Self.withoutPassword).map(User.init(bson:))
    }

    func users(ids: [String]) async throws -> [String: User] {
        guard !ids.isEmpty else { return [:] }
        let filter: BSONDocument = ["_id": .document(["$in": .array(ids.map { .string($0) })])]
        let found = try await users.find(filter, options: Self.withoutPassword).map(User.init(bson:))
        return Dictionary(found.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    func user(email: EmailAddress) async throws -> User? {
        try await users.findOne(["email": .string(email.value)], options: Self.withoutPassword).map(User.init(bson:))
    }

    func credential(email: EmailAddress) async throws -> Credential? {
        guard let document = try await users.findOne(["email": .string(email.value)]) else { return nil }
        let hash = document["password"]?.documentValue?["hash"]?.stringValue
        return Credential(user: try User(bson: document), passwordHash: hash)
    }

    func demoUser() async throws -> User? {
        try await users.findOne(["is_demo": true], options: Self.withoutPassword).map(User.init(bson:))
    }

    func recordLogin(id: String, at now: Date) async throws {
        try await users.update(["_id": .string(id)], ["$set": ["last_login_at": .date(now)]])
    }

    func setPasswordHash(id: String, _ hash: String, at now: Date) async throws {
        let password: BSONValue = .document(["hash": .string(hash), "changed_at": .date(now)])
        try await users.update(["_id": .string(id)], ["$set": ["password": password]])
    }

    /// Changes the person's own name, language and theme; nil leaves a field as it is.
    nonisolated(nonsending) func updateProfile(
        id: String, name: String?, locale: String?, theme: User.Theme?, at now: Date,
        in transaction: MongoTransaction? = nil
    ) async throws -> User? {
        var set: BSONDocument = ["updated_at": .date(now)]
        if let name { set.append("name", .string(name)) }
        if let locale { set.append("locale", .string(locale)) }
        if let theme { set.append("theme", .string(theme.rawValue)) }
        let update: BSONDocument = ["$set": .document(set), "$inc": ["version": 1]]
        return try await users.findOneAndUpdate(
            ["_id": .string(id)], update: update,
            options: FindAndModifyOptions(returnNew: true, projection: ["password": 0]), in: transaction
        ).map(User.init(bson:))
    }

    private static let withoutPassword = FindOptions(projection: ["password": 0])
}
