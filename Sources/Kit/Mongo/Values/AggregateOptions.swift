import BSON

/// Everything an aggregation may be told. All optional.
public struct AggregateOptions: Sendable {
    /// Lets big sorts and groups spill to disk.
    public var allowDiskUse: Bool
    public var hint: String?
    public var collation: BSONDocument?
    /// Variables for `$$name` in expressions.
    public var variables: BSONDocument?
    /// Instead of the client's operation timeout.
    public var timeout: Duration?
    public var comment: String?

    public init(
        allowDiskUse: Bool = true, hint: String? = nil, collation: BSONDocument? = nil,
        variables: BSONDocument? = nil, timeout: Duration? = nil, comment: String? = nil
    ) {
        self.allowDiskUse = allowDiskUse
        self.hint = hint
        self.collation = collation
        self.variables = variables
        self.timeout = timeout
        self.comment = comment
    }
}
