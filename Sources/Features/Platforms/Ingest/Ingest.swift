import Audit
import BSON
import Customers
import Foundation
import Records
import Tenancy
import Vault
import Web

/// Takes rows that an organization's own programs send: the same stores, ids and rules as files and platforms, through
/// a connection of its own.
struct Ingest: Sendable {
    /// Rows of one JSON list; more come as a stream.
    static let rows = 1000
    static let listBytes = 5 << 20
    static let streamBytes = 100 << 20
    /// Seconds that a request waits for another one to be through with the organization's people.
    private static let patience = 10.0

    let imports: Imports

    /// Opens the door for rows of a type. Rows about people are written by one request at a time, so that what is
    /// derived of them is right when the answer is given.
    func open(_ scope: TenantScope, _ type: IngestType, requestID: String) async throws -> IngestRun {
        try scope.requireWritable()
        let connection = try await imports.connect(scope, label: SourceName.ingest, requestID: requestID).connection
        let id = ID.make("ing", at: imports.clock.now())
        if type.touchesPeople { try await begin(scope, connection, run: id) }
        try await requests(scope).insert(
            IngestRequest(id: id, connectionID: connection.id, type: type, scope: scope, at: imports.clock.now()))
        return run(scope, connection, type, id: id)
    }

    private func begin(_ scope: TenantScope, _ connection: Connection, run: String) async throws {
        let deadline = ContinuousClock.now + .seconds(Self.patience)
        while try await !imports.acquire(scope, connection.id, holder: run) {
            guard ContinuousClock.now < deadline else {
                var problem = Problem.conflict("ingest_busy", "Another request is writing customers. Send it again.")
                problem.headers[.retryAfter] = "5"
                throw problem
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        _ = try await imports.connections(scope).update(
            .id(connection.id), [.addToSet("unfinished_runs", .string(run))])
    }

    func run(_ scope: TenantScope, _ connection: Connection, _ type: IngestType, id: String) -> IngestRun {
        let until = imports.clock.now().addingTimeInterval(IngestRequest.keptSeconds)
        let source = WriteSource(
            connectionID: connection.id, platform: connection.platform, label: connection.label, importID: id)
        let notes = WriteNotes()
        let people = CustomerWriter(
            scope, imports.database, source: source, keys: imports.keys, isUndoable: true, undoableUntil: until,
            notes: notes, clock: imports.clock)
        let records = RecordWriter(
            scope, imports.database, source: source, stream: type.stream, isUndoable: true, undoableUntil: until,
            clock: imports.clock
        ) { people.customerID($0) }
        let frame = IngestFrame(
            currency: scope.organization.currency, timeZone: scope.organization.timeZone,
            consentDays: (connection.consent ?? .standard).days)
        return IngestRun(type: type, frame: frame, source: source, people: people, records: records, notes: notes)
    }

    /// Keeps hold of the connection while a long stream is read.
    func hold(_ scope: TenantScope, _ run: IngestRun) async throws {
        guard run.type.touchesPeople else { return }
        _ = try await imports.acquire(scope, run.source.connectionID, holder: run.source.importID)
    }

    /// Brings up to date what follows from the rows, also of runs that a crash has cut short, and closes the door.
    func close(_ scope: TenantScope, _ run: IngestRun, _ answer: IngestAnswer, requestID: String) async throws {
        if run.type.touchesPeople { try await finish(scope, run, hasWritten: answer.hasWritten) }
        _ = try await requests(scope).update(
            .id(run.source.importID),
            [
                .set("state", .string(IngestRequest.State.received.rawValue)),
                .set("counts", .document(try BSONEncoder().encode(answer.requestCounts))),
                .set("finished_at", .date(imports.clock.now())),
            ])
        try await imports.audit.record(
            scope,
            AuditEntry(
                .dataModification, "ingest.received", on: "connection", run.source.connectionID,
                details: [
                    "type": .string(run.type.rawValue), "run_id": .string(run.source.importID),
                    "rows": .int(answer.received), "created": .int(answer.count(.created)),
                    "updated": .int(answer.count(.updated)), "refused": .int(answer.count(.refused)),
                ]), requestID: requestID)
    }

    private func finish(_ scope: TenantScope, _ run: IngestRun, hasWritten: Bool) async throws {
        let connections = imports.connections(scope)
        let open = try await connections.get(id: run.source.connectionID)?.unfinishedRuns ?? []
        for id in open {
            if id != run.source.importID || hasWritten {
                var source = run.source
                source.importID = id
                let writer = CustomerWriter(
                    scope, imports.database, source: source, keys: imports.keys, clock: imports.clock)
                try await writer.finish()
            }
            _ = try await connections.update(
                .id(run.source.connectionID), [.pull("unfinished_runs", .string(id))])
        }
        try await imports.release(scope, run.source.connectionID, holder: run.source.importID)
    }
}

extension IngestAnswer {
    /// Whether a row has changed anything.
    var hasWritten: Bool { count(.created) + count(.updated) > 0 }
}
