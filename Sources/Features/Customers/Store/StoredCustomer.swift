import BSON
import Foundation
import Tenancy

/// A customer as stored: pseudonymous by default, clear values only sealed, counters derived from orders.
struct StoredCustomer: TenantDocument, Equatable {
    var id: String
    var connectionID: String
    var externalID: String
    var emailToken: String?
    /// `m…@example.com`.
    var emailHint: String?
    /// Sealed ``PersonDetails``.
    var sealed: [UInt8]?
    /// Tells whether what the source knows of the person has changed, without opening it.
    var profileHash: String?
    var country: String?
    /// The address is a team's: it says nothing about who somebody is.
    var isEmailShared = false
    var phoneToken: String?
    /// `platform/id` of the same person elsewhere, as the source says.
    var links: [String] = []
    var region: String?
    /// The middle of the country or region; never where somebody lives.
    var location: GeoPoint?
    var language: String?
    var lifecycleStage: String?
    var tags: [String] = []
    var sourceCreatedAt: Date?
    var currency: String
    var counters = CustomerCounters()
    /// Standing for marketing analytics, as of the last change of the ledger.
    var consent = ConsentVerdict(.missing)
    /// When the source last changed the person, as it says.
    var sourceUpdatedAt: Date?
    var importID: String
    /// The last import or sync that changed what is known of the person.
    var updatedImportID: String?
    /// Under whom the person is counted, where that is not this row.
    var mergedInto: String?
    var deletedAt: Date?
    var createdAt: Date
    var updatedAt: Date
    var version: Int64 = 1

    /// One customer per external id of a connection: `_id` is derived from both.
    static let spec = CollectionSpec(
        "customers",
        indexes: [
            IndexSpec("id", [("_id", 1)]),
            IndexSpec("last_order", [("last_order_at", -1), ("_id", -1)]),
            IndexSpec("spent", [("spent_minor", -1), ("_id", -1)]),
            IndexSpec("orders", [("orders_count", -1), ("_id", -1)]),
            IndexSpec("name", [("external_id", 1), ("_id", 1)]),
            IndexSpec("email", [("email_token", 1)], partial: ["email_token": ["$exists": true]]),
            IndexSpec("phone", [("phone_token", 1)], partial: ["phone_token": ["$exists": true]]),
            IndexSpec("consent", [("consent_state", 1), ("consent_until", 1)]),
            IndexSpec("source", [("connection_id", 1), ("import_id", 1)]),
            IndexSpec(
                "import_updated", [("updated_import_id", 1)], partial: ["updated_import_id": ["$exists": true]]),
            IndexSpec("merged", [("merged_into", 1)], partial: ["merged_into": ["$exists": true]]),
            IndexSpec("links", [("links", 1)], partial: ["links": ["$exists": true]]),
            IndexSpec("place", keys: [.sphere("location")]),
            IndexSpec("words", keys: [.text("external_id"), .text("tags")]),
        ],
        validator: .schema(
            required: [
                "connection_id", "external_id", "currency", "orders_count", "spent_minor", "consent_state",
                "created_at",
                "updated_at",
            ],
            properties: [
                "orders_count": ["bsonType": ["int", "long"], "minimum": 0],
                "spent_minor": ["bsonType": "long"],
                "currency": ["bsonType": "string", "minLength": 3, "maxLength": 3],
                "consent_state": ["enum": .strings(ConsentStanding.allCases.map(\.rawValue))],
            ]))

    init(id: String, externalID: String, source: WriteSource, currency: String, now: Date) {
        self.id = id
        self.externalID = externalID
        self.currency = currency
        connectionID = source.connectionID
        importID = source.importID
        createdAt = now
        updatedAt = now
    }

    init(bson: BSONDocument) throws {
        id = ""
        externalID = ""
        connectionID = ""
        currency = ""
        importID = ""
        createdAt = .distantPast
        updatedAt = .distantPast
        var reader = BSONReader(bson)
        while let field = try reader.next() {
            if try readIdentity(field) { continue }
            if try counters.read(field) { continue }
            switch field.key {
            case "consent_state": consent.standing = ConsentStanding(rawValue: try field.string()) ?? .missing
            case "consent_until": consent.until = field.isNull ? nil : try field.date()
            case "merged_into": mergedInto = try field.string()
            case "deleted_at": deletedAt = try field.date()
            case "created_at": createdAt = try field.date()
            case "updated_at": updatedAt = try field.date()
            case "version": version = try field.int64()
            default: break
            }
        }
    }

    private mutating func readIdentity(_ field: BSONField) throws -> Bool {
        switch field.key {
        case "_id": id = try field.string()
        case "connection_id": connectionID = try field.string()
        case "external_id": externalID = try field.string()
        case "email_token": emailToken = try field.string()
        case "email_hint": emailHint = try field.string()
        case "pii": sealed = try field.binary().bytes
        case "profile_hash": profileHash = try field.string()
        case "country": country = try field.string()
        case "email_shared": isEmailShared = try field.bool()
        case "phone_token": phoneToken = try field.string()
        case "links": links = try field.array().compactMap(\.stringValue)
        case "external_updated_at": sourceUpdatedAt = try field.date()
        case "updated_import_id": updatedImportID = try field.string()
        case "region": region = try field.string()
        case "location": location = GeoPoint(geoJSON: try field.document())
        case "language": language = try field.string()
        case "lifecycle_stage": lifecycleStage = try field.string()
        case "tags": tags = try field.array().compactMap(\.stringValue)
        case "source_created_at": sourceCreatedAt = try field.date()
        case "currency": currency = try field.string()
        case "import_id": importID = try field.string()
        default: return false
        }
        return true
    }

    func bson() -> BSONDocument {
        var writer = BSONWriter(capacity: 640)
        writer.append("_id", id)
        writer.append("connection_id", connectionID)
        writer.append("external_id", externalID)
        writeProfile(to: &writer)
        writer.append("currency", currency)
        counters.write(to: &writer)
        writer.append("consent_state", consent.standing.rawValue)
        writer.appendIfPresent("consent_until", consent.until)
        writer.append("import_id", importID)
        writer.appendIfPresent("updated_import_id", updatedImportID)
        writer.appendIfPresent("merged_into", mergedInto)
        writer.appendIfPresent("deleted_at", deletedAt)
        writer.append("created_at", createdAt)
        writer.append("updated_at", updatedAt)
        writer.append("version", version)
        return writer.finish()
    }

    /// What a source knows of the person.
    func profile() -> BSONDocument {
        var writer = BSONWriter()
        writeProfile(to: &writer)
        return writer.finish()
    }

    static let profileFields = [
        "email_token", "email_hint", "pii", "profile_hash", "country", "email_shared", "phone_token", "links", "region",
        "location", "language", "lifecycle_stage", "tags", "source_created_at", "external_updated_at",
    ]

    /// Tells one state of what a source knows from another; nil where it describes nobody.
    var profileStamp: String? {
        profileHash.map { hash in sourceUpdatedAt.map { "\(hash) \($0.bsonMilliseconds)" } ?? hash }
    }

    private func writeProfile(to writer: inout BSONWriter) {
        writer.appendIfPresent("email_token", emailToken)
        writer.appendIfPresent("email_hint", emailHint)
        if let sealed { writer.append("pii", sealed) }
        writer.appendIfPresent("profile_hash", profileHash)
        writer.appendIfPresent("country", country)
        if isEmailShared { writer.append("email_shared", true) }
        writer.appendIfPresent("phone_token", phoneToken)
        if !links.isEmpty { writer.append("links", .strings(links)) }
        writer.appendIfPresent("region", region)
        if let location { writer.append("location", .document(location.geoJSON)) }
        writer.appendIfPresent("language", language)
        writer.appendIfPresent("lifecycle_stage", lifecycleStage)
        if !tags.isEmpty { writer.append("tags", .strings(tags)) }
        writer.appendIfPresent("source_created_at", sourceCreatedAt)
        writer.appendIfPresent("external_updated_at", sourceUpdatedAt)
    }
}

/// What is counted over a customer's orders; always recomputed, never added to.
struct CustomerCounters: Sendable, Equatable {
    var orders: Int64 = 0
    var spentMinor: Int64 = 0
    var refundedMinor: Int64 = 0
    var firstOrderAt: Date?
    var lastOrderAt: Date?

    static let fields = ["orders_count", "spent_minor", "refunded_minor", "first_order_at", "last_order_at"]

    mutating func add(_ order: StoredOrder, currency: String) {
        guard order.counts else { return }
        orders += 1
        spentMinor += order.amount(in: currency) ?? 0
        refundedMinor += order.currency == currency ? order.refundedMinor : 0
        firstOrderAt = min(firstOrderAt ?? order.placedAt, order.placedAt)
        lastOrderAt = max(lastOrderAt ?? order.placedAt, order.placedAt)
    }

    /// Takes a field if it is a counter.
    mutating func read(_ field: BSONField) throws -> Bool {
        switch field.key {
        case "orders_count": orders = try field.int64()
        case "spent_minor": spentMinor = try field.int64()
        case "refunded_minor": refundedMinor = try field.int64()
        case "first_order_at": firstOrderAt = field.isNull ? nil : try field.date()
        case "last_order_at": lastOrderAt = field.isNull ? nil : try field.date()
        default: return false
        }
        return true
    }

    /// Missing dates are written as null, so that they sort last and indexes hold everybody.
    func write(to writer: inout BSONWriter) {
        writer.append("orders_count", orders)
        writer.append("spent_minor", spentMinor)
        writer.append("refunded_minor", refundedMinor)
        writer.append("first_order_at", firstOrderAt.map { BSONValue.date($0) } ?? .null)
        writer.append("last_order_at", lastOrderAt.map { BSONValue.date($0) } ?? .null)
    }
}
