import BSON
import Mongo
import Tenancy

extension AuditLog {
    /// Recomputes the whole chain, row by row, and compares the details that still exist with what the rows say of
    /// them. Memory stays flat; a million rows take some tens of seconds, so call it from a job for big logs.
    public func verify(_ scope: TenantScope) async throws -> AuditVerdict {
        let head = try await heads(scope).get(id: scope.organizationID)
        var verifier = ChainVerifier()
        for try await batch in try found(scope) {
            let sound = batch.compactMap(\.row)
            let records = try await withPayloads(sound, scope)
            var details: [String: AuditPayload] = [:]
            for record in records { details[record.row.payloadRef] = record.payload }
            for item in batch { verifier.feed(checked(item, details, scope)) }
            if verifier.isDecided { break }
        }
        return verifier.finish(head: head.map { ($0.seq, $0.hash) })
    }

    /// Rows in the order of their numbers; equal numbers, which only tampering can make, in the order of their ids.
    func found(_ scope: TenantScope) throws -> TenantBatches<FoundRow> {
        try rows(scope).aggregateBatches(
            [.sort([.ascending("seq"), .ascending("_id")])], as: FoundRow.self, batchSize: 2_000)
    }

    private func checked(_ item: FoundRow, _ details: [String: AuditPayload], _ scope: TenantScope) -> CheckedRow {
        guard let row = item.row else {
            return CheckedRow(unreadableAt: item.seq, organizationID: scope.organizationID)
        }
        return CheckedRow(row, organizationID: scope.organizationID, payload: details[row.payloadRef])
    }
}
