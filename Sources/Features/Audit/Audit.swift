import BSON
import Tenancy

/// Who did what, when and with which result: an append-only record per organization whose rows are chained by hashes,
/// so that a change made behind the product's back is found and located.
public enum Audit {
    /// How long a row is kept: seven years.
    public static let retentionDays = 2_555

    public static let rows = CollectionSpec(
        "audit_log",
        indexes: [
            IndexSpec("seq", [("seq", -1)], unique: true),
            IndexSpec("ts", [("ts", -1)]),
            IndexSpec("event", [("event", 1), ("seq", -1)]),
            IndexSpec("actor", [("actor_id", 1), ("seq", -1)]),
            IndexSpec("resource", [("resource_type", 1), ("resource_id", 1), ("seq", -1)]),
            IndexSpec("result", [("result", 1), ("seq", -1)]),
            IndexSpec("action", [("action", 1), ("seq", -1)]),
            IndexSpec("request", [("request_id", 1)]),
        ],
        validator: .schema(
            required: ["seq", "ts", "event", "action", "resource_type", "result", "actor_type", "prev_hash", "hash"],
            properties: [
                "seq": ["bsonType": "long", "minimum": 1],
                "ts": ["bsonType": "date"],
                "event": ["enum": .strings(AuditEvent.allCases.map(\.rawValue))],
                "result": ["enum": .strings(AuditResult.allCases.map(\.rawValue))],
                "action": ["bsonType": "string", "minLength": 1],
                "prev_hash": ["bsonType": "string", "minLength": 64, "maxLength": 64],
                "hash": ["bsonType": "string", "minLength": 64, "maxLength": 64],
            ])
    )

    /// Readable details apart from the chain, so that one person's can be destroyed without breaking it.
    public static let payloads = CollectionSpec(
        "audit_payloads", indexes: [IndexSpec("actor", [("actor_id", 1)])],
        validator: .schema(required: ["salt", "body"], properties: ["body": ["bsonType": "binData"]]))

    /// One row per organization: the last link known to be written. A chain cut short at its end shows against it.
    public static let heads = CollectionSpec("audit_heads")

    public static let collections: [CollectionSpec] = [rows, payloads, heads]
}
