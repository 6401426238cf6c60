import BSON
import Foundation
import Mongo
import Tenancy
import Vault

/// Keys that an installation makes once and keeps for as long as its data: sealed under the master keys, so that the
/// master keys can be rotated without changing what was derived from these.
struct InstallationSecrets {
    static let spec = CollectionSpec("installation_secrets", tenantOwned: false)

    let database: MongoDatabase
    let sealer: Sealer

    /// The 256-bit key of one purpose, made by whoever asks first.
    func key(_ purpose: String) async throws -> [UInt8] {
        if let known = try await stored(purpose) { return known }
        let fresh = (0..<32).map { _ in UInt8.random(in: .min ... .max) }
        let sealed = try sealer.seal(fresh, context: context(purpose)).bytes
        do {
            try await collection.insert([
                "_id": .string(purpose), "key": .binary(BSONBinary(subtype: 0, bytes: sealed)),
            ])
            return fresh
        } catch let error as MongoError where error.isDuplicateKey {
            guard let winner = try await stored(purpose) else { throw error }
            return winner
        }
    }

    private var collection: MongoCollection { database.collection(Self.spec.name) }

    private func stored(_ purpose: String) async throws -> [UInt8]? {
        guard let document = try await collection.findOne(["_id": .string(purpose)]),
            case .binary(let sealed)? = document["key"]
        else { return nil }
        return try sealer.open(SealedBox(bytes: sealed.bytes), context: context(purpose))
    }

    private func context(_ purpose: String) -> [String] { ["installation_secrets", purpose] }
}
