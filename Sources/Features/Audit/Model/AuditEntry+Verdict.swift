import BSON

extension AuditEntry {
    /// The act of having verified the chain.
    init(verified verdict: AuditVerdict) {
        var details: BSONDocument = ["rows_checked": .int(verdict.rowsChecked)]
        if let broken = verdict.broken {
            details.append("broken_seq", .int(broken.seq))
            details.append("broken_kind", .string(broken.kind.rawValue))
            details.append("broken_in_details", .bool(broken.isInDetails))
        }
        self.init(
            .securityEvent, AuditLog.verified, on: "audit_log", result: verdict.isIntact ? .ok : .failed,
            details: details)
    }
}

/// What the last verification said, read back from its row.
struct PastVerdict {
    let rowsChecked: Int
    let broken: ChainBreak?

    init?(_ record: AuditRecord) {
        guard record.row.action == AuditLog.verified, let details = record.payload?.details else { return nil }
        rowsChecked = details["rows_checked"]?.intValue ?? 0
        if let seq = details["broken_seq"]?.intValue,
            let kind = details["broken_kind"]?.stringValue.flatMap({ ChainBreak.Kind(rawValue: $0) })
        {
            broken = ChainBreak(seq: seq, kind: kind, isInDetails: details["broken_in_details"]?.boolValue ?? false)
        } else {
            broken = nil
        }
    }
}
