import BSON
import Crypto
import Foundation
import Tenancy
import Vault
import Web

/// One page of records as the vendor sent it, compressed and sealed, for replay.
struct RawRecord: TenantDocument, Equatable {
    var id: String
    var connectionID: String
    var stream: String
    var runID: String
    var span: Span
    var schemaVersion: Int
    var count: Int
    /// SHA-256 of the records as JSON, in hexadecimal.
    var hash: String
    var payload: [UInt8]
    var fetchedAt: Date
    /// Set once a later listing has everything this page had.
    var expiresAt: Date?

    static let spec = CollectionSpec(
        "raw_records",
        indexes: [
            IndexSpec("replay", [("connection_id", 1), ("stream", 1), ("fetched_at", 1), ("_id", 1)]),
            IndexSpec("content", [("connection_id", 1), ("stream", 1), ("hash", 1)]),
            IndexSpec("expiry", [("expires_at", 1)], expireAfterSeconds: 0),
        ],
        validator: .schema(
            required: ["connection_id", "stream", "run_id", "hash", "payload", "fetched_at"], properties: [:]))

    init(
        id: String, connectionID: String, stream: String, runID: String, span: Span, schemaVersion: Int, count: Int,
        hash: String, payload: [UInt8], fetchedAt: Date
    ) {
        self.id = id
        self.connectionID = connectionID
        self.stream = stream
        self.runID = runID
        self.span = span
        self.schemaVersion = schemaVersion
        self.count = count
        self.hash = hash
        self.payload = payload
        self.fetchedAt = fetchedAt
    }

    init(bson: BSONDocument) throws {
        id = try bson.string("_id")
        connectionID = try bson.string("connection_id")
        stream = try bson.string("stream")
        runID = try bson.string("run_id")
        let days = bson["from"]?.stringValue.flatMap { from in bson["to"]?.stringValue.map { (from, $0) } }
        span = days.map { .days(from: $0.0, to: $0.1) } ?? bson["since"]?.dateValue.map { .since($0) } ?? .all
        schemaVersion = try bson.int("schema_version")
        count = try bson.int("count")
        hash = try bson.string("hash")
        payload = bson["payload"]?.binaryValue?.bytes ?? []
        fetchedAt = try bson.date("fetched_at")
        expiresAt = bson["expires_at"]?.dateValue
    }

    func bson() -> BSONDocument {
        var writer = BSONWriter(capacity: payload.count + 400)
        writer.append("_id", id)
        writer.append("connection_id", connectionID)
        writer.append("stream", stream)
        writer.append("run_id", runID)
        writer.appendIfPresent("since", span.since)
        writer.appendIfPresent("from", span.days?.from)
        writer.appendIfPresent("to", span.days?.to)
        writer.append("schema_version", schemaVersion)
        writer.append("count", count)
        writer.append("hash", hash)
        writer.append("payload", payload)
        writer.append("fetched_at", fetchedAt)
        writer.appendIfPresent("expires_at", expiresAt)
        return writer.finish()
    }
}

/// Packs records for keeping: JSON, gzip, sealed for one organization and connection.
struct RawPacking: Sendable {
    static let largest = 256 << 20

    let sealer: Sealer
    let context: [String]

    func pack(_ records: [JSONValue]) throws -> (payload: [UInt8], hash: String) {
        let plain = JSONValue.array(records).bytes
        guard let small = Gzip.compress(plain) else { throw VendorFault.retry("compression") }
        return (try sealer.seal(small, context: context).bytes, Hex.encode(SHA256.hash(data: plain)))
    }

    /// The records, checked against the hash they were kept with.
    func unpack(_ raw: RawRecord) throws -> [JSONValue] {
        let small = try sealer.open(SealedBox(bytes: raw.payload), context: context)
        let size = small.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        guard let plain = Gzip.decompress(small, limit: min(max(size, 64), Self.largest)),
            Hex.encode(SHA256.hash(data: plain)) == raw.hash
        else { throw VendorFault.schema(field: "raw", message: "A kept page does not match its hash.") }
        return try JSONParser.parse(plain, maximumDepth: 100, allowsDatabaseNames: true).list
    }
}
