import Audit
import BSON
import Customers
import Foundation
import Jobs
import Records
import Tenancy
import Vault

extension Imports {
    /// Rows left out that are stored for looking at; all are counted.
    static let storedProblems = 100_000

    /// The rights of whoever started the job, as they are now.
    func jobScope(_ job: Job, requiring permission: Permission) async throws -> TenantScope {
        guard
            let scope = try await memberships.jobScope(organizationID: job.partition, startedBy: job.startedBy)
        else { throw TenancyError.notFound }
        try scope.require(permission)
        return scope
    }

    /// Waits until no other import writes through the connection.
    func waitForTurn(_ scope: TenantScope, _ record: ImportRecord, _ context: JobContext) async throws {
        while try await !acquire(scope, record.connectionID, holder: record.id) {
            try await context.progress(stage: "waiting", rowsDone: 0, expected: nil)
            try await Task.sleep(for: .seconds(1))
        }
    }

    func quarantine(
        _ scope: TenantScope, _ record: ImportRecord, _ problems: [RowProblem], countBefore: Int
    ) async throws {
        guard !problems.isEmpty, countBefore - problems.count < Self.storedProblems else { return }
        let ids = DerivedID("imr", scope.organizationID, record.id)
        let documents = problems.map { problem in
            TenantBulk<StoredProblem>.replace(
                StoredProblem(
                    id: ids(String(problem.line)), importID: record.id, line: problem.line, code: problem.code,
                    column: problem.column, value: problem.value), upsert: true)
        }
        _ = try await TenantCollection<StoredProblem>(scope, database).bulk(documents)
    }

    /// Marks the import as through, tells the audit log, and lets go of a file that must not be kept.
    func complete(_ scope: TenantScope, _ record: ImportRecord, _ counts: ImportCounts) async throws {
        try await note(
            scope, record, action: "import.finished", requestID: record.jobID ?? "",
            details: [
                "rows": .int(counts.rows), "orders_new": .int(counts.ordersNew),
                "orders_updated": .int(counts.ordersUpdated), "customers_new": .int(counts.customersNew),
                "quarantined": .int(counts.quarantined), "consents_new": .int(counts.consentsNew),
            ])
        if counts.cardNumbers > 0 { try await files.remove(scope, record.id) }
        try await update(
            scope, record.id,
            [
                .set("state", .string(ImportState.finished.rawValue)),
                .set("counts", .document(try BSONEncoder().encode(counts))),
                .set("file_removed", .bool(counts.cardNumbers > 0)), .set("finished_at", .date(clock.now())),
            ])
    }

    /// The file cannot be read to its end. What was written before that stays, and can be undone.
    func fail(_ scope: TenantScope, _ record: ImportRecord, _ failure: ImportFailure) async throws {
        try await audit.record(
            scope,
            AuditEntry(
                .dataModification, "import.failed", on: "import", record.id, result: .failed,
                details: ["code": .string(failure.code)]), requestID: record.jobID ?? "")
        try await update(
            scope, record.id,
            [
                .set("state", .string(ImportState.failed.rawValue)),
                .set("failure", .document(try BSONEncoder().encode(failure))), .set("finished_at", .date(clock.now())),
            ])
    }

    func noteConnection(_ scope: TenantScope, _ connection: Connection, requestID: String) async throws {
        try await audit.record(
            scope,
            AuditEntry(
                .configurationChange, "connection.created", on: "connection", connection.id,
                details: ["platform": .string(connection.platform), "label": .string(connection.label)]),
            requestID: requestID)
    }
}
