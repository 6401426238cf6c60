import BSON
import Foundation
import Mongo
import Tenancy
import Vault

/// Failed password tries per address, also for addresses that nobody has, so that both look the same. A global
/// collection keyed by the hash of the address, forgotten after an hour.
struct LoginAttemptStore: Sendable {
    static let spec = CollectionSpec(
        "login_attempts",
        indexes: [IndexSpec("expiry", [("expires_at", 1)], expireAfterSeconds: 0)],
        tenantOwned: false)

    private let attempts: MongoCollection

    init(_ database: MongoDatabase) {
        attempts = database.collection(Self.spec.name)
    }

    /// Writes the try down and returns the state that includes it.
    func begin(_ email: EmailAddress, at now: Date) async throws -> LockOut {
        let push: BSONDocument = ["failures": ["$each": .array([.date(now)]), "$slice": -32]]
        let update: BSONDocument = [
            "$push": .document(push), "$set": ["expires_at": .date(now.addingTimeInterval(3600))],
        ]
        let row = try await attempts.findOneAndUpdate(
            ["_id": .string(Self.key(email))], update: update,
            options: FindAndModifyOptions(upsert: true, returnNew: true))
        return row.map(Self.state) ?? LockOut(failures: [now])
    }

    /// The password was right: forget the failures.
    func clear(_ email: EmailAddress) async throws {
        _ = try await attempts.delete(["_id": .string(Self.key(email))], multi: false)
    }

    /// - Returns: false if another try had locked the account already.
    func lock(_ email: EmailAddress, until end: Date, at now: Date) async throws -> Bool {
        let unlocked: BSONValue = .array([
            .document(["locked_until": ["$exists": false]]), .document(["locked_until": ["$lte": .date(now)]]),
        ])
        let update: BSONDocument = ["$set": ["locked_until": .date(end)]]
        return try await attempts.update(["_id": .string(Self.key(email)), "$or": unlocked], update).matched == 1
    }

    private static func key(_ email: EmailAddress) -> String { RandomToken.hash(email.value) }

    private static func state(_ row: BSONDocument) -> LockOut {
        LockOut(
            failures: row["failures"]?.arrayValue?.compactMap(\.dateValue) ?? [],
            lockedUntil: row["locked_until"]?.dateValue)
    }
}
