import BSON
import Foundation
import Mongo
import Tenancy
import Vault

/// Who is joining an organization's customers now.
struct IdentityState: TenantDocument, Codable {
    var id: String
    var lockHolder: String?
    var lockUntil: Date?
    var updatedAt: Date

    static let spec = CollectionSpec(
        "identity_states",
        validator: .schema(required: ["updated_at"], properties: ["updated_at": ["bsonType": "date"]])
    )

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case lockHolder = "lock_holder"
        case lockUntil = "lock_until"
        case updatedAt = "updated_at"
    }
}

/// Lets one worker at a time join an organization's customers: two that decide side by side could decide differently.
struct IdentityLock: Sendable {
    private static let leaseSeconds: TimeInterval = 120
    private static let pause = Duration.milliseconds(25)
    private static let mostTries = 6000

    let scope: TenantScope
    let database: MongoDatabase
    let clock: WallClock
    private let holder = ID.make("lck")

    init(_ scope: TenantScope, _ database: MongoDatabase, clock: WallClock) {
        self.scope = scope
        self.database = database
        self.clock = clock
    }

    func whileHeld<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        var tries = 0
        while try await !take() {
            tries += 1
            guard tries < Self.mostTries else { throw CustomersError.identitiesBusy }
            try await Task.sleep(for: Self.pause)
        }
        do {
            let result = try await body()
            try await release()
            return result
        } catch {
            try? await release()
            throw error
        }
    }

    /// Takes the lock, or keeps it for another while.
    @discardableResult
    func take() async throws -> Bool {
        let now = clock.now()
        let free = Filter.or([
            .eq("lock_holder", .null), .eq("lock_holder", .string(holder)), .lt("lock_until", .date(now)),
        ])
        do {
            let result = try await states.update(
                .and([.id(id), free]),
                [
                    .set("lock_holder", .string(holder)),
                    .set("lock_until", .date(now.addingTimeInterval(Self.leaseSeconds))),
                    .set("updated_at", .date(now)),
                ], upsert: true)
            return result.matched + result.upsertedCount > 0
        } catch let error as MongoError where error.code == 11_000 {
            return false
        }
    }

    private func release() async throws {
        _ = try await states.update(
            .and([.id(id), .eq("lock_holder", .string(holder))]), [.unset("lock_holder"), .unset("lock_until")])
    }

    private var states: TenantCollection<IdentityState> { TenantCollection(scope, database) }
    private var id: String { DerivedID("ids", scope.organizationID)() }
}
