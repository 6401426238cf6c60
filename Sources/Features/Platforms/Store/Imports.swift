import Audit
import BSON
import Customers
import Foundation
import Jobs
import Mongo
import Records
import Tenancy
import Vault

/// What App hands to the imports.
public struct PlatformHooks: Sendable {
    /// Called once an import is through, with the state of the data after it; App starts the first run here.
    public var afterImport: @Sendable (TenantScope, DataState, _ requestedBy: String?) async throws -> Void

    public init(
        afterImport: @escaping @Sendable (TenantScope, DataState, String?) async throws -> Void = { _, _, _ in }
    ) {
        self.afterImport = afterImport
    }
}

/// Everything that can be done with files of rows: take them in, say how to read them, run, undo.
public struct Imports: Sendable {
    public let database: MongoDatabase
    public let files: ImportFiles
    public let queue: JobQueue
    public let audit: AuditLog
    public let keys: PersonKeys
    public let memberships: Memberships
    public let clock: WallClock
    public let hooks: PlatformHooks

    public init(
        database: MongoDatabase, files: ImportFiles, queue: JobQueue, audit: AuditLog, keys: PersonKeys,
        memberships: Memberships, clock: WallClock = .system, hooks: PlatformHooks = PlatformHooks()
    ) {
        self.database = database
        self.files = files
        self.queue = queue
        self.audit = audit
        self.keys = keys
        self.memberships = memberships
        self.clock = clock
        self.hooks = hooks
    }

    func records(_ scope: TenantScope) -> TenantCollection<ImportRecord> { TenantCollection(scope, database) }

    public func get(_ scope: TenantScope, _ id: String) async throws -> ImportRecord {
        guard let record = try await records(scope).get(id: id) else { throw ImportError.notFound }
        return record
    }

    /// The import with the job that works on it. A job that ended without an answer has left the record behind: then
    /// the import has failed, and may be started again.
    public func current(_ scope: TenantScope, _ id: String) async throws -> (record: ImportRecord, job: Job?) {
        var record = try await get(scope, id)
        guard let jobID = record.jobID else { return (record, nil) }
        let job = try await queue.get(jobID, partition: scope.organizationID)
        let isWorking = [.queued, .running, .undoing].contains(record.state)
        if isWorking, let job, job.state == .failed || job.state == .cancelled {
            record.state = .failed
            record.failure = record.failure ?? ImportFailure(job.state == .cancelled ? "cancelled" : "unexpected")
        }
        return (record, job)
    }

    /// Newest first, before a position.
    public func list(
        _ scope: TenantScope, before: (at: Date, id: String)? = nil, limit: Int
    ) async throws -> [ImportRecord] {
        let filter = before.map { position -> Filter in
            .or([
                .lt("created_at", .date(position.at)),
                .and([.eq("created_at", .date(position.at)), .lt("_id", .string(position.id))]),
            ])
        }
        return try await records(scope).find(
            filter ?? .all, sort: [.descending("created_at"), .descending("_id")], limit: limit)
    }

    /// Takes a file in and finds out how it is written. A file that has no rows we could read is refused here, with the
    /// reason, and nothing is registered.
    public func receive<Chunks: AsyncSequence>(
        _ scope: TenantScope, fileName: String, chunks: Chunks, template: ImportTemplate? = nil,
        connectionID: String? = nil, requestID: String = ""
    ) async throws -> ImportRecord where Chunks.Element == [UInt8] {
        try scope.requireWritable()
        let connection = try await connection(scope, id: connectionID)
        let id = ID.make("imp", at: clock.now())
        let received: ImportFiles.Received
        do {
            received = try await files.receive(scope, importID: id, chunks: chunks)
        } catch let error as FileError {
            throw error.isDiskFull ? ImportError.diskFull : ImportError.notWritable
        }
        do {
            let detected = try await detect(scope, id, received.inspector)
            let record = try await register(
                scope, id: id, connection: connection, fileName: fileName, received: received, detected: detected,
                template: template)
            try await note(
                scope, record, action: "import.uploaded", requestID: requestID,
                details: [
                    "file_name": .string(record.fileName), "size": .int(record.size), "sha256": .string(record.sha256),
                ])
            return record
        } catch {
            try? await files.remove(scope, id)
            if let error = error as? CSVError { throw ImportError.unreadable(ImportFailure(error)) }
            throw error
        }
    }

    private func detect(
        _ scope: TenantScope, _ id: String, _ inspector: FileInspector
    ) async throws -> DetectedSummary {
        let path = files.path(scope, id)
        return try await ComputePool.shared.run { try FileDetection.run(path: path, inspector: inspector).summary }
    }

    private func register(
        _ scope: TenantScope, id: String, connection: Connection, fileName: String, received: ImportFiles.Received,
        detected: DetectedSummary, template: ImportTemplate?
    ) async throws -> ImportRecord {
        let now = clock.now()
        let used = try await savedMapping(scope, detected)
        let saved = template == nil || used?.template == template ? used : nil
        let record = ImportRecord(
            id: id, connectionID: connection.id, fileName: Self.cleanName(fileName), size: received.size,
            sha256: received.sha256, state: .uploaded, detected: detected,
            mapping: saved ?? .suggested(for: detected, scope.organization, template: template),
            isMappingConfirmed: saved != nil,
            statement: nil, counts: ImportCounts(), failure: nil, jobID: nil, uploadedBy: scope.userID,
            uploadedByName: scope.actor.name, startedAt: nil, finishedAt: nil, fileRemoved: false, createdAt: now,
            updatedAt: now, version: 1)
        try await records(scope).insert(record)
        return record
    }

    /// Earlier imports of a file with exactly these bytes that went through.
    public func earlier(_ scope: TenantScope, _ record: ImportRecord) async throws -> ImportRecord? {
        try await records(scope).first(
            .and([
                .eq("sha256", .string(record.sha256)), .ne("_id", .string(record.id)),
                .eq("state", .string(ImportState.finished.rawValue)),
            ]), sort: [.descending("created_at")])
    }

    /// The problems of an import in file order, after a line.
    public func problems(
        _ scope: TenantScope, _ id: String, afterLine: Int = 0, limit: Int
    ) async throws -> [RowProblem] {
        try await TenantCollection<StoredProblem>(scope, database).find(
            .and([.eq("import_id", .string(id)), .gt("line", .int(afterLine))]), sort: [.ascending("line")],
            limit: limit
        ).map { RowProblem(line: $0.line, code: $0.code, column: $0.column, value: $0.value) }
    }

    func note(
        _ scope: TenantScope, _ record: ImportRecord, action: String, requestID: String, details: BSONDocument = [:]
    ) async throws {
        try await audit.record(
            scope,
            AuditEntry(.dataModification, action, on: "import", record.id, details: details), requestID: requestID)
    }

    /// What a person may see of a name: no path, no control characters, not endless.
    static func cleanName(_ name: String) -> String {
        let last = name.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? ""
        let clean = String(last.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }.map(Character.init))
        return clean.isEmpty ? "orders.csv" : String(clean.prefix(200))
    }
}
