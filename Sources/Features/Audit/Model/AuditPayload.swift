import BSON
import Crypto
import FoundationEssentials
import Tenancy
import Vault

/// The readable side of a row: who it was by name, from where, and what was before and after.
public struct AuditPayload: Sendable, Hashable {
    public var id: String
    /// Makes the digest in the row useless for guessing the content.
    public var salt: String
    public var actorID: String?
    public var body: BSONDocument

    public init(id: String, salt: String, actorID: String?, body: BSONDocument) {
        self.id = id
        self.salt = salt
        self.actorID = actorID
        self.body = body
    }

    init(_ entry: AuditEntry, by actor: Actor, role: String) {
        var body: BSONDocument = ["actor_role": .string(role)]
        if let name = actor.name { body.append("actor_name", .string(name)) }
        if let address = entry.origin?.address { body.append("address", .string(address)) }
        if let agent = entry.origin?.userAgent { body.append("user_agent", .string(agent)) }
        if !entry.details.isEmpty { body.append("details", .document(entry.details)) }
        if let before = entry.before { body.append("before", .document(before)) }
        if let after = entry.after { body.append("after", .document(after)) }
        self.init(
            id: ID.make("aup"), salt: Hex.encode(RandomToken.randomBytes(16)), actorID: actor.id, body: body)
    }

    public var actorName: String? { body["actor_name"]?.stringValue }
    public var actorRole: String? { body["actor_role"]?.stringValue }
    public var address: String? { body["address"]?.stringValue }
    public var userAgent: String? { body["user_agent"]?.stringValue }
    public var details: BSONDocument? { body["details"]?.documentValue }
    public var before: BSONDocument? { body["before"]?.documentValue }
    public var after: BSONDocument? { body["after"]?.documentValue }

    /// What the row keeps of the whole.
    var hash: String { Self.hash(body, salt: salt) }

    /// Salted SHA-256 over canonical JSON.
    static func hash(_ document: BSONDocument, salt: String) -> String {
        Hex.encode(SHA256.hash(data: Array(salt.utf8) + CanonicalJSON.bytes(document)))
    }
}
