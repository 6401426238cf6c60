import BSON
import Crypto
import FoundationEssentials
import Vault
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

    /// The readable details go in as text, exactly as they were hashed, so that any program can check them.
    static func row(_ record: AuditRecord, organizationID: String) -> [UInt8] {
        let details = record.payload.map { payload in
            Details(text: String(decoding: CanonicalJSON.bytes(payload.body), as: UTF8.self), salt: payload.salt)
        }
        return row(record.row, details, organizationID: organizationID)
    }

    private struct Details {
        let text: String
        let salt: String

        var hash: String { Hex.encode(SHA256.hash(data: Array((salt + text).utf8))) }
    }

    private static func row(_ row: AuditRow, _ details: Details?, organizationID: String) -> [UInt8] {
        let members = row.members(organizationID: organizationID) + [("hash", .string(row.hash))]
        return line([
            ("row", .document(BSONDocument(members))), ("payload", details.map { .string($0.text) } ?? .null),
            ("salt", details.map { .string($0.salt) } ?? .null),
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
        var details: Details?
        if let text = json["payload"]?.stringValue, let salt = json["salt"]?.stringValue {
            details = Details(text: text, salt: salt)
        }
        guard self.row(row, details, organizationID: organizationID).dropLast().elementsEqual(line) else { return nil }
        return CheckedRow(
            row, organizationID: organizationID, detailsAreSound: details.map { $0.hash == row.payloadHash } ?? true)
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
