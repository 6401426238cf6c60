import Audit
import BSON
import Customers
import Foundation
import Jobs
import Logging
import Mongo
import Records
import Synchronization
import Tenancy
import TestMongo
import Testing
import Vault
import VendorServers
import Waiting

@testable import Connectors
@testable import Reconciliation

/// A connected shop in New York, read once, with an organization in UTC and a clock that only tests move.
struct Bench<Server: VendorServer>: Sendable {
    let database: MongoDatabase
    let scope: TenantScope
    let service: ReconciliationService
    let host: VendorHost
    let world: VendorWorld
    let time: ManualTime
    let connection: Connection
    let alerts: Told

    static func open(
        _ connector: any Connector, _ server: Server.Type, company: SeededCompany = SeededCompany(size: .bench),
        streams: [String], byOAuth: Bool = false, zone: String = "UTC",
        _ body: @escaping @Sendable (Bench) async throws -> Void
    ) async throws {
        let time = ManualTime(company.now.addingTimeInterval(60))
        let world = VendorWorld(company, clock: .manual(time))
        try await VendorHost(Server(world), world).whileRunning { host in
            try await TestMongo.shared().withDatabase { database in
                for spec in Tenancy.collections + Customers.collections + Records.collections + Connectors.collections
                    + Reconciliation.collections + Audit.collections + [Connection.spec]
                {
                    try await spec.install(in: database)
                }
                let bench = try await make(connector, host, world, time, database, byOAuth: byOAuth, zone: zone)
                try await bench.sync(streams)
                try await body(bench)
            }
            #expect(host.violations == [])
        }
    }

    private static func make(
        _ connector: any Connector, _ host: VendorHost, _ world: VendorWorld, _ time: ManualTime,
        _ database: MongoDatabase, byOAuth: Bool, zone: String
    ) async throws -> Bench {
        let clock = WallClock.manual(time)
        let memberships = Memberships(database: database)
        let organization = Organization(
            id: ID.make("org"), name: "Shop", slug: "shop", timeZone: zone, currency: world.company.currency,
            createdAt: Date(timeIntervalSince1970: 1_700_000_000))
        let scope = try await memberships.createOrganization(organization, owner: ID.make("usr"), ownerName: "Ana")
        let key = Array(repeating: UInt8(7), count: 32)
        let ring = try KeyRing([("k1", key)])
        let connections = ConnectionsService(
            database: database, queue: JobQueue(database: database, clock: clock), audit: AuditLog(database: database),
            keys: PersonKeys(tokenizer: Tokenizer(key: key), sealer: Sealer(ring)), memberships: memberships,
            ring: ring, overrides: [connector.platform: host.settings], connectors: [connector], clock: clock,
            pause: Pause { time.advance(by: $0) })
        let told = Told()
        let connection =
            try await byOAuth
            ? signIn(connections, scope, host, Server.platform) : enter(connections, scope, host, connector)
        return Bench(
            database: database, scope: scope,
            service: ReconciliationService(connections: connections, hooks: told.hooks), host: host, world: world,
            time: time, connection: connection, alerts: told)
    }

    private static func enter(
        _ service: ConnectionsService, _ scope: TenantScope, _ host: VendorHost, _ connector: any Connector
    ) async throws -> Connection {
        let method = try #require(connector.methods.first { !$0.isRedirect })
        return try await service.connect(
            scope, platform: connector.platform, methodID: method.id, fields: host.server.fields)
    }

    private static func signIn(
        _ service: ConnectionsService, _ scope: TenantScope, _ host: VendorHost, _ platform: String
    ) async throws -> Connection {
        let address = try await service.startOAuth(
            scope, platform: platform, fields: host.server.fields, redirectURI: "https://app.example/callback")
        let reply = try await service.transport.send(
            HTTPMessage(method: "GET", url: address, headers: [:], body: nil), timeout: 10)
        let location = try #require(reply.headers["Location"])
        let items = try #require(URLComponents(string: location)?.queryItems)
        let values = Dictionary(items.map { ($0.name, $0.value ?? "") }) { first, _ in first }
        return try await service.finishOAuth(
            scope, state: values["state"] ?? "", code: values["code"] ?? "", parameters: values)
    }

    // MARK: Doing

    func sync(_ streams: [String]) async throws {
        try await work(try await service.connections.syncNow(scope, connection.id, streams: streams))
        let states = try await service.connections.detail(scope, connection.id).streams
        for state in states where streams.contains(state.stream) {
            try #require(state.lastOkAt != nil, "\(state.stream): \(state.errorCode ?? "") \(state.errorDetail ?? "")")
        }
    }

    /// Lets a worker run until this job has ended.
    func work(_ job: Job) async throws {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let runner = JobRunner(
            database: database, handlers: service.connections.jobs + service.jobs, clock: service.clock,
            configuration: JobRunnerConfiguration(concurrency: 1, pollInterval: .milliseconds(20)), logger: logger)
        let worker = Task { try await runner.run() }
        defer { worker.cancel() }
        let ended = try await eventually(within: .seconds(240)) {
            try await service.queue.get(job.id, partition: scope.organizationID)?.state.isFinal ?? true
        }
        try #require(ended, "the job did not end")
    }

    /// Compares the last days and gives them by day.
    func compare(days: Int = 7) async throws -> [String: ReconciliationDay] {
        let outcome = try await service.reconcile(scope, try await fresh(), days: days)
        guard case .compared(let compared) = outcome else {
            Issue.record("not compared: \(outcome)")
            return [:]
        }
        return Dictionary(uniqueKeysWithValues: compared.map { ($0.day, $0) })
    }

    func fresh() async throws -> Connection { try await service.connections.get(scope, connection.id) }

    /// The whole day so many days before the company's last.
    func day(_ back: Int) -> String {
        VendorTime.day(VendorTime.day(world.company.now, in: connection.accountTimeZone ?? "UTC"), plus: -back)
    }

    /// Orders of a day of the shop that count everywhere.
    func orders(on day: String) -> [SeededCompany.Order] {
        world.company.orders.filter {
            VendorTime.day($0.placedAt, in: world.company.timeZone) == day && !$0.isTest && !$0.isCancelled
                && !$0.isDeleted && $0.refundedMinor == 0
        }
    }
}

/// What would have been told to people.
final class Told: Sendable {
    private let held = Mutex<(off: [String], settled: Int)>(([], 0))

    var off: [String] { held.withLock { $0.off } }
    var settled: Int { held.withLock { $0.settled } }

    var hooks: ReconciliationHooks {
        ReconciliationHooks(
            alert: { _, _, day in self.held.withLock { $0.off.append(day.day) } },
            settled: { _, _ in self.held.withLock { $0.settled += 1 } })
    }
}

extension SeededCompany.Size {
    /// Some forty orders a day, so that every day has orders near its end.
    static let bench = SeededCompany.Size(
        customers: 60, orders: 520, products: 8, campaigns: 4, events: 20, days: 13)
}
