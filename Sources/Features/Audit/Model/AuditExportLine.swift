import BSON
import FoundationEssentials
import Web

/// The lines of an exported log: a head that says where the chain ends, then one line per row.
///
/// Everything needed to check the chain offline is in the file; see ``AuditFile``.
enum AuditExportLine {
    static let format = "omnify-audit-1"

    static func head(organizationID: String, exportedAt: Date, end: (seq: Int, hash: String)?) -> [UInt8] {
        line([
            ("format", .string(format)), ("organization_id", .string(organizationID)),
            ("exported_at", .date(exportedAt)), ("last_seq", .int(end?.seq ?? 0)),
            ("last_hash", .string(end?.hash ?? AuditRow.genesis)),
        ])
    }

    static func row(_ record: AuditRecord, organizationID: String) -> [UInt8] {
        let members = record.row.members(organizationID: organizationID) + [("hash", .string(record.row.hash))]
        return line([
            ("row", .document(BSONDocument(members))),
            ("payload", record.payload.map { .document($0.body) } ?? .null),
            ("salt", record.payload.map { .string($0.salt) } ?? .null),
        ])
    }

    private static func line(_ members: [(String, BSONValue)]) -> [UInt8] {
        var bytes: [UInt8] = []
        CanonicalJSON.appendObject(members, to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    /// Reads a row's line back. Nil when anything is not spelt exactly as ``row(_:organizationID:)`` spells it.
    static func parse(row line: [UInt8], organizationID: String) -> CheckedRow? {
        guard let json = try? JSONParser.parse(line), case .object(let parts)? = json["row"],
            let row = AuditRow(json: JSONValue.object(parts))
        else { return nil }
        var payload: AuditPayload?
        if let body = json["payload"], body != .null, let salt = json["salt"]?.stringValue,
            case .document(let document) = body.bson
        {
            payload = AuditPayload(id: row.payloadRef, salt: salt, actorID: row.actorID, body: document)
        }
        let again = self.row(AuditRecord(row: row, payload: payload), organizationID: organizationID)
        guard again.dropLast().elementsEqual(line) else { return nil }
        return CheckedRow(row, organizationID: organizationID, payload: payload)
    }
}

extension AuditRow {
    init?(json: JSONValue) {
        func text(_ key: String) -> String? { json[key]?.stringValue }
        func date(_ key: String) -> Date? {
            text(key).flatMap { CanonicalJSON.milliseconds($0) }.map { Date(timeIntervalSince1970: Double($0) / 1000) }
        }
        guard let id = text("audit_id"), let seq = json["seq"]?.int64Value, let ts = date("ts"),
            let event = text("event").flatMap({ AuditEvent(rawValue: $0) }), let action = text("action"),
            let resourceType = text("resource_type"),
            let result = text("result").flatMap({ AuditResult(rawValue: $0) }),
            let actorType = text("actor_type"), let payloadRef = text("payload_ref"),
            let payloadHash = text("payload_hash"), let retentionUntil = date("retention_until"),
            let prevHash = text("prev_hash"), let hash = text("hash")
        else { return nil }
        self.init(
            id: id, seq: Int(seq), ts: ts, event: event, action: action, resourceType: resourceType,
            resourceID: text("resource_id"), result: result, actorType: actorType, actorID: text("actor_id"),
            requestID: text("request_id"), beforeHash: text("before_hash"), afterHash: text("after_hash"),
            payloadRef: payloadRef, payloadHash: payloadHash, retentionUntil: retentionUntil, prevHash: prevHash,
            hash: hash)
    }
}

extension JSONValue {
    /// The same value for hashing; objects keep their order, which canonical JSON does not look at.
    fileprivate var bson: BSONValue {
        switch self {
        case .null: .null
        case .bool(let flag): .bool(flag)
        case .int(let number): .int64(number)
        case .double(let number): .double(number)
        case .string(let text): .string(text)
        case .array(let items): .array(items.map(\.bson))
        case .object(let members): .document(BSONDocument(members.map { ($0.name, $0.value.bson) }))
        }
    }
}
