import Accounts
import Audit
import BSON
import Customers
import Foundation
import Jobs
import Mongo
import Platforms
import Records
import Tenancy
import Vault

/// What App hands to the demo, because it reaches across features or organizations.
public struct DemoHooks: Sendable {
    /// Called once the data is in: App starts the first run here, as after an import.
    public var afterLoad: @Sendable (TenantScope, DataState) async throws -> Void
    /// Deletes everything an organization owns and the organization itself, recorded in the system's log. Gives the rows
    /// removed per collection.
    public var erase: @Sendable (_ organizationID: String) async throws -> [String: Int]

    public init(
        afterLoad: @escaping @Sendable (TenantScope, DataState) async throws -> Void,
        erase: @escaping @Sendable (String) async throws -> [String: Int]
    ) {
        self.afterLoad = afterLoad
        self.erase = erase
    }
}

/// Makes, removes and renews the demo organization, through the same writers as everybody's data.
public struct DemoSeeder: Sendable {
    public struct Seeded: Sendable {
        public let organization: Organization
        /// False when there was one already and nothing was done.
        public let isNew: Bool
        public let customers: Int
        public let orders: Int
    }

    /// Batches being written at the same time.
    private static let inFlight = 2
    /// How long to wait for the organization's jobs: for the import to end, or for removal to have them stopped.
    private static let patience: Duration = .seconds(30)

    private let database: MongoDatabase
    private let accounts: AccountsService
    private let imports: Imports
    private let queue: JobQueue
    private let audit: AuditLog
    private let keys: PersonKeys
    private let clock: WallClock
    private let hooks: DemoHooks

    public init(
        database: MongoDatabase, accounts: AccountsService, imports: Imports, queue: JobQueue, audit: AuditLog,
        keys: PersonKeys, clock: WallClock = .system, hooks: DemoHooks
    ) {
        self.database = database
        self.accounts = accounts
        self.imports = imports
        self.queue = queue
        self.audit = audit
        self.keys = keys
        self.clock = clock
        self.hooks = hooks
    }

    private var memberships: Memberships { accounts.memberships }

    /// Makes the demo organization, unless there is a whole one. One that a crash left half-filled is made anew.
    ///
    /// - Parameters:
    ///   - asOf: the shop's present day; now by default.
    ///   - customers: fewer make a smaller shop, for tests.
    @discardableResult
    public func seed(
        seed: UInt64 = DemoGenerator.standardSeed, asOf: Date? = nil,
        customers: Int = DemoGenerator.standardCustomers
    ) async throws -> Seeded {
        if let existing = try await memberships.demoOrganization() {
            if let scope = try await scope(of: existing) {
                let state = try await CustomerFigures(scope, database).dataState()
                if state.version > 0 {
                    return Seeded(
                        organization: existing, isNew: false, customers: state.customers, orders: state.orders)
                }
            }
            try await remove()
        }
        let shop = try await ComputePool.shared.run { [present = asOf ?? clock.now()] in
            DemoGenerator(seed: seed, asOf: present, customers: customers).make()
        }
        let scope = try await createOrganization()
        try await load(shop, scope)
        try await importMarketFile(shop, scope)
        let state = try await CustomerFigures(scope, database).dataState()
        try await audit.record(
            scope,
            AuditEntry(
                .dataModification, "demo.seeded", on: "organization", scope.organizationID,
                details: [
                    "seed": .string(String(seed)), "customers": .int(shop.customers.count),
                    "orders": .int(shop.orderCount),
                ]))
        try await hooks.afterLoad(scope, state)
        return Seeded(
            organization: scope.organization, isNew: true, customers: shop.customers.count, orders: shop.orderCount)
    }

    /// Deletes the demo organization with everything it owns; nothing to do where there is none.
    ///
    /// - Returns: the rows removed per collection.
    @discardableResult
    public func remove() async throws -> [String: Int] {
        guard let organization = try await memberships.demoOrganization() else { return [:] }
        try await stopJobs(of: organization.id)
        if let scope = try await scope(of: organization) { try await imports.files.removeAll(scope) }
        var removed = try await hooks.erase(organization.id)
        removed["jobs"] = try await queue.removeAll(partition: organization.id)
        return removed
    }

    /// Removes what is there and makes it anew, up to the present day.
    @discardableResult
    public func reset(seed: UInt64 = DemoGenerator.standardSeed, asOf: Date? = nil) async throws -> Seeded {
        try await remove()
        return try await self.seed(seed: seed, asOf: asOf)
    }

    // MARK: Steps

    private func createOrganization() async throws -> TenantScope {
        guard let email = EmailAddress(Demo.personEmail) else { throw AccountError.invalid([]) }
        let person = try await accounts.ensureDemoUser(name: Demo.personName, email: email)
        let now = clock.now()
        let slug = try await memberships.availableSlug(for: Demo.organizationName)
        let organization = Organization(
            id: ID.make("org", at: now), name: Demo.organizationName, slug: slug, kind: .demo, status: .active,
            timeZone: DemoGenerator.timeZone, currency: DemoGenerator.currency, createdAt: now)
        let scope = try await database.withTransaction { transaction in
            let scope = try await memberships.createOrganization(
                organization, owner: person.id, ownerName: person.name, in: transaction)
            try await audit.record(
                scope,
                AuditEntry(
                    .dataModification, "organization.create", on: "organization", organization.id,
                    details: ["name": .string(organization.name), "slug": .string(slug), "kind": "demo"]),
                in: transaction)
            return scope
        }
        memberships.invalidate(userID: person.id)
        return scope
    }

    /// Writes the shop as an import writes its rows: batches side by side, then everything derived.
    private func load(_ shop: DemoShop, _ scope: TenantScope) async throws {
        let source = try await source(scope)
        let writer = CustomerWriter(scope, database, source: source, keys: keys, clock: clock)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, batch) in shop.batches().enumerated() {
                if index >= Self.inFlight { try await group.next() }
                group.addTask { _ = try await writer.write(batch) }
            }
            try await group.waitForAll()
        }
        try await writer.finish()
    }

    private func source(_ scope: TenantScope) async throws -> WriteSource {
        let connection = try await imports.connect(scope, label: Demo.connectionLabel).connection
        return WriteSource(
            connectionID: connection.id, platform: connection.platform, label: connection.label,
            importID: Demo.importID)
    }

    /// Uploads the market stall's file and sees its import through, with a worker of this process or another.
    private func importMarketFile(_ shop: DemoShop, _ scope: TenantScope) async throws {
        let bytes = AsyncStream<[UInt8]> { stream in
            stream.yield(Array(shop.marketFile.utf8))
            stream.finish()
        }
        let record = try await imports.receive(
            scope, fileName: DemoMarketFile.name, chunks: bytes, connectionID: try await source(scope).connectionID)
        let job = try await imports.start(scope, record.id, confirmation: nil).job
        let runner = JobRunner(
            database: database, handlers: [ImportJob(imports)], clock: clock,
            configuration: JobRunnerConfiguration(concurrency: 1, pollInterval: .milliseconds(100)))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runner.run() }
            group.addTask { try await waitForEnd(of: job.id, scope) }
            _ = try await group.next()
            group.cancelAll()
        }
    }

    private func waitForEnd(of jobID: String, _ scope: TenantScope) async throws {
        let end = ContinuousClock.now + Self.patience
        while ContinuousClock.now < end {
            let job = try await queue.get(jobID, partition: scope.organizationID)
            guard job?.state == .queued || job?.state == .running else { return }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func scope(of organization: Organization) async throws -> TenantScope? {
        guard let person = try await accounts.demoUser() else { return nil }
        return try await memberships.scope(userID: person.id, organizationID: organization.id)
    }

    /// A job that went on writing would leave rows behind the eraser.
    private func stopJobs(of organizationID: String) async throws {
        let end = ContinuousClock.now + Self.patience
        while true {
            let open = try await queue.list(partition: organizationID, limit: 200)
                .filter { $0.state == .queued || $0.state == .running }
            if open.isEmpty || ContinuousClock.now > end { return }
            for job in open { try await queue.cancel(job.id, partition: organizationID) }
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}
