import BSON
import Crypto
import Foundation
import Mongo
import Tenancy
import Vault

/// The private keys that sign access tokens, sealed under the master key. A global collection. One key per slot of
/// 90 days (01 §4); whoever needs the slot's key first makes it, and the primary key lets only one process win.
struct SigningKeyStore: Sendable {
    static let spec = CollectionSpec(
        "signing_keys",
        indexes: [IndexSpec("created", [("created_at", -1)])],
        tenantOwned: false)

    static let slotLength: TimeInterval = 90 * 86_400

    struct SigningKey: Sendable {
        let kid: String
        let key: P256.Signing.PrivateKey
    }

    private let keys: MongoCollection
    private let sealer: Sealer

    init(_ database: MongoDatabase, sealer: Sealer) {
        keys = database.collection(Self.spec.name)
        self.sealer = sealer
    }

    static func kid(at now: Date) -> String {
        "es256-\(Int(now.timeIntervalSince1970 / slotLength))"
    }

    /// The keys of this slot and the one before it, newest first; makes this slot's key if there is none.
    func current(at now: Date) async throws -> [SigningKey] {
        let active = try await stored(Self.kid(at: now))
        let newest = if let active { active } else { try await make(Self.kid(at: now), at: now) }
        let previous = try await stored(Self.kid(at: now.addingTimeInterval(-Self.slotLength)))
        return [newest] + (previous.map { [$0] } ?? [])
    }

    private func make(_ kid: String, at now: Date) async throws -> SigningKey {
        let key = P256.Signing.PrivateKey()
        let sealed = try sealer.seal(key.rawRepresentation, context: Self.context(kid))
        let row: BSONDocument = [
            "_id": .string(kid), "sealed": .binary(BSONBinary(subtype: 0, bytes: sealed.bytes)),
            "created_at": .date(now),
        ]
        do {
            try await keys.insert(row)
            return SigningKey(kid: kid, key: key)
        } catch let error as MongoError where error.isDuplicateKey {
            guard let winner = try await stored(kid) else { throw error }
            return winner
        }
    }

    private func stored(_ kid: String) async throws -> SigningKey? {
        guard let row = try await keys.findOne(["_id": .string(kid)]), case .binary(let sealed) = row["sealed"] else {
            return nil
        }
        let raw = try sealer.open(SealedBox(bytes: sealed.bytes), context: Self.context(kid))
        return SigningKey(kid: kid, key: try P256.Signing.PrivateKey(rawRepresentation: raw))
    }

    private static func context(_ kid: String) -> [String] { ["signing_keys", kid] }
}
