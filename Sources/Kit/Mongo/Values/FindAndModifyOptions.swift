import BSON

/// How ``MongoCollection/findOneAndUpdate(_:update:options:in:)`` picks and what it gives back.
public struct FindAndModifyOptions: Sendable {
    /// Which of several matches is taken.
    public var sort: BSONDocument?
    public var upsert: Bool
    /// The document after the change, instead of before.
    public var returnNew: Bool
    public var projection: BSONDocument?
    public var timeout: Duration?

    public init(
        sort: BSONDocument? = nil, upsert: Bool = false, returnNew: Bool = true, projection: BSONDocument? = nil,
        timeout: Duration? = nil
    ) {
        self.sort = sort
        self.upsert = upsert
        self.returnNew = returnNew
        self.projection = projection
        self.timeout = timeout
    }
}
