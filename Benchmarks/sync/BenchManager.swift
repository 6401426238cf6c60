import Audit
import BSON
import Connectors
import Customers
import Foundation
import Jobs
import Logging
import Mongo
import Records
import SystemStore
import Tenancy
import Vault

/// The platform manager on a database of its own, with the stand-in as its only platform.
struct BenchManager {
    let client: MongoClient
    let database: MongoDatabase
    let memberships: Memberships
    let service: ConnectionsService
    private let logger: Logger

    init(mongo: String, server: String, settings: [String: String] = [:]) async throws {
        var quiet = Logger(label: "bench")
        quiet.logLevel = .error
        logger = quiet
        client = try MongoClient(MongoConfiguration(url: mongo), logger: quiet)
        database = client.database("bench_sync")
        try await database.drop()
        let tenancy = Tenancy.collections + SystemStore.collections + Audit.collections
        for spec in tenancy + Customers.collections + Records.collections + Connectors.collections + [Connection.spec] {
            try await spec.install(in: database)
        }
        try await JobCollections.create(in: database)
        memberships = Memberships(database: database)
        let key = Array(repeating: UInt8(7), count: 32)
        let ring = try KeyRing([("k1", key)])
        service = ConnectionsService(
            database: database, queue: JobQueue(database: database), audit: AuditLog(database: database),
            keys: PersonKeys(tokenizer: Tokenizer(key: key), sealer: Sealer(ring)), memberships: memberships,
            ring: ring, overrides: ["bench": settings.merging(["allow_private_hosts": "true"]) { $1 }],
            connectors: [BenchConnector(url: server)])
    }

    func organization(_ name: String) async throws -> TenantScope {
        try await memberships.createOrganization(
            Organization(id: ID.make("org"), name: name, slug: name, createdAt: Date()), owner: ID.make("usr"),
            ownerName: "Bench")
    }

    func connect(_ scope: TenantScope, account: Int) async throws -> Connection {
        try await service.connect(
            scope, platform: "bench", methodID: "key", fields: ["key": "bench-key", "account": "\(account)"])
    }

    /// A worker as the service has it.
    func runner(syncs: Int) -> JobRunner {
        JobRunner(
            database: database, handlers: service.jobs,
            configuration: JobRunnerConfiguration(ownPlaces: [SyncJob.kind: syncs]), logger: logger)
    }

    func scheduler() -> Scheduler {
        let (database, memberships) = (database, memberships)
        let schedule = service.schedule(every: .seconds(1)) { filter in
            try await SystemStore(
                database, memberships: memberships, reason: "The bench looks what is due.", by: .command("bench-sync")
            ).watch(Connection.spec).organizations(filter)
        }
        return Scheduler(database: database, schedules: [schedule], pollInterval: .milliseconds(500), logger: logger)
    }

    func close() async throws {
        try await database.drop()
        await client.shutdown()
    }

    /// The largest resident size of this process so far, in MiB.
    static var peakMemory: Double {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
        return (Double(line.filter(\.isNumber)) ?? 0) / 1024
    }
}
