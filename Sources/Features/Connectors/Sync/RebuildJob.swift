import BSON
import Customers
import Foundation
import Jobs
import Mongo
import Records
import Tenancy
import Vault

/// Makes a connection's rows again from the pages that were kept, in the order they came.
public struct RebuildJob: JobHandler {
    public struct Parameters: Codable, Sendable {
        public var connectionID: String
    }

    public static let kind = "platforms.rebuild"
    public static let stages = ["waiting", "reading", "deriving", "finishing"]

    let service: ConnectionsService

    public init(_ service: ConnectionsService) { self.service = service }

    public func run(_ parameters: Parameters, _ context: JobContext) async throws {
        guard
            let scope = try await service.memberships.jobScope(
                organizationID: context.job.partition, startedBy: context.job.startedBy),
            let connection = try await service.connections(scope).get(id: parameters.connectionID)
        else { throw TenancyError.notFound }
        let connector = try service.connector(connection.platform)
        let sync = ConnectionSync(service: service, scope: scope, connection: connection, context: context)
        guard try await sync.lock() else {
            throw JobFailure(key: "connections.cause.busy", isPermanent: false)
        }
        do {
            let replay = Replay(
                sync: sync, connector: connector, calls: try service.calls(scope, connection, for: connector))
            let records = try await replay.run()
            context.setResult(["records": .int(records)])
        } catch {
            try? await sync.unlock()
            throw error
        }
        try await sync.unlock()
    }
}

/// Kept pages through transform, enrich and store.
private struct Replay: Sendable {
    let sync: ConnectionSync
    let connector: any Connector
    let calls: VendorCalls

    func run() async throws -> Int {
        var records = 0
        var runs: Set<String> = []
        for stream in connector.streams {
            let pages = try TenantCollection<RawRecord>(sync.scope, sync.service.database).batches(
                .and([
                    .eq("connection_id", .string(sync.connection.id)), .eq("stream", .string(stream.name)),
                ]), sort: [.ascending("fetched_at"), .ascending("_id")], batchSize: 20)
            var open: (run: String, span: Span, store: PageStore)?
            for try await batch in pages {
                for raw in batch {
                    if let done = open, done.run != raw.runID || done.span != raw.span {
                        _ = try await done.store.finish(done.span, of: stream)
                        open = nil
                    }
                    let store = try open?.store ?? sync.store(stream, run: raw.runID, schemaVersion: raw.schemaVersion)
                    open = (raw.runID, raw.span, store)
                    records += try await page(raw, of: stream, store)
                    runs.insert(raw.runID)
                    guard try await sync.lock() else { throw JobLeaseLost() }
                    try await sync.context.progress(stage: "reading", rowsDone: records, message: stream.name)
                }
            }
            if let done = open { _ = try await done.store.finish(done.span, of: stream) }
        }
        for run in runs.sorted() {
            let writer = CustomerWriter(
                sync.scope, sync.service.database, source: sync.source(run), keys: sync.service.keys,
                clock: sync.service.clock)
            try await writer.finish()
            try await writer.forgetReplaced()
        }
        return records
    }

    private func page(_ raw: RawRecord, of stream: SyncStream, _ store: PageStore) async throws -> Int {
        let records = try store.packing.unpack(raw)
        let pipeline = Pipeline(call: calls, store: store, consent: sync.connection.consent ?? .standard)
        _ = try await pipeline.replay(records, of: stream, span: raw.span, fetchedAt: raw.fetchedAt)
        return records.count
    }
}
