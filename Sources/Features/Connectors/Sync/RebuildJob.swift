import BSON
import Customers
import Foundation
import Jobs
import Mongo
import Records
import Tenancy
import Vault
import Web

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
        guard let (scope, connection) = try await service.subject(of: context, parameters.connectionID) else {
            throw TenancyError.notFound
        }
        let connector = try service.connector(connection.platform)
        let sync = ConnectionSync(service: service, scope: scope, connection: connection, context: context)
        guard try await sync.lock() else {
            throw JobFailure(key: "connections.cause.busy", isPermanent: false)
        }
        let outcome: (records: Int, state: DataState?)
        do {
            let replay = Replay(
                sync: sync, connector: connector, calls: try service.calls(scope, connection, for: connector))
            outcome = try await replay.run()
        } catch {
            try? await sync.unlock()
            throw error
        }
        try await sync.unlock()
        context.setResult(["records": .int(outcome.records)])
        // Consents may have changed with the policy: whoever reads them has to look again.
        if let state = outcome.state { try await service.hooks.afterSync(scope, state) }
    }
}

/// Kept pages through transform, enrich and store.
private struct Replay: Sendable {
    let sync: ConnectionSync
    let connector: any Connector
    let calls: VendorCalls

    /// A listing of one stream while its pages are replayed.
    private struct Listing {
        let run: String
        let span: Span
        let store: PageStore
        /// What the listing before it had; kept only where its absence means something.
        var earlier: [JSONValue] = []
        var present: [JSONValue] = []
        var endedAt = Date.distantPast
    }

    func run() async throws -> (records: Int, state: DataState?) {
        var records = 0
        var listings: [String: Listing] = [:]
        var runs: Set<String> = []
        let order = try await order()
        for places in order.portions(of: 20) {
            for raw in try await pages(places) {
                guard let stream = connector.stream(raw.stream) else { continue }
                var listing = try await listing(raw, of: stream, after: listings[raw.stream])
                let page = try await page(raw, of: stream, listing.store)
                if stream.absenceWithdraws { listing.present += page }
                listing.endedAt = raw.fetchedAt
                listings[raw.stream] = listing
                records += page.count
                runs.insert(raw.runID)
                try await sync.keepLock()
                try await sync.context.progress(stage: "reading", rowsDone: records, message: stream.name)
            }
        }
        for stream in connector.streams {
            if let last = listings[stream.name] { try await finish(last, of: stream) }
        }
        return (records, try await derive(runs))
    }

    /// The listing a page belongs to; the one before it is brought to its end first.
    private func listing(_ raw: RawRecord, of stream: SyncStream, after last: Listing?) async throws -> Listing {
        if let last, last.run == raw.runID, last.span == raw.span { return last }
        if let last { try await finish(last, of: stream) }
        return Listing(
            run: raw.runID, span: raw.span,
            store: try sync.store(stream, run: raw.runID, schemaVersion: raw.schemaVersion),
            earlier: last?.present ?? [])
    }

    private func finish(_ listing: Listing, of stream: SyncStream) async throws {
        _ = try await listing.store.finish(listing.span, of: stream)
        _ = try await pipeline(listing.store).withdraw(
            listing.earlier, missingFrom: listing.present, of: stream, at: listing.endedAt)
    }

    private func derive(_ runs: Set<String>) async throws -> DataState? {
        var last: DataState?
        for run in runs.sorted() {
            let writer = CustomerWriter(
                sync.scope, sync.service.database, source: sync.source(run), keys: sync.service.keys,
                clock: sync.service.clock)
            last = try await writer.finish()
            try await writer.forgetReplaced()
        }
        return last
    }

    private var raws: TenantCollection<RawRecord> { TenantCollection(sync.scope, sync.service.database) }

    /// The kept pages of all streams in the order they came: what one stream told later stands over what another told
    /// before.
    private func order() async throws -> [RawPlace] {
        let places = Dictionary(uniqueKeysWithValues: connector.streams.enumerated().map { ($1.name, $0) })
        return try await raws.select(
            RawPlace.fields, as: RawPlace.self, .eq("connection_id", .string(sync.connection.id))
        ).sorted {
            ($0.fetchedAt, places[$0.stream] ?? 0, $0.id) < ($1.fetchedAt, places[$1.stream] ?? 0, $1.id)
        }
    }

    private func pages(_ places: [RawPlace]) async throws -> [RawRecord] {
        let found = try await raws.find(.in("_id", places.map { .string($0.id) }))
        let byID = Dictionary(found.map { ($0.id, $0) }) { first, _ in first }
        return places.compactMap { byID[$0.id] }
    }

    private func page(_ raw: RawRecord, of stream: SyncStream, _ store: PageStore) async throws -> [JSONValue] {
        let records = try store.packing.unpack(raw)
        _ = try await pipeline(store).replay(records, of: stream, span: raw.span, fetchedAt: raw.fetchedAt)
        return records
    }

    private func pipeline(_ store: PageStore) -> Pipeline {
        Pipeline(call: calls, store: store, consent: sync.connection.consent ?? .standard)
    }
}

/// When a kept page came, without what is in it.
private struct RawPlace: BSONConvertible {
    static let fields = ["stream", "fetched_at"]

    let id: String
    let stream: String
    let fetchedAt: Date

    init(bson: BSONDocument) throws {
        id = try bson.string("_id")
        stream = try bson.string("stream")
        fetchedAt = try bson.date("fetched_at")
    }

    func bson() -> BSONDocument { [:] }
}
