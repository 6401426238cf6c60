import BSON
import Foundation
import Tenancy

extension ConsentRecord: TenantDocument {
    public static let spec = CollectionSpec(
        "consent_records",
        indexes: [
            IndexSpec("person", [("customer_id", 1), ("purpose", 1), ("collected_at", -1)]),
            IndexSpec("time", [("created_at", -1), ("_id", -1)]),
            IndexSpec("import", [("import_id", 1), ("customer_id", 1)], partial: ["import_id": ["$exists": true]]),
        ],
        validator: .schema(
            required: ["customer_id", "purpose", "basis", "state", "source", "created_at"],
            properties: [
                "purpose": ["enum": .strings(Purpose.consentable.map(\.rawValue))],
                "basis": ["enum": .strings(ConsentBasis.allCases.map(\.rawValue))],
                "state": ["enum": .strings(ConsentState.allCases.map(\.rawValue))],
            ]))

    public init(bson: BSONDocument) throws {
        self.init(
            id: try bson.string("_id"), customerID: try bson.string("customer_id"),
            purpose: Purpose(rawValue: try bson.string("purpose")),
            basis: ConsentBasis(rawValue: try bson.string("basis")) ?? .consent,
            state: ConsentState(rawValue: try bson.string("state")) ?? .denied,
            wordingVersion: bson["wording_version"]?.stringValue, channel: bson["channel"]?.stringValue,
            source: try bson.string("source"), collectedAt: bson["collected_at"]?.dateValue,
            expiresAt: bson["expires_at"]?.dateValue, proof: bson["proof"]?.stringValue,
            importID: bson["import_id"]?.stringValue, createdAt: try bson.date("created_at"),
            isBlanket: bson["blanket"]?.boolValue ?? false)
        sourceCustomerID = bson["source_customer_id"]?.stringValue
    }

    public func bson() -> BSONDocument {
        var writer = BSONWriter(capacity: 400)
        writer.append("_id", id)
        writer.append("customer_id", customerID)
        writer.appendIfPresent("source_customer_id", sourceCustomerID)
        writer.append("purpose", purpose.rawValue)
        writer.append("basis", basis.rawValue)
        writer.append("state", state.rawValue)
        writer.appendIfPresent("wording_version", wordingVersion)
        writer.appendIfPresent("channel", channel)
        writer.append("source", source)
        writer.appendIfPresent("collected_at", collectedAt)
        writer.appendIfPresent("expires_at", expiresAt)
        writer.appendIfPresent("proof", proof)
        writer.appendIfPresent("import_id", importID)
        if isBlanket { writer.append("blanket", true) }
        writer.append("created_at", createdAt)
        return writer.finish()
    }
}

/// The part of a ledger entry that the rule needs, read in bulk.
struct ConsentRow: BSONConvertible {
    static let fields = ["customer_id", "purpose", "basis", "state", "collected_at", "expires_at", "blanket"]

    var customerID = ""
    var entry = ConsentRule.Entry(
        purpose: Purpose(rawValue: ""), basis: .consent, state: .denied, collectedAt: nil, expiresAt: nil)

    init(bson: BSONDocument) throws {
        var reader = BSONReader(bson)
        while let field = try reader.next() {
            switch field.key {
            case "customer_id": customerID = try field.string()
            case "purpose": entry.purpose = Purpose(rawValue: try field.string())
            case "basis": entry.basis = ConsentBasis(rawValue: try field.string()) ?? .consent
            case "state": entry.state = ConsentState(rawValue: try field.string()) ?? .denied
            case "collected_at": entry.collectedAt = try field.date()
            case "expires_at": entry.expiresAt = try field.date()
            case "blanket": entry.isBlanket = try field.bool()
            default: break
            }
        }
    }

    func bson() -> BSONDocument { [:] }
}
