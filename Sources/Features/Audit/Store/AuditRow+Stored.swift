import BSON
import FoundationEssentials
import Tenancy

extension AuditRow: TenantDocument {
    public static var spec: CollectionSpec { Audit.rows }

    public init(bson: BSONDocument) throws {
        func text(_ key: String) -> String? { bson[key]?.stringValue }
        guard let event = AuditEvent(rawValue: try bson.string("event")),
            let result = AuditResult(rawValue: try bson.string("result"))
        else { throw BSONError(.invalidValue, "an audit row of an unknown kind") }
        self.init(
            id: try bson.string("_id"), seq: try bson.int("seq"), ts: try bson.date("ts"), event: event,
            action: try bson.string("action"), resourceType: try bson.string("resource_type"),
            resourceID: text("resource_id"), result: result, actorType: try bson.string("actor_type"),
            actorID: text("actor_id"), requestID: text("request_id"), beforeHash: text("before_hash"),
            afterHash: text("after_hash"), payloadRef: try bson.string("payload_ref"),
            payloadHash: try bson.string("payload_hash"), retentionUntil: try bson.date("retention_until"),
            prevHash: try bson.string("prev_hash"), hash: try bson.string("hash"))
    }

    public func bson() -> BSONDocument {
        var writer = BSONWriter(capacity: 768)
        writer.append("_id", id)
        writer.append("seq", seq)
        writer.append("ts", ts)
        writer.append("event", event.rawValue)
        writer.append("action", action)
        writer.append("resource_type", resourceType)
        if let resourceID { writer.append("resource_id", resourceID) }
        writer.append("result", result.rawValue)
        writer.append("actor_type", actorType)
        if let actorID { writer.append("actor_id", actorID) }
        if let requestID { writer.append("request_id", requestID) }
        if let beforeHash { writer.append("before_hash", beforeHash) }
        if let afterHash { writer.append("after_hash", afterHash) }
        writer.append("payload_ref", payloadRef)
        writer.append("payload_hash", payloadHash)
        writer.append("retention_until", retentionUntil)
        writer.append("prev_hash", prevHash)
        writer.append("hash", hash)
        return writer.finish()
    }
}

extension AuditRow {
    /// Stands for a row that was damaged beyond reading.
    static func unreadable(seq: Int) -> AuditRow {
        AuditRow(
            id: "", seq: seq, ts: .distantPast, event: .securityEvent, action: "", resourceType: "", result: .failed,
            actorType: "", payloadRef: "", payloadHash: "", retentionUntil: .distantPast, prevHash: "", hash: "")
    }
}

/// A row as verification and export read it: damage is a finding, not an error.
struct FoundRow: BSONConvertible {
    let row: AuditRow?
    let seq: Int

    init(bson: BSONDocument) {
        row = try? AuditRow(bson: bson)
        seq = bson["seq"]?.intValue ?? 0
    }

    func bson() -> BSONDocument { row?.bson() ?? [:] }
}
