import BSON

/// An index as declared beside the document type.
public struct IndexSpec: Sendable, Hashable {
    public struct Key: Sendable, Hashable {
        public let field: String
        /// 1 ascending, -1 descending.
        public let direction: Int
    }

    public let name: String
    public let keys: [Key]
    public let unique: Bool
    public let sparse: Bool
    /// Only documents matching this are in the index.
    public let partial: BSONDocument?
    /// Documents vanish so many seconds after the date in the (single) key field.
    public let expireAfterSeconds: Int?

    public init(
        _ name: String, _ keys: [(String, Int)], unique: Bool = false, sparse: Bool = false,
        partial: BSONDocument? = nil, expireAfterSeconds: Int? = nil
    ) {
        self.name = name
        self.keys = keys.map { Key(field: $0.0, direction: $0.1) }
        self.unique = unique
        self.sparse = sparse
        self.partial = partial
        self.expireAfterSeconds = expireAfterSeconds
    }

    /// The same index with the organization in front. A time-to-live index stays as it is: MongoDB allows it only one
    /// key, and nothing reads through it.
    func owned(by tenant: Bool) -> IndexSpec {
        guard tenant, expireAfterSeconds == nil, keys.first?.field != Tenancy.organizationField else { return self }
        return IndexSpec(
            name, [(Tenancy.organizationField, 1)] + keys.map { ($0.field, $0.direction) }, unique: unique,
            sparse: sparse, partial: partial, expireAfterSeconds: nil)
    }

    /// As `createIndexes` wants it.
    public var document: BSONDocument {
        var document: BSONDocument = [
            "key": .document(BSONDocument(keys.map { ($0.field, .int32(Int32($0.direction))) })), "name": .string(name),
        ]
        if unique { document.append("unique", true) }
        if sparse { document.append("sparse", true) }
        if let partial { document.append("partialFilterExpression", .document(partial)) }
        if let expireAfterSeconds { document.append("expireAfterSeconds", .int32(Int32(expireAfterSeconds))) }
        return document
    }
}

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
