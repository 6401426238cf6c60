import Accounts
import Audit
import BSON
import Customers
import Foundation
import Jobs
import Mongo
import Platforms
import Synchronization
import Tenancy
import Vault

@testable import Demo

/// The features the demo is written through, on one database.
struct House: Sendable {
    let database: MongoDatabase
    let memberships: Memberships
    let accounts: AccountsService
    let audit: AuditLog
    let keys: PersonKeys
    let imports: Imports
    let seeder: DemoSeeder
    let loaded = Calls()
    /// Where uploaded files are kept.
    let folder: String

    /// Counts what the composition root would do after loading.
    final class Calls: Sendable {
        private let count = Mutex(0)
        var value: Int { count.withLock { $0 } }
        func add() { count.withLock { $0 += 1 } }
    }

    init(_ database: MongoDatabase) throws {
        let clock = WallClock.fixed(DemoGeneratorTests.noon)
        let memberships = Memberships(database: database, clock: clock)
        let sealer = Sealer(try KeyRing([(id: "test", key: [UInt8](repeating: 7, count: 32))]))
        let audit = AuditLog(database: database, clock: clock)
        let keys = PersonKeys(tokenizer: Tokenizer(key: [UInt8](repeating: 9, count: 32)), sealer: sealer)
        let queue = JobQueue(database: database, clock: clock)
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(database.name).path
        let accounts = AccountsService(
            database: database, memberships: memberships, audit: audit, sealer: sealer, hasher: PasswordHasher(),
            clock: clock)
        let imports = Imports(
            database: database, files: ImportFiles(root: folder), queue: queue, audit: audit, keys: keys,
            memberships: memberships, clock: clock)
        let loaded = loaded
        seeder = DemoSeeder(
            database: database, accounts: accounts, imports: imports, queue: queue, audit: audit, keys: keys,
            clock: clock,
            hooks: DemoHooks(
                afterLoad: { _, _ in loaded.add() },
                erase: { id in try await House.erase(id, in: database) }))
        self.database = database
        self.memberships = memberships
        self.accounts = accounts
        self.audit = audit
        self.keys = keys
        self.imports = imports
        self.folder = folder
    }

    /// What the composition root does through the system store, without its log.
    private static func erase(_ organizationID: String, in database: MongoDatabase) async throws -> [String: Int] {
        var removed: [String: Int] = [:]
        for spec in DemoSeederTests.specs {
            let isOrganization = spec.name == Tenancy.organizations.name
            let field = isOrganization ? "_id" : Tenancy.organizationField
            removed[spec.name] = try await database.collection(spec.name)
                .delete([field: .string(organizationID)], multi: true)
        }
        return removed
    }

    func seed() async throws -> DemoSeeder.Seeded {
        try await seeder.seed(asOf: DemoGeneratorTests.noon, customers: 300)
    }

    func scope() async throws -> TenantScope? {
        guard let organization = try await memberships.demoOrganization(), let user = try await accounts.demoUser()
        else {
            return nil
        }
        return try await memberships.scope(userID: user.id, organizationID: organization.id)
    }

    /// Documents that carry the organization's id, in every collection there is, and its own row.
    func rows(of organizationID: String) async throws -> Int {
        var count = 0
        for name in try await database.listCollectionNames() {
            let filter: BSONDocument = [
                "$or": [
                    ["_id": .string(organizationID)], [Tenancy.organizationField: .string(organizationID)],
                    ["partition": .string(organizationID)],
                ]
            ]
            count += try await database.collection(name).count(filter)
        }
        return count
    }

    /// What the demo's orders say, without the ids that differ from build to build.
    func orders() async throws -> [[BSONValue?]] {
        let rows = try await database.collection("orders").find(
            [:], options: FindOptions(sort: ["external_id": 1]))
        return rows.map { row in ["external_id", "placed_at", "amount_minor", "status", "test"].map { row[$0] } }
    }

    /// An ordinary organization with one customer.
    func neighbour() async throws -> String {
        let organization = Organization(
            id: "org_neighbour", name: "Neighbour", slug: "neighbour", createdAt: DemoGeneratorTests.noon)
        let scope = try await memberships.createOrganization(organization, owner: "usr_1", ownerName: "Ann")
        let source = WriteSource(connectionID: "con_1", platform: "csv", label: "CSV", importID: "imp_1")
        let writer = CustomerWriter(
            scope, database, source: source, keys: keys, clock: .fixed(DemoGeneratorTests.noon))
        let order = OrderInput(
            externalID: "1", customerExternalID: "a", placedAt: DemoGeneratorTests.noon - 86_400, amountMinor: 100,
            currency: "USD")
        _ = try await writer.write(WriteBatch(orders: [order]))
        try await writer.finish()
        return organization.id
    }
}
