import BSON
import FoundationEssentials
import Mongo
import Telemetry
import Tenancy
import Vault

/// The audit log's only writer and reader.
///
/// Make one per process and pass it around; copies share the queue of writers. There is no way to change or remove a
/// row through it.
public struct AuditLog: Sendable {
    let database: MongoDatabase
    let clock: WallClock
    let sealer: Sealer?
    private let queue = ChainQueue()

    /// - Parameter sealer: seals the readable details; without one they are stored in the clear.
    public init(database: MongoDatabase, clock: WallClock = .system, sealer: Sealer? = nil) {
        self.database = database
        self.clock = clock
        self.sealer = sealer
    }

    func rows(_ scope: TenantScope) -> TenantCollection<AuditRow> { TenantCollection(scope, database) }
    func payloads(_ scope: TenantScope) -> TenantCollection<StoredPayload> { TenantCollection(scope, database) }
    func heads(_ scope: TenantScope) -> TenantCollection<StoredHead> { TenantCollection(scope, database) }

    /// Appends an act to the organization's chain. When this throws, the act must not happen.
    ///
    /// Inside a transaction a second writer makes the transaction start over, which `withTransaction` does by itself.
    @discardableResult
    public nonisolated(nonsending) func record(
        _ scope: TenantScope, _ entry: AuditEntry, requestID: String? = nil, in transaction: MongoTransaction? = nil
    ) async throws -> AuditRow {
        let payload = AuditPayload(entry, by: scope.actor, role: scope.role.rawValue)
        let row = draft(entry, payload, scope, requestID)
        do {
            let written: AuditRow
            if let transaction {
                written = try await append(row, payload, scope, in: transaction)
            } else {
                written = try await appendInTurn(row, payload, scope)
            }
            Self.written.increment()
            return written
        } catch {
            Self.failures.increment()
            throw error
        }
    }

    private func draft(
        _ entry: AuditEntry, _ payload: AuditPayload, _ scope: TenantScope, _ requestID: String?
    ) -> AuditRow {
        let now = clock.now().wholeMilliseconds
        return AuditRow(
            id: ID.make("aud", at: now), seq: 0, ts: now, event: entry.event, action: entry.action,
            resourceType: entry.resourceType, resourceID: entry.resourceID, result: entry.result,
            actorType: scope.actor.kind, actorID: scope.actor.id, requestID: requestID,
            beforeHash: entry.before.map { AuditPayload.hash($0, salt: payload.salt) },
            afterHash: entry.after.map { AuditPayload.hash($0, salt: payload.salt) }, payloadRef: payload.id,
            payloadHash: payload.hash, retentionUntil: now, prevHash: "", hash: "")
    }

    /// Waits for the turn in this process, then tries until no other process was faster.
    private nonisolated(nonsending) func appendInTurn(
        _ row: AuditRow, _ payload: AuditPayload, _ scope: TenantScope
    ) async throws -> AuditRow {
        await queue.enter(scope.organizationID)
        defer { queue.leave(scope.organizationID) }
        try await payloads(scope).insert(stored(payload, scope))
        var attempt = 0
        while true {
            do {
                return try await link(row, scope, in: nil)
            } catch let error as MongoError where error.isDuplicateKey && attempt < Self.maximumAttempts {
                attempt += 1
                // Rivals wait for different times, by the last character of their own row's name.
                let share = Int(row.id.utf8.last ?? 1) % 16 + 1
                try await Task.sleep(for: .milliseconds(min(100, 5 * attempt) * share / 16 + 1))
            }
        }
    }

    private nonisolated(nonsending) func append(
        _ row: AuditRow, _ payload: AuditPayload, _ scope: TenantScope, in transaction: MongoTransaction
    ) async throws -> AuditRow {
        try await payloads(scope).insert(stored(payload, scope), in: transaction)
        return try await link(row, scope, in: transaction)
    }

    private func stored(_ payload: AuditPayload, _ scope: TenantScope) throws -> StoredPayload {
        try StoredPayload(payload, organizationID: scope.organizationID, sealer: sealer)
    }

    /// Hangs the row on the present end of the chain. The unique index on (organization, seq) lets one writer win.
    private nonisolated(nonsending) func link(
        _ draft: AuditRow, _ scope: TenantScope, in transaction: MongoTransaction?
    ) async throws -> AuditRow {
        let last = try await rows(scope).first(.all, sort: [.descending("seq")], in: transaction)
        var row = draft
        row.link(
            after: last.map { ChainHead(seq: $0.seq, hash: $0.hash, ts: $0.ts) } ?? .start,
            organizationID: scope.organizationID)
        try await rows(scope).insert(row, in: transaction)
        try await advanceHead(to: row, scope, in: transaction)
        return row
    }

    /// Notes the new end, unless a later writer has noted a later one.
    private nonisolated(nonsending) func advanceHead(
        to row: AuditRow, _ scope: TenantScope, in transaction: MongoTransaction?
    ) async throws {
        let id = scope.organizationID
        do {
            try await heads(scope).update(
                .and([.id(id), .lt("seq", .int(row.seq))]),
                [.set("seq", .int(row.seq)), .set("hash", .string(row.hash))], upsert: true, in: transaction)
        } catch let error as MongoError where error.isDuplicateKey && transaction == nil {
            return
        }
    }

    private static let maximumAttempts = 60

    private static let written = MetricsRegistry.shared.counter("audit_rows_total", help: "Audit rows written.")
    private static let failures = MetricsRegistry.shared.counter(
        "audit_write_failures_total", help: "Audit rows that could not be written; the act was refused.")
}
