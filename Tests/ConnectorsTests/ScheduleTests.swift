import Audit
import BSON
import Customers
import Foundation
import Jobs
import Mongo
import Records
import Synchronization
import Tenancy
import TestMongo
import Testing
import Vault

@testable import Connectors

@Suite("Schedule of connections")
struct ScheduleTests {
    /// A service without a vendor behind it, whose alerts are noted.
    private struct Bench: Sendable {
        let database: MongoDatabase
        let time = ManualTime()
        let memberships: Memberships
        let service: ConnectionsService
        let told: Told

        init(_ database: MongoDatabase) throws {
            self.database = database
            let clock = WallClock.manual(time)
            memberships = Memberships(database: database, clock: clock)
            let key = Array(repeating: UInt8(7), count: 32)
            let ring = try KeyRing([("k1", key)])
            let told = Told()
            self.told = told
            service = ConnectionsService(
                database: database, queue: JobQueue(database: database, clock: clock),
                audit: AuditLog(database: database),
                keys: PersonKeys(tokenizer: Tokenizer(key: key), sealer: Sealer(ring)), memberships: memberships,
                ring: ring, connectors: [HubSpotConnector()], clock: clock,
                hooks: ConnectionHooks(
                    alert: { _, connection, status in told.add("\(connection.label) \(status.state.rawValue)") },
                    settled: { _, connection in told.add("\(connection.label) settled") }))
        }

        func organization(_ name: String) async throws -> TenantScope {
            try await memberships.createOrganization(
                Organization(id: ID.make("org"), name: name, slug: name, createdAt: time.now), owner: ID.make("usr"),
                ownerName: "Ana")
        }

        func connection(
            _ scope: TenantScope, _ label: String, due: TimeInterval? = 0, late: TimeInterval? = nil,
            _ change: (inout Connection) -> Void = { _ in }
        ) async throws -> Connection {
            var connection = Connection(
                id: ID.make("con"), platform: "hubspot", label: label, status: "connected", createdBy: nil,
                at: time.now.addingTimeInterval(-86_400))
            connection.nextSyncAt = due.map { time.now.addingTimeInterval($0) }
            connection.lateAt = late.map { time.now.addingTimeInterval($0) }
            connection.lastSync = time.now.addingTimeInterval(-7200)
            change(&connection)
            try await service.connections(scope).insert(connection)
            return connection
        }

        func jobs() async throws -> [BSONDocument] {
            try await database.collection("jobs").find([:], options: .init(sort: ["run_at": 1, "_id": 1]))
        }
    }

    private final class Told: Sendable {
        private let words = Mutex<[String]>([])
        func add(_ word: String) { words.withLock { $0.append(word) } }
        var all: [String] { words.withLock { $0 } }
    }

    private func run(_ body: @Sendable (Bench) async throws -> Void) async throws {
        try await TestMongo.shared().withDatabase { database in
            for spec in Tenancy.collections + Audit.collections + Connectors.collections + [Connection.spec] {
                try await spec.install(in: database)
            }
            try await body(try Bench(database))
        }
    }

    @Test("what is due is queued once, and nothing else")
    func due() async throws {
        try await run { bench in
            let scope = try await bench.organization("shop")
            _ = try await bench.connection(scope, "due")
            _ = try await bench.connection(scope, "later", due: 60)
            _ = try await bench.connection(scope, "paused") { $0.pausedAt = bench.time.now }
            _ = try await bench.connection(scope, "broken") { $0.causeRemedy = "reconnect" }
            #expect(try await bench.service.enqueueDue(scope) == 1)
            #expect(try await bench.service.enqueueDue(scope) == 0)
            #expect(try await bench.jobs().count == 1)
        }
    }

    @Test("an organization with many connections does not stand before one with few")
    func fairness() async throws {
        try await run { bench in
            let (big, small) = (try await bench.organization("big"), try await bench.organization("small"))
            for number in 0..<40 { _ = try await bench.connection(big, "big\(number)") }
            _ = try await bench.connection(small, "small")
            #expect(try await bench.service.enqueueDue(big) == 40)
            #expect(try await bench.service.enqueueDue(small) == 1)
            let order = try await bench.jobs().map { $0["partition"]?.stringValue }
            #expect(order.firstIndex(of: small.organizationID) ?? 99 <= 1)
        }
    }

    @Test("silence is told once; a limit, a pause and a reading under way are no silence")
    func silence() async throws {
        try await run { bench in
            let scope = try await bench.organization("shop")
            _ = try await bench.connection(scope, "silent", due: nil, late: -1)
            _ = try await bench.connection(scope, "early", due: nil, late: 60)
            _ = try await bench.connection(scope, "limited", due: nil, late: -1) {
                $0.limitedUntil = bench.time.now.addingTimeInterval(600)
            }
            _ = try await bench.connection(scope, "paused", due: nil, late: -1) { $0.pausedAt = bench.time.now }
            let reading = try await bench.connection(scope, "reading", due: nil, late: -1)
            let job = try await bench.service.queue.enqueue(
                SyncJob.self, partition: scope.organizationID,
                parameters: .init(connectionID: reading.id, streams: nil, isForced: false))
            _ = try await bench.database.collection("jobs").update(
                ["_id": .string(job.id)], ["$set": ["state": "running"]])
            _ = try await bench.service.connections(scope).update(
                .id(reading.id), [.set("sync_job_id", .string(job.id))])
            try await bench.service.enqueueDue(scope)
            try await bench.service.enqueueDue(scope)
            #expect(bench.told.all == ["silent late"])
            bench.time.advance(by: 601)
            try await bench.service.enqueueDue(scope)
            #expect(bench.told.all.sorted() == ["early late", "limited late", "silent late"])
        }
    }

    @Test("a good reading ends what was told, and plans the next one with its deadline")
    func settled() async throws {
        try await run { bench in
            let scope = try await bench.organization("shop")
            let connection = try await bench.connection(scope, "silent", due: nil, late: -1)
            let stream = try #require(HubSpotConnector().streams.first)
            var state = SyncState(
                id: ID.make("sst"), connectionID: connection.id, stream: stream, now: bench.time.now)
            state.lastOkAt = bench.time.now
            state.every = 900
            try await bench.service.states(scope).insert(state)
            try await bench.service.enqueueDue(scope)
            let parameters = SyncJob.Parameters(connectionID: connection.id, streams: nil, isForced: false)
            for _ in 0..<2 { try await bench.service.conclude(scope, connection.id, SyncEnding(), parameters) }
            #expect(bench.told.all == ["silent late", "silent settled"])
            let after = try await bench.service.get(scope, connection.id)
            #expect(after.lateAt == bench.time.now.addingTimeInterval(1350))
            let next = try #require(after.nextSyncAt).timeIntervalSince(bench.time.now)
            #expect(next >= 900 && next <= 930)
        }
    }

    @Test("a dead sign-in is told once, a used-up quota never")
    func causes() async throws {
        try await run { bench in
            let scope = try await bench.organization("shop")
            let connection = try await bench.connection(scope, "shop", due: nil)
            let parameters = SyncJob.Parameters(connectionID: connection.id, streams: nil, isForced: false)
            let limit = SyncEnding(fault: .rateLimited(wait: 3600, policy: "daily"))
            let dead = SyncEnding(fault: .actionRequired(.reconnect, message: "token pat-secret is dead"))
            for ending in [limit, limit, dead, dead, dead] {
                try await bench.service.conclude(scope, connection.id, ending, parameters)
            }
            #expect(bench.told.all == ["shop action_required"])
        }
    }

    @Test("a source that stops answering is late within two intervals, whatever its tries say")
    func late() {
        let now = Date(timeIntervalSince1970: 1_767_225_600)
        var connection = Connection(
            id: "con_1", platform: "hubspot", label: "x", status: "connected", createdBy: nil,
            at: now.addingTimeInterval(-86_400))
        var state = SyncState(
            id: "sst_1", connectionID: "con_1", stream: HubSpotConnector().streams[0], now: now)
        state.every = 900
        connection.lastSync = now
        connection.causeCode = "timeout"
        connection.causeSince = now.addingTimeInterval(900)
        connection.failures = 1
        func status(_ seconds: TimeInterval) -> ConnectionStatus {
            .of(connection, [state], job: nil, now: now.addingTimeInterval(seconds))
        }
        #expect(status(1000).state == .error)
        #expect(status(1351).state == .late && status(1351).cause == "timeout")
        connection.causeCode = nil
        connection.failures = 0
        #expect(status(1300).state == .healthy && status(1351).cause == "late")
        state.isOff = true
        #expect(status(99_999).state == .healthy)
    }
}
