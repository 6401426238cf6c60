import BSON

/// A collection as the code wants it to be on the server: name, indexes, validator, and whether tenants own its rows.
///
/// For tenant collections the organization is put in front of every index and demanded by the validator; declarations
/// do not repeat it.
public struct CollectionSpec: Sendable, Hashable {
    public let name: String
    public let tenantOwned: Bool
    public let indexes: [IndexSpec]
    public let validator: BSONDocument

    public init(
        _ name: String, indexes: [IndexSpec] = [], validator: BSONDocument? = nil, tenantOwned: Bool = true
    ) {
        self.name = name
        self.tenantOwned = tenantOwned
        var indexes = indexes.map { $0.owned(by: tenantOwned) }
        if tenantOwned, !indexes.contains(where: { $0.keys.first?.field == Tenancy.organizationField }) {
            indexes.append(IndexSpec("organization", [(Tenancy.organizationField, 1), ("_id", 1)]))
        }
        self.indexes = indexes
        self.validator = tenantOwned ? Self.owned(validator) : validator ?? [:]
    }

    private static func owned(_ validator: BSONDocument?) -> BSONDocument {
        let owner: BSONDocument = .schema(
            required: ["_id", Tenancy.organizationField],
            properties: [
                "_id": ["bsonType": "string"],
                Tenancy.organizationField: ["bsonType": "string", "minLength": 1],
            ])
        guard let validator, !validator.isEmpty else { return owner }
        return ["$and": [.document(owner), .document(validator)]]
    }
}

extension BSONDocument {
    /// A `$jsonSchema` validator for an object with these required fields and property rules.
    public static func schema(required: [String], properties: BSONDocument) -> BSONDocument {
        var schema: BSONDocument = ["bsonType": "object"]
        if !required.isEmpty { schema.append("required", .strings(required)) }
        schema.append("properties", .document(properties))
        return ["$jsonSchema": .document(schema)]
    }
}
