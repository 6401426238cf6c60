import Audit
import BSON
import Customers
import Foundation
import Jobs
import Mongo
import Records
import Tenancy
import Vault
import Web

/// Requests as they are listed, and taken back.
extension Ingest {
    func requests(_ scope: TenantScope) -> TenantCollection<IngestRequest> {
        TenantCollection(scope, imports.database)
    }

    func request(_ scope: TenantScope, _ id: String) async throws -> IngestRequest {
        guard let request = try await requests(scope).get(id: id) else { throw ImportError.notFound }
        return request
    }

    /// Newest first, before a position.
    func list(
        _ scope: TenantScope, before: (at: Date, id: String)? = nil, limit: Int
    ) async throws -> [IngestRequest] {
        let filter = before.map { position -> Filter in
            .or([
                .lt("created_at", .date(position.at)),
                .and([.eq("created_at", .date(position.at)), .lt("_id", .string(position.id))]),
            ])
        }
        return try await requests(scope).find(
            filter ?? .all, sort: [.descending("created_at"), .descending("_id")], limit: limit)
    }

    /// Puts the undoing of a request in the queue. Where a later request has changed the same rows, that one goes
    /// first: else its words would be lost.
    func startUndo(
        _ scope: TenantScope, _ id: String, requestID: String
    ) async throws -> (request: IngestRequest, job: Job) {
        try scope.requireWritable()
        var request = try await request(scope, id)
        guard request.mayUndo(at: imports.clock.now()) else {
            throw Problem.conflict(
                "ingest_state", "The request is \(request.state.rawValue), or has written nothing to take back.")
        }
        if let later = try await run(of: request, scope).laterRequest() {
            throw Problem.conflict(
                "ingest_later", "The later request \(later) has changed the same rows. Undo that one first.")
        }
        request.state = .undoing
        let job = try await imports.queue.enqueue(
            UndoIngestJob.self, partition: scope.organizationID, parameters: .init(requestID: id),
            idempotencyKey: "ingest.undo:\(id)", startedBy: scope.userID)
        request.jobID = job.id
        let changed = try await requests(scope).update(
            .and([.id(id), .in("state", [.string("received"), .string("open")])]),
            [.set("state", .string(request.state.rawValue)), .set("job_id", .string(job.id))])
        if changed.matched > 0 { try await note(scope, request, "ingest.undo_started", requestID: requestID) }
        return (request, job)
    }

    func note(_ scope: TenantScope, _ request: IngestRequest, _ action: String, requestID: String) async throws {
        try await imports.audit.record(
            scope,
            AuditEntry(
                .dataModification, action, on: "connection", request.connectionID,
                details: ["type": .string(request.type.rawValue), "run_id": .string(request.id)]),
            requestID: requestID)
    }

    /// What the request wrote with.
    func run(of request: IngestRequest, _ scope: TenantScope) async throws -> IngestRun {
        let connection = try await imports.connection(scope, id: request.connectionID)
        return run(scope, connection, request.type, id: request.id)
    }
}

extension IngestRun {
    /// The request that changed rows this one had written, if one did.
    func laterRequest() async throws -> String? {
        guard let row = type.row else { return try await people.laterWriter() }
        return try await records.laterWriter(row)
    }

    func undo() async throws {
        guard let row = type.row else {
            _ = try await people.undo()
            return
        }
        try await records.undo(row)
    }
}

/// Takes back exactly what a request of a program brought.
public struct UndoIngestJob: JobHandler {
    public struct Parameters: Codable, Sendable {
        public var requestID: String
    }

    public static let kind = "ingest.undo"
    public static let stages = ["waiting", "removing"]

    private let ingest: Ingest

    public init(_ imports: Imports) { ingest = Ingest(imports: imports) }

    public func run(_ parameters: Parameters, _ context: JobContext) async throws {
        let scope = try await ingest.imports.jobScope(context.job, requiring: .customerImport)
        let request = try await ingest.request(scope, parameters.requestID)
        let holder = "undo:" + request.id
        guard request.state != .undone else {
            // Ended by a worker that died before it let go.
            return try await ingest.imports.release(scope, request.connectionID, holder: holder)
        }
        while try await !ingest.imports.acquire(scope, request.connectionID, holder: holder) {
            try await context.progress(stage: "waiting", rowsDone: 0, expected: nil)
            try await Task.sleep(for: .seconds(1))
        }
        try await context.progress(stage: "removing", rowsDone: 0, expected: request.counts.created)
        let run = try await ingest.run(of: request, scope)
        // Between the question and the turn another request may have come.
        let later = try await run.laterRequest()
        if later == nil { try await run.undo() }
        let state: IngestRequest.State = later == nil ? .undone : .received
        _ = try await ingest.requests(scope).update(
            .id(request.id),
            [.set("state", .string(state.rawValue)), .set("finished_at", .date(ingest.imports.clock.now()))])
        try await ingest.imports.release(scope, request.connectionID, holder: holder)
        guard later == nil else { throw JobFailure(key: "imports.sent.later", isPermanent: true) }
        try await ingest.note(scope, request, "ingest.undone", requestID: context.job.id)
    }
}
