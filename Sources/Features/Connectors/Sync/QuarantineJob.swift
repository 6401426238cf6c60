import BSON
import Customers
import Foundation
import Jobs
import Mongo
import Records
import Tenancy
import Vault
import Web

/// Tries records again that were put aside, from the pages they are kept on.
public struct QuarantineJob: JobHandler {
    public struct Parameters: Codable, Sendable {
        public var connectionID: String
        /// Only this one; nil means all of the connection.
        public var rowID: String?
    }

    public static let kind = "platforms.quarantine"
    public static let stages = ["reading", "deriving"]

    let service: ConnectionsService

    public init(_ service: ConnectionsService) { self.service = service }

    public func run(_ parameters: Parameters, _ context: JobContext) async throws {
        guard let (scope, connection) = try await service.subject(of: context, parameters.connectionID) else {
            throw TenancyError.notFound
        }
        let sync = ConnectionSync(service: service, scope: scope, connection: connection, context: context)
        guard try await sync.lock() else {
            throw JobFailure(key: "connections.cause.busy", isPermanent: false)
        }
        do {
            let taken = try await retry(parameters, sync)
            context.setResult(["taken": .int(taken)])
        } catch {
            try? await sync.unlock()
            throw error
        }
        try await sync.unlock()
    }

    private func retry(_ parameters: Parameters, _ sync: ConnectionSync) async throws -> Int {
        let rows = TenantCollection<QuarantinedRow>(sync.scope, service.database)
        var filters: [Filter] = [.eq("connection_id", .string(parameters.connectionID))]
        if let id = parameters.rowID { filters.append(.id(id)) }
        let open = try await rows.find(.and(filters), sort: [.ascending("_id")], limit: 10_000)
        for (rawID, group) in Dictionary(grouping: open.filter { $0.rawID != nil }, by: { $0.rawID ?? "" }) {
            try await replay(group, from: rawID, sync)
            guard try await sync.lock() else { throw JobLeaseLost() }
            try await sync.context.progress(stage: "reading", rowsDone: group.count)
        }
        let left = try await rows.count(.in("_id", open.map { .string($0.id) }))
        return open.count - left
    }

    private func replay(_ group: [QuarantinedRow], from rawID: String, _ sync: ConnectionSync) async throws {
        let connector = try service.connector(sync.connection.platform)
        guard let raw = try await TenantCollection<RawRecord>(sync.scope, service.database).get(id: rawID),
            let stream = connector.stream(raw.stream)
        else { return }
        let store = try sync.store(stream, run: raw.runID, schemaVersion: raw.schemaVersion)
        let calls = try service.calls(sync.scope, sync.connection, for: connector)
        let pipeline = Pipeline(call: calls, store: store, consent: sync.connection.consent ?? .standard)
        let wanted = Set(group.map(\.externalID))
        let records = try store.packing.unpack(raw).filter { wanted.contains(stream.name(of: $0)) }
        guard !records.isEmpty else { return }
        do {
            _ = try await pipeline.replay(records, of: stream, span: raw.span, fetchedAt: raw.fetchedAt)
        } catch VendorFault.schema(let field, _) {
            // None of them has it: each stays aside for the same reason.
            var page = MappedPage()
            page.problems = records.map {
                SyncRun.Problem(externalID: stream.name(of: $0), field: field, reason: "missing")
            }
            try await store.quarantine.note(page, rawID: nil)
        }
        try await store.people.finish()
        try await store.people.forgetReplaced()
    }
}
