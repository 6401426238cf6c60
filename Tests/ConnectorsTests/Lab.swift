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

/// An organization, a vendor's server on loopback, and the manager between them. Time moves only when something waits.
struct Lab<Server: VendorServer>: Sendable {
    let database: MongoDatabase
    let scope: TenantScope
    let service: ConnectionsService
    let host: VendorHost
    let server: Server
    let world: VendorWorld
    let time: ManualTime
    /// How long the manager waited, in order.
    let pauses: Pauses

    /// Opens a lab, runs the test in it, and fails it when the server was asked anything its sheet does not allow.
    static func open(
        _ connector: any Connector, _ server: Server.Type, company: SeededCompany = SeededCompany(),
        overrides: [String: String] = [:], _ body: @escaping @Sendable (Lab) async throws -> Void
    ) async throws {
        let time = ManualTime(company.now.addingTimeInterval(60))
        let world = VendorWorld(company, clock: .manual(time))
        let server = Server(world)
        try await VendorHost(server, world).whileRunning { host in
            try await LabDatabases.shared.lend { database in
                let lab = try await make(connector, server, host, world, time, database, overrides)
                try await body(lab)
            }
            #expect(host.violations == [])
        }
    }

    private static func make(
        _ connector: any Connector, _ server: Server, _ host: VendorHost, _ world: VendorWorld, _ time: ManualTime,
        _ database: MongoDatabase, _ overrides: [String: String]
    ) async throws -> Lab {
        let clock = WallClock.manual(time)
        let memberships = Memberships(database: database)
        let organization = Organization(
            id: ID.make("org"), name: "Shop", slug: "shop", timeZone: "UTC", currency: world.company.currency,
            createdAt: Date(timeIntervalSince1970: 1_700_000_000))
        let scope = try await memberships.createOrganization(organization, owner: ID.make("usr"), ownerName: "Ana")
        let key = Array(repeating: UInt8(7), count: 32)
        let ring = try KeyRing([("k1", key)])
        let pauses = Pauses(time)
        let service = ConnectionsService(
            database: database, queue: JobQueue(database: database, clock: clock), audit: AuditLog(database: database),
            keys: PersonKeys(tokenizer: Tokenizer(key: key), sealer: Sealer(ring)), memberships: memberships,
            ring: ring,
            overrides: [connector.platform: host.settings.merging(overrides) { $1 }], connectors: [connector],
            clock: clock, pause: pauses.pause)
        return Lab(
            database: database, scope: scope, service: service, host: host, server: server, world: world, time: time,
            pauses: pauses)
    }

    // MARK: Doing

    /// Connects with the static key the server accepts.
    func connect(method: String? = nil) async throws -> Connection {
        let connector = try service.connector(Server.platform)
        let method = try #require(connector.methods.first { method == nil ? !$0.isRedirect : $0.id == method })
        return try await service.connect(
            scope, platform: Server.platform, methodID: method.id, fields: host.server.fields)
    }

    /// Walks the browser's way: to the vendor, back with a code, and in.
    func connectByOAuth() async throws -> Connection {
        let redirect = "https://app.example/oauth/callback/\(Server.platform)"
        let address = try await service.startOAuth(
            scope, platform: Server.platform, fields: host.server.fields, redirectURI: redirect)
        let reply = try await service.transport.send(
            HTTPMessage(method: "GET", url: address, headers: [:], body: nil), timeout: 10)
        let location = try #require(reply.headers["Location"])
        let items = try #require(URLComponents(string: location)?.queryItems)
        func value(_ name: String) -> String { items.first { $0.name == name }?.value ?? "" }
        let parameters = Dictionary(items.map { ($0.name, $0.value ?? "") }) { first, _ in first }
        return try await service.finishOAuth(
            scope, state: value("state"), code: value("code"), parameters: parameters)
    }

    /// Asks for a sync and lets a worker run until it has ended.
    func sync(_ connection: Connection, streams: [String]? = nil) async throws {
        let job = try await service.syncNow(scope, connection.id, streams: streams)
        try await work(job)
    }

    /// Lets a worker run until this job has ended.
    func work(_ job: Job) async throws {
        let runner = runner()
        let worker = Task { try await runner.run() }
        defer { worker.cancel() }
        let ended = try await eventually(within: .seconds(60)) {
            try await service.queue.get(job.id, partition: scope.organizationID)?.state.isFinal ?? true
        }
        try #require(ended, "the job did not end")
    }

    func runner() -> JobRunner {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return JobRunner(
            database: database, handlers: service.jobs, clock: service.clock,
            configuration: JobRunnerConfiguration(concurrency: 1, pollInterval: .milliseconds(20)), logger: logger)
    }

    // MARK: Looking

    func rows(_ collection: String, _ filter: BSONDocument = [:]) async throws -> [BSONDocument] {
        try await database.collection(collection).find(filter, options: .init(sort: ["_id": 1]))
    }

    func count(_ collection: String, _ filter: BSONDocument = [:]) async throws -> Int {
        try await database.collection(collection).count(filter)
    }

    func status(_ connection: Connection) async throws -> ConnectionStatus {
        try await service.detail(scope, connection.id).status
    }

    /// All canonical rows without what only says when they were written: equal means nothing lost, nothing doubled.
    func fingerprint() async throws -> [String] {
        let names = ["customers", "orders", "consent_records"] + Records.collections.map(\.name)
        let technical: Set<String> = [
            "pii", "created_at", "updated_at", "version", "import_id", "updated_import_id", "first_seen_at",
            "last_synced_at", "run_id",
        ]
        var result: [String] = []
        for name in names {
            for row in try await rows(name) { result.append("\(name) \(row.removing(technical))") }
        }
        return result
    }
}

/// Waiting that takes no time: the clock moves instead, and what was waited for is kept.
final class Pauses: Sendable {
    private let time: ManualTime
    private let taken = Mutex<[TimeInterval]>([])

    init(_ time: ManualTime) { self.time = time }

    var all: [TimeInterval] { taken.withLock { $0 } }

    var pause: Pause {
        Pause { seconds in
            self.taken.withLock { $0.append(seconds) }
            self.time.advance(by: seconds)
            await Task.yield()
        }
    }
}
