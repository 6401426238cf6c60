import BSON
import FoundationEssentials
import Mongo
import Tenancy
import Vault

extension AuditLog {
    /// The whole log as JSON lines in portions, oldest first, with all chain fields: input of ``AuditFile``.
    ///
    /// Records the export itself first, so that the file ends with the row that says who took it.
    public func export(_ scope: TenantScope, requestID: String? = nil) async throws -> AuditExport {
        try await record(scope, AuditEntry(.dataAccess, "audit.exported", on: "audit_log"), requestID: requestID)
        let head = try await heads(scope).get(id: scope.organizationID)
        let first = AuditExportLine.head(
            organizationID: scope.organizationID, exportedAt: clock.now(), end: head.map { ($0.seq, $0.hash) })
        return AuditExport(log: self, scope: scope, head: first, lastSeq: head?.seq ?? 0, rows: try found(scope))
    }
}

/// The portions of an export: the head alone, then lines of some thousand rows each.
public struct AuditExport: AsyncSequence, Sendable {
    public typealias Element = [UInt8]

    let log: AuditLog
    let scope: TenantScope
    let head: [UInt8]
    let lastSeq: Int
    let rows: TenantBatches<FoundRow>

    public struct AsyncIterator: AsyncIteratorProtocol {
        let export: AuditExport
        var rows: TenantBatches<FoundRow>.AsyncIterator
        var hasBegun = false

        public mutating func next() async throws -> [UInt8]? {
            guard hasBegun else {
                hasBegun = true
                return export.head
            }
            guard let batch = try await rows.next() else { return nil }
            // Rows written after the head was read belong to the next export.
            let wanted = batch.compactMap(\.row).filter { $0.seq <= export.lastSeq }
            guard !wanted.isEmpty else { return nil }
            let records = try await export.log.withPayloads(wanted, export.scope)
            return records.flatMap { AuditExportLine.row($0, organizationID: export.scope.organizationID) }
        }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(export: self, rows: rows.makeAsyncIterator()) }
}
