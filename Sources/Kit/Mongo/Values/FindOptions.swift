import BSON

/// Everything a find may be told. All optional.
public struct FindOptions: Sendable {
    public var sort: BSONDocument?
    public var projection: BSONDocument?
    public var limit: Int?
    public var skip: Int?
    /// An index by its name.
    public var hint: String?
    public var collation: BSONDocument?
    /// Instead of the client's operation timeout.
    public var timeout: Duration?
    public var comment: String?

    public init(
        sort: BSONDocument? = nil, projection: BSONDocument? = nil, limit: Int? = nil, skip: Int? = nil,
        hint: String? = nil, collation: BSONDocument? = nil, timeout: Duration? = nil, comment: String? = nil
    ) {
        self.sort = sort
        self.projection = projection
        self.limit = limit
        self.skip = skip
        self.hint = hint
        self.collation = collation
        self.timeout = timeout
        self.comment = comment
    }
}
