import BSON
import Foundation
import Mongo
import Tenancy
import Vault

/// Keeps credentials under a key of the organization, derived from the installation's master keys.
public struct SecretStore: Sendable {
    private let ring: KeyRing
    let database: MongoDatabase
    let clock: WallClock

    public init(database: MongoDatabase, ring: KeyRing, clock: WallClock = .system) {
        self.database = database
        self.ring = ring
        self.clock = clock
    }

    /// Seals with the organization's key of the active master key; opens with those of all of them.
    func sealer(_ scope: TenantScope) throws -> Sealer {
        let ids = [ring.activeID] + ring.ids.subtracting([ring.activeID]).sorted()
        return Sealer(
            try KeyRing(
                ids.compactMap { id in
                    ring.derivedKey(for: ["organization", scope.organizationID], from: id).map { (id: id, key: $0) }
                }))
    }

    func rows(_ scope: TenantScope) -> TenantCollection<ConnectionSecret> { TenantCollection(scope, database) }

    func read(_ scope: TenantScope, _ connectionID: String) async throws -> Credentials? {
        guard let row = try await rows(scope).get(id: connectionID) else { return nil }
        return try open(scope, row)
    }

    func open(_ scope: TenantScope, _ row: ConnectionSecret) throws -> Credentials {
        let bytes = try sealer(scope).open(SealedBox(bytes: row.sealed), context: Self.context(scope, row.id))
        return try JSONDecoder().decode(Credentials.self, from: Data(bytes))
    }

    func write(_ scope: TenantScope, _ connectionID: String, _ credentials: Credentials) async throws {
        let sealed = try sealer(scope).seal(
            Array(try JSONEncoder().encode(credentials)), context: Self.context(scope, connectionID))
        _ = try await rows(scope).update(
            .id(connectionID),
            [
                .set("sealed", .binary(BSONBinary(bytes: sealed.bytes))),
                .set("generation", .int(credentials.generation)), .set("updated_at", .date(clock.now())),
            ], upsert: true)
    }

    func remove(_ scope: TenantScope, _ connectionID: String) async throws {
        _ = try await rows(scope).delete(.id(connectionID))
    }

    /// Seals again what is under an older master key. Returns how many there were.
    public func rotate(_ scope: TenantScope) async throws -> Int {
        let sealer = try sealer(scope)
        var count = 0
        for row in try await rows(scope).find() where sealer.needsRotation(SealedBox(bytes: row.sealed)) {
            let context = Self.context(scope, row.id)
            let again = try sealer.seal(
                try sealer.open(SealedBox(bytes: row.sealed), context: context), context: context)
            count += try await rows(scope).update(
                .and([.id(row.id), .eq("generation", .int(row.generation))]),
                [.set("sealed", .binary(BSONBinary(bytes: again.bytes)))]
            ).modified
        }
        return count
    }

    private static func context(_ scope: TenantScope, _ connectionID: String) -> [String] {
        [scope.organizationID, "connection_secrets", connectionID, "credentials"]
    }
}
