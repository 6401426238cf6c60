import BSON
import Tenancy
import Vault

/// A payload as it lies in the database: the body as bytes, sealed when the installation has keys.
struct StoredPayload: TenantDocument {
    static var spec: CollectionSpec { Audit.payloads }

    let id: String
    let salt: String
    let actorID: String?
    let body: [UInt8]
    let isSealed: Bool

    init(_ payload: AuditPayload, organizationID: String, sealer: Sealer?) throws {
        id = payload.id
        salt = payload.salt
        actorID = payload.actorID
        if let sealer {
            body = try sealer.seal(payload.body.bytes, context: Self.context(organizationID, id)).bytes
            isSealed = true
        } else {
            body = payload.body.bytes
            isSealed = false
        }
    }

    init(bson: BSONDocument) throws {
        id = try bson.string("_id")
        salt = try bson.string("salt")
        actorID = bson["actor_id"]?.stringValue
        body = bson["body"]?.binaryValue?.bytes ?? []
        isSealed = bson["sealed"]?.boolValue ?? false
    }

    func bson() -> BSONDocument {
        var writer = BSONWriter(capacity: body.count + 200)
        writer.append("_id", id)
        writer.append("salt", salt)
        if let actorID { writer.append("actor_id", actorID) }
        writer.append("body", body)
        writer.append("sealed", isSealed)
        return writer.finish()
    }

    /// The readable form; nil when it is sealed under a key that is gone, or damaged.
    func opened(organizationID: String, sealer: Sealer?) -> AuditPayload? {
        var bytes = body
        if isSealed {
            let box = SealedBox(bytes: body)
            guard let sealer, let clear = try? sealer.open(box, context: Self.context(organizationID, id)) else {
                return nil
            }
            bytes = clear
        }
        guard let document = try? BSONDocument(validating: bytes) else { return nil }
        return AuditPayload(id: id, salt: salt, actorID: actorID, body: document)
    }

    private static func context(_ organizationID: String, _ id: String) -> [String] {
        [organizationID, Audit.payloads.name, id, "body"]
    }
}

/// The last link known to be written.
struct StoredHead: TenantDocument, Codable {
    static var spec: CollectionSpec { Audit.heads }

    let id: String
    let seq: Int
    let hash: String

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case seq, hash
    }
}
