import BSON

/// An index: as declared beside the document type, as a migration file has it, or as the server lists it.
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
    /// Settings that only somebody's hand can have made, such as `hidden` or `collation`; nothing declares them.
    public let foreignSettings: Set<String>

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
        foreignSettings = []
    }

    private static let knownSettings: Set<String> = [
        "v", "ns", "key", "name", "unique", "sparse", "partialFilterExpression", "expireAfterSeconds",
    ]

    /// An index as `listIndexes` tells of it.
    public init(server row: BSONDocument) {
        name = row["name"]?.stringValue ?? ""
        keys = (row["key"]?.documentValue ?? [:]).elements().map {
            Key(field: $0.key, direction: $0.value.intValue ?? 0)
        }
        unique = row["unique"]?.boolValue ?? false
        sparse = row["sparse"]?.boolValue ?? false
        partial = row["partialFilterExpression"]?.documentValue
        expireAfterSeconds = row["expireAfterSeconds"]?.intValue
        foreignSettings = Set(row.keys).subtracting(Self.knownSettings)
    }

    /// Whether both mean the same to the server, however their conditions are written.
    func isSame(as other: IndexSpec) -> Bool {
        name == other.name && keys == other.keys && unique == other.unique && sparse == other.sparse
            && partial?.canonical == other.partial?.canonical && expireAfterSeconds == other.expireAfterSeconds
            && foreignSettings == other.foreignSettings
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
