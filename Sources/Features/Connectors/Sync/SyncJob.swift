import BSON
import Customers
import Foundation
import Jobs
import Mongo
import Records
import Tenancy
import Vault

/// Brings what a platform has into the store, stream by stream. A worker that dies is followed by one that goes on
/// with the next page.
public struct SyncJob: JobHandler {
    public struct Parameters: Codable, Sendable {
        public var connectionID: String
        /// Only these streams; nil means all that are due.
        public var streams: [String]?
        /// Also streams that are not due yet.
        public var isForced: Bool
    }

    public static let kind = "platforms.sync"
    public static let stages = ["waiting", "reading", "deriving", "finishing"]

    let service: ConnectionsService

    public init(_ service: ConnectionsService) { self.service = service }

    public func run(_ parameters: Parameters, _ context: JobContext) async throws {
        guard
            let scope = try await service.memberships.jobScope(
                organizationID: context.job.partition, startedBy: context.job.startedBy)
        else { throw TenancyError.notFound }
        guard let connection = try await service.connections(scope).get(id: parameters.connectionID),
            connection.status == "connected", connection.pausedAt == nil
        else { return }
        let sync = ConnectionSync(service: service, scope: scope, connection: connection, context: context)
        guard try await sync.lock() else {
            try await service.enqueue(scope, connection, parameters, after: 10)
            return
        }
        let ending: SyncEnding
        do {
            ending = try await sync.run(parameters)
        } catch {
            try? await sync.unlock()
            throw error
        }
        try await sync.keepLock()
        try await sync.unlock()
        try await service.conclude(scope, connection.id, ending, parameters)
        context.setResult(["connection_id": .string(connection.id), "records": .int(ending.records)])
    }
}

/// How a sync ended, for the connection's state.
struct SyncEnding: Sendable {
    var records = 0
    var fault: VendorFault?
    /// A stream was held back because its records changed their shape.
    var isHeld = false
    var state: DataState?
}

/// One sync of one connection.
struct ConnectionSync: Sendable {
    static let lockSeconds: TimeInterval = 120

    let service: ConnectionsService
    let scope: TenantScope
    let connection: Connection
    let context: JobContext

    /// This try of this job: one that was taken for dead must not go on where its successor is at work.
    private var holder: String { "\(context.job.id)#\(context.job.attempt)" }

    private var earlierHolders: [BSONValue] {
        (0..<context.job.attempt).map { .string("\(context.job.id)#\($0)") }
    }

    /// One writer at a time per connection; the job that holds it keeps it over a crash.
    func lock() async throws -> Bool {
        let now = service.clock.now()
        return try await take(
            .or([
                .in("lock_holder", earlierHolders + [.string(holder)]), .eq("lock_holder", .null),
                .lt("lock_until", .date(now)),
            ]), now)
    }

    /// Goes on holding it. Throws when somebody else has come: what is known here may be out of date.
    func keepLock() async throws {
        let isKept = try await take(.eq("lock_holder", .string(holder)), service.clock.now())
        guard isKept else { throw JobLeaseLost() }
    }

    private func take(_ free: Filter, _ now: Date) async throws -> Bool {
        try await service.connections(scope).update(
            .and([.id(connection.id), free]),
            [
                .set("lock_holder", .string(holder)),
                .set("lock_until", .date(now.addingTimeInterval(Self.lockSeconds))),
                .set("last_attempt_at", .date(now)),
            ]
        ).matched > 0
    }

    func unlock() async throws {
        _ = try await service.connections(scope).update(
            .and([.id(connection.id), .eq("lock_holder", .string(holder))]),
            [.unset("lock_holder"), .unset("lock_until")])
    }

    func run(_ parameters: SyncJob.Parameters) async throws -> SyncEnding {
        let connector = try service.connector(connection.platform)
        let calls = try service.calls(scope, connection, for: connector)
        var ending = SyncEnding()
        for stream in connector.streams where parameters.streams?.contains(stream.name) ?? true {
            var state = try await state(of: stream)
            guard parameters.isForced && state.isOn || state.isDue(at: soon(state)) else { continue }
            if state.firstLoadedAt == nil, case .days = stream.span {
                // Daily figures of years take long where reports are rationed: people and orders are seen before them.
                ending.state = try await finishRuns() ?? ending.state
            }
            let reader = StreamSync(
                sync: self, connector: connector, calls: calls, stream: stream, before: ending.records)
            do {
                ending.records += try await reader.run(&state)
            } catch let fault as VendorFault {
                ending.fault = fault
                ending.records += reader.progress.count
                if case .schema = fault {
                    ending.isHeld = true
                    continue
                }
                break
            }
        }
        try await context.progress(stage: "deriving", rowsDone: ending.records)
        ending.state = try await finishRuns() ?? ending.state
        try await context.progress(stage: "finishing", rowsDone: ending.records)
        return ending
    }

    /// What is due in a moment is read along, so that streams of one rhythm stay together.
    private func soon(_ state: SyncState) -> Date {
        service.clock.now().addingTimeInterval(min(60, state.every / 10))
    }

    private func state(of stream: SyncStream) async throws -> SyncState {
        let id = DerivedID("sst", scope.organizationID, connection.id)(stream.name)
        if let found = try await service.states(scope).get(id: id) { return found }
        let fresh = SyncState(
            id: id, connectionID: connection.id, stream: stream, every: try service.rhythm(stream, connection.platform),
            now: service.clock.now())
        try await service.states(scope).replace(fresh, upsert: true)
        return fresh
    }

    /// Derived values of every run that has written people; also of runs a crash left behind.
    private func finishRuns() async throws -> DataState? {
        let open = try await service.connections(scope).get(id: connection.id)?.unfinishedRuns ?? []
        var last: DataState?
        for run in open {
            let writer = writer(run)
            last = try await writer.finish { done in try await context.progress(stage: "deriving", rowsDone: done) }
            try await writer.forgetReplaced()
            _ = try await service.connections(scope).update(
                .id(connection.id), [.pull("unfinished_runs", .string(run))])
        }
        return last
    }

    func source(_ run: String) -> WriteSource {
        WriteSource(
            connectionID: connection.id, platform: connection.platform, label: connection.label, importID: run,
            retellsOrders: (try? service.connector(connection.platform))?.retellsOrders ?? false)
    }

    private func writer(_ run: String) -> CustomerWriter {
        CustomerWriter(
            scope, service.database, source: source(run), keys: service.keys,
            clock: service.clock)
    }

    func store(_ stream: SyncStream, run: String, schemaVersion: Int) throws -> PageStore {
        PageStore(
            scope, service.database, source: source(run), stream: stream.name, keys: service.keys,
            packing: try service.packing(scope, connection.id), schemaVersion: schemaVersion, clock: service.clock)
    }
}
