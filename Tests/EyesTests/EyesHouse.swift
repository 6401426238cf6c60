import Accounts
import Audit
import BSON
import Customers
import Foundation
import Jobs
import Learning
import Logging
import Mongo
import Tenancy
import TestMongo
import Vault
import Waiting
import Web

@testable import Eyes

/// An organization with orders on a real database, and EYES on top of it.
struct EyesHouse: Sendable {
    let database: MongoDatabase
    let scope: TenantScope
    let other: TenantScope
    let memberships: Memberships
    let audit: AuditLog
    let queue: JobQueue
    let service: EyesService
    let clock: WallClock
    let time: ManualTime
    private let keys: PersonKeys

    /// 1 March 2026, ten in the morning.
    static let now = Date(timeIntervalSince1970: 1_772_359_200)
    /// The local day of `now`.
    static let today = 20_513

    /// - Parameter lifetime: how long the service may show what it knew a moment ago.
    static func open(
        lifetime: Duration = .zero, _ body: @escaping @Sendable (EyesHouse) async throws -> Void
    ) async throws {
        try await TestMongo.shared().withDatabase { database in
            try await body(try await EyesHouse(database, lifetime))
        }
    }

    private init(_ database: MongoDatabase, _ lifetime: Duration) async throws {
        time = ManualTime(Self.now)
        clock = .manual(time)
        memberships = Memberships(database: database, clock: clock)
        self.database = database
        audit = AuditLog(database: database, clock: clock)
        queue = JobQueue(database: database, clock: clock)
        service = EyesService(
            database: database, jobs: queue, audit: audit, clock: clock, memory: EyesMemory(lifetime: lifetime))
        keys = PersonKeys(
            tokenizer: Tokenizer(key: [UInt8](repeating: 9, count: 32)),
            sealer: Sealer(try KeyRing([(id: "test", key: [UInt8](repeating: 7, count: 32))])))
        scope = try await Self.organization("shop", memberships)
        other = try await Self.organization("other", memberships)
    }

    private static func organization(_ slug: String, _ memberships: Memberships) async throws -> TenantScope {
        let id = ID.make("org", at: now)
        return try await memberships.createOrganization(
            Organization(
                id: id, name: slug, slug: slug, timeZone: "UTC", currency: "USD", createdAt: now),
            owner: ID.make("usr", at: now), ownerName: "Ann")
    }

    /// Writes a generated shop whose last day is yesterday; everybody consents but those in `without`.
    func fill(
        _ count: Int, days: Int = 640, seed: UInt64 = 4, in place: TenantScope? = nil,
        consent: (Int) -> ConsentInput? = { EyesHouse.consent($0) }
    ) async throws {
        let shop = Shop.generated(count, days: days, seed: seed, lastDay: Self.today - 1)
        let writer = CustomerWriter(
            place ?? scope, database,
            source: WriteSource(connectionID: "con_test", platform: "csv", label: "File", importID: "imp_test"),
            keys: keys, clock: clock)
        var orders: [OrderInput] = []
        var consents: [ConsentInput] = []
        for index in shop.customers.indices {
            for (number, order) in shop.orders(of: index).enumerated() {
                orders.append(
                    OrderInput(
                        externalID: "\(shop.customers[index])-\(number)", customerExternalID: shop.customers[index],
                        placedAt: Date(timeIntervalSince1970: Double(order.placedAt) / 1000),
                        amountMinor: order.amountMinor, currency: "USD"))
            }
            if let given = consent(index) { consents.append(given) }
        }
        for batch in orders.portions(of: 1_000) { _ = try await writer.write(WriteBatch(orders: batch)) }
        for batch in consents.portions(of: 1_000) { _ = try await writer.write(WriteBatch(consents: batch)) }
        _ = try await writer.finish()
    }

    func write(_ consents: [ConsentInput]) async throws {
        let writer = CustomerWriter(
            scope, database,
            source: WriteSource(connectionID: "con_test", platform: "csv", label: "File", importID: "imp_test"),
            keys: keys, clock: clock)
        _ = try await writer.write(WriteBatch(consents: consents))
        _ = try await writer.finish()
    }

    static func consent(
        _ index: Int, purpose: Purpose = .marketingAnalytics, state: ConsentState = .granted,
        expires: Date? = now.addingTimeInterval(86_400 * 300), collected: Date = now.addingTimeInterval(-86_400 * 30)
    ) -> ConsentInput {
        ConsentInput(
            customerExternalID: Shop.name(index), purpose: purpose, state: state, collectedAt: collected,
            expiresAt: expires)
    }

    var job: EyesJob {
        EyesJob(
            database: database, memberships: memberships, audit: audit, clock: clock, memory: service.memory,
            threads: 2)
    }

    /// Starts a run and works until it has ended.
    func run(in place: TenantScope? = nil) async throws -> StoredRun {
        let scope = place ?? scope
        switch try await service.start(scope, requestID: nil) {
        case .finished(let runID):
            return try require2(try await service.run(scope, runID)?.run)
        case .queued(let jobID):
            try await work { try await service.job(scope, jobID)?.state.isFinal ?? true }
            let ended = try require2(try await service.job(scope, jobID))
            guard ended.state == .succeeded, let runID = ended.result?["run_id"]?.stringValue else {
                throw HouseError("the run is \(ended.state) \(ended.error ?? "") \(ended.errorDetail ?? "")")
            }
            return try require2(try await service.run(scope, runID)?.run)
        }
    }

    /// Runs a worker until a condition holds.
    func work(until condition: @escaping @Sendable () async throws -> Bool) async throws {
        var configuration = JobRunnerConfiguration()
        configuration.concurrency = 1
        configuration.pollInterval = .milliseconds(50)
        let runner = JobRunner(
            database: database, handlers: [job], clock: clock, configuration: configuration,
            logger: Logger(label: "test"))
        let worker = Task { try await runner.run() }
        defer { worker.cancel() }
        guard try await eventually(within: .seconds(240), condition) else {
            throw HouseError("nothing happened in time")
        }
    }

    /// The bytes of everything a run stored, in order.
    func bytes(of runID: String) async throws -> [BSONDocument] {
        let store = EyesStore(scope, database)
        var all: [BSONDocument] = []
        let segments = try await store.segments(of: runID)
        all += try segments.map { try BSONEncoder().encode($0) }
        for segment in segments {
            all += try await store.members(runID: runID, segment: segment.number, fromPlace: 0, limit: 100_000)
                .map { $0.bson() }
        }
        let query = ScoreQuery(horizon: .days90, sort: .risk, limit: 100_000)
        all += try await store.scores(query, runID: runID).map { $0.bson() }
        all += try await store.tests(runID: runID).map { $0.bson() }
        if let result = try await store.runDocument(runID)?["result"]?.documentValue { all.append(result) }
        return all
    }
}

struct HouseError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// The value, or an error that says where it was missed.
func require2<Value>(_ value: Value?, line: Int = #line) throws -> Value {
    guard let value else { throw HouseError("nothing at line \(line)") }
    return value
}
