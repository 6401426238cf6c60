import BSON

/// An index: as declared beside the document type, as a migration file has it, or as the server lists it.
public struct IndexSpec: Sendable, Hashable {
    public struct Key: Sendable, Hashable {
        /// How values stand in the index: in order, as places on the globe, or word by word.
        public enum Kind: String, Sendable {
            case ordered
            case sphere = "2dsphere"
            case text
        }

        public let field: String
        /// 1 ascending, -1 descending.
        public let direction: Int
        public let kind: Kind

        public init(_ field: String, _ direction: Int = 1, kind: Kind = .ordered) {
            self.field = field
            self.direction = kind == .ordered ? direction : 1
            self.kind = kind
        }

        /// GeoJSON points, found by distance.
        public static func sphere(_ field: String) -> Key { Key(field, kind: .sphere) }

        /// Texts, found by their words as they are written, in no particular language.
        public static func text(_ field: String) -> Key { Key(field, kind: .text) }
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
        self.init(
            name, keys: keys.map { Key($0.0, $0.1) }, unique: unique, sparse: sparse, partial: partial,
            expireAfterSeconds: expireAfterSeconds)
    }

    /// - Parameter keys: of words there is one group, in the order of their names
    public init(
        _ name: String, keys: [Key], unique: Bool = false, sparse: Bool = false, partial: BSONDocument? = nil,
        expireAfterSeconds: Int? = nil
    ) {
        self.name = name
        self.keys = keys
        self.unique = unique
        self.sparse = sparse
        self.partial = partial
        self.expireAfterSeconds = expireAfterSeconds
        foreignSettings = []
    }

    private static let knownSettings: Set<String> = [
        "v", "ns", "key", "name", "unique", "sparse", "partialFilterExpression", "expireAfterSeconds", "weights",
        "default_language", "language_override", "textIndexVersion", "2dsphereIndexVersion",
    ]
    /// Words are taken as they stand, and no field of a document says otherwise: customers have a `language`.
    private static let wordSettings: BSONDocument = [
        "default_language": "none", "language_override": "text_index_language",
    ]

    /// An index as `listIndexes` tells of it.
    public init(server row: BSONDocument) {
        name = row["name"]?.stringValue ?? ""
        keys = (row["key"]?.documentValue ?? [:]).elements().flatMap { Self.keys($0.key, $0.value, in: row) }
        unique = row["unique"]?.boolValue ?? false
        sparse = row["sparse"]?.boolValue ?? false
        partial = row["partialFilterExpression"]?.documentValue
        expireAfterSeconds = row["expireAfterSeconds"]?.intValue
        var foreign = Set(row.keys).subtracting(Self.knownSettings)
        if row["weights"] != nil {
            foreign.formUnion(Self.wordSettings.keys.filter { row[$0] != Self.wordSettings[$0] })
        }
        foreignSettings = foreign
    }

    /// The server writes a group of words as two fields of its own and names the real ones among the weights.
    private static func keys(_ field: String, _ value: BSONValue, in row: BSONDocument) -> [Key] {
        if field == "_ftsx" { return [] }
        if field == "_fts" { return (row["weights"]?.documentValue?.keys ?? []).sorted().map { .text($0) } }
        guard let kind = value.stringValue else { return [Key(field, value.intValue ?? 0)] }
        return [Key(field, kind: Key.Kind(rawValue: kind) ?? .ordered)]
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
            name, keys: [Key(Tenancy.organizationField)] + keys, unique: unique, sparse: sparse, partial: partial,
            expireAfterSeconds: nil)
    }

    /// As `createIndexes` wants it.
    public var document: BSONDocument {
        var document: BSONDocument = [
            "key": .document(BSONDocument(keys.map { ($0.field, $0.written) })), "name": .string(name),
        ]
        if keys.contains(where: { $0.kind == .text }) { document.appendElements(of: Self.wordSettings) }
        if unique { document.append("unique", true) }
        if sparse { document.append("sparse", true) }
        if let partial { document.append("partialFilterExpression", .document(partial)) }
        if let expireAfterSeconds { document.append("expireAfterSeconds", .int32(Int32(expireAfterSeconds))) }
        return document
    }
}

extension IndexSpec.Key {
    /// As `createIndexes` wants it.
    fileprivate var written: BSONValue {
        kind == .ordered ? .int32(Int32(direction)) : .string(kind.rawValue)
    }
}
