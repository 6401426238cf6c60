import BSON
import Crypto
import FoundationEssentials
import Tenancy
import Vault

/// One link of an organization's chain.
public struct AuditRow: Sendable, Hashable, Identifiable {
    public var id: String
    /// 1, 2, 3 … without gaps inside the organization.
    public var seq: Int
    /// Never before the time of the row ahead of it.
    public var ts: Date
    public var event: AuditEvent
    public var action: String
    public var resourceType: String
    public var resourceID: String?
    public var result: AuditResult
    public var actorType: String
    public var actorID: String?
    public var requestID: String?
    /// Salted digests of the readable before and after.
    public var beforeHash: String?
    public var afterHash: String?
    public var payloadRef: String
    public var payloadHash: String
    public var retentionUntil: Date
    public var prevHash: String
    public var hash: String

    /// What the first row has in place of a predecessor's hash.
    public static let genesis = String(repeating: "0", count: 64)

    /// All members but the hash, as they go into it.
    func members(organizationID: String) -> [(String, BSONValue)] {
        [
            ("audit_id", .string(id)), ("organization_id", .string(organizationID)), ("seq", .int(seq)),
            ("ts", .date(ts)), ("event", .string(event.rawValue)), ("action", .string(action)),
            ("resource_type", .string(resourceType)), ("resource_id", resourceID.map { .string($0) } ?? .null),
            ("result", .string(result.rawValue)), ("actor_type", .string(actorType)),
            ("actor_id", actorID.map { .string($0) } ?? .null), ("request_id", requestID.map { .string($0) } ?? .null),
            ("before_hash", beforeHash.map { .string($0) } ?? .null),
            ("after_hash", afterHash.map { .string($0) } ?? .null), ("payload_ref", .string(payloadRef)),
            ("payload_hash", .string(payloadHash)), ("retention_until", .date(retentionUntil)),
            ("prev_hash", .string(prevHash)),
        ]
    }

    /// SHA-256 over the predecessor's hash and the canonical JSON of the row without its own hash.
    func computedHash(organizationID: String) -> String {
        var bytes = Array(prevHash.utf8)
        CanonicalJSON.appendObject(members(organizationID: organizationID), to: &bytes)
        return Hex.encode(SHA256.hash(data: bytes))
    }

    /// Gives the row its place behind another, with the hashes that follow from it.
    mutating func link(after head: ChainHead, organizationID: String) {
        seq = head.seq + 1
        ts = max(ts, head.ts)
        retentionUntil = ts.addingTimeInterval(Double(Audit.retentionDays) * 86_400)
        prevHash = head.hash
        hash = computedHash(organizationID: organizationID)
    }
}

/// The end of a chain: what the next row is hung on.
public struct ChainHead: Sendable, Hashable {
    public let seq: Int
    public let hash: String
    public let ts: Date

    public init(seq: Int, hash: String, ts: Date) {
        self.seq = seq
        self.hash = hash
        self.ts = ts
    }

    static let start = ChainHead(seq: 0, hash: AuditRow.genesis, ts: .distantPast)
}
