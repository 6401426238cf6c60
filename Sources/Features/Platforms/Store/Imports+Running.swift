import Audit
import BSON
import Customers
import Foundation
import Jobs
import Records
import Tenancy
import Vault

/// A person's word that everybody in the file consented.
public struct ConsentConfirmation: Sendable, Equatable {
    /// Moves whenever a sentence that is confirmed changes its meaning. There is one for each kind of file: analysis of
    /// orders, of a person's data, of what they do.
    public static func wordingVersion(of template: ImportTemplate) -> String {
        template == .orders ? "import-2026-11" : "import-\(template.rawValue)-2026-11"
    }
    /// Days for which consent holds unless the person says otherwise, and the longest they may say.
    public static let standardDays = 365
    public static let maximumDays = 1095

    public var purpose: Purpose
    public var days: Int

    public init(purpose: Purpose = .marketingAnalytics, days: Int = ConsentConfirmation.standardDays) {
        self.purpose = purpose
        self.days = days
    }
}

extension Imports {
    /// Puts the import in the queue. A statement of consent is entered with it, in the audit log under the person's
    /// name and in the ledger for every customer of the file.
    public func start(
        _ scope: TenantScope, _ id: String, confirmation: ConsentConfirmation?, requestID: String = ""
    ) async throws -> (record: ImportRecord, job: Job) {
        try scope.requireWritable()
        var record = try await current(scope, id).record
        guard record.state == .uploaded || record.state == .failed else { throw ImportError.wrongState(record.state) }
        guard !record.fileRemoved else { throw ImportError.fileGone }
        for obstacle in record.obstacles {
            switch obstacle {
            case .missingColumn: throw ImportError.mappingIncomplete(record.mapping.missing)
            case .ambiguousDates: throw ImportError.ambiguousDates
            case .ambiguousNumbers: throw ImportError.ambiguousNumbers
            }
        }
        record.statement = record.mapping.template.hasConsent ? confirmation.map { statement($0, record, scope) } : nil
        record.state = .queued
        record.failure = nil
        record.updatedAt = clock.now()
        record.version += 1
        try await noteStart(scope, record, requestID: requestID)
        try await records(scope).replace(record)
        let job = try await queue.enqueue(
            ImportJob.self, partition: scope.organizationID, parameters: .init(importID: id),
            idempotencyKey: "import:\(id):\(record.version)", startedBy: scope.userID)
        return (try await remember(scope, &record, job), job)
    }

    private func statement(
        _ confirmation: ConsentConfirmation, _ record: ImportRecord, _ scope: TenantScope
    ) -> ConsentStatement {
        let now = clock.now()
        let days = min(max(confirmation.days, 1), ConsentConfirmation.maximumDays)
        return ConsentStatement(
            purpose: confirmation.purpose,
            wordingVersion: ConsentConfirmation.wordingVersion(of: record.mapping.template), statedAt: now,
            expiresAt: now.addingTimeInterval(Double(days) * 86_400), statedBy: scope.actor.id ?? scope.actor.kind,
            proof: "\(record.id) sha256:\(record.sha256)")
    }

    private func noteStart(_ scope: TenantScope, _ record: ImportRecord, requestID: String) async throws {
        if let statement = record.statement {
            try await note(
                scope, record, action: "consent.statement", requestID: requestID,
                details: [
                    "purpose": .string(statement.purpose.rawValue),
                    "wording_version": .string(statement.wordingVersion),
                    "expires_at": .date(statement.expiresAt), "file_name": .string(record.fileName),
                    "sha256": .string(record.sha256),
                ])
        }
        try await note(
            scope, record, action: "import.started", requestID: requestID,
            details: [
                "file_name": .string(record.fileName), "sha256": .string(record.sha256),
            ])
    }

    /// Puts the undoing of a finished import in the queue.
    public func startUndo(
        _ scope: TenantScope, _ id: String, requestID: String = ""
    ) async throws -> (record: ImportRecord, job: Job) {
        try scope.requireWritable()
        var record = try await current(scope, id).record
        guard record.state == .finished || record.state == .failed else { throw ImportError.wrongState(record.state) }
        record.state = .undoing
        record.updatedAt = clock.now()
        record.version += 1
        try await note(scope, record, action: "import.undo_started", requestID: requestID)
        try await records(scope).replace(record)
        let job = try await queue.enqueue(
            UndoImportJob.self, partition: scope.organizationID, parameters: .init(importID: id),
            idempotencyKey: "import.undo:\(id):\(record.version)", startedBy: scope.userID)
        return (try await remember(scope, &record, job), job)
    }

    /// Only the job's id: the job may be at work already, and writes its own state.
    private func remember(_ scope: TenantScope, _ record: inout ImportRecord, _ job: Job) async throws -> ImportRecord {
        record.jobID = job.id
        _ = try await records(scope).update(.id(record.id), [.set("job_id", .string(job.id))])
        return record
    }

    /// - Parameter isWhole: the writer will see each row of the file
    func store(_ scope: TenantScope, _ record: ImportRecord, isWhole: Bool = false) async throws -> ImportStore {
        let connection = try await connection(scope, id: record.connectionID)
        let source = WriteSource(
            connectionID: connection.id, platform: connection.platform, label: connection.label, importID: record.id)
        let people = CustomerWriter(
            scope, database, source: source, keys: keys, statement: record.statement, isAlone: true,
            isWhole: isWhole, isUndoable: true, clock: clock)
        let records = RecordWriter(
            scope, database, source: source, stream: record.mapping.template.rawValue, isUndoable: true, clock: clock
        ) { people.customerID($0) }
        return ImportStore(template: record.mapping.template, people: people, records: records)
    }

    /// Changes an import's record from a job, whatever has become of it meanwhile.
    func update(_ scope: TenantScope, _ id: String, _ operations: Update) async throws {
        var update = operations
        update.append(.set("updated_at", .date(clock.now())))
        update.append(.inc("version", 1))
        _ = try await records(scope).update(.id(id), update)
    }
}
