/// What a bulk write did, and which of its steps were refused.
public struct BulkResult: Sendable, Hashable {
    public let inserted: Int
    public let matched: Int
    public let modified: Int
    public let upserted: Int
    public let deleted: Int
    public let errors: [WriteError]

    public init(
        inserted: Int = 0, matched: Int = 0, modified: Int = 0, upserted: Int = 0, deleted: Int = 0,
        errors: [WriteError] = []
    ) {
        self.inserted = inserted
        self.matched = matched
        self.modified = modified
        self.upserted = upserted
        self.deleted = deleted
        self.errors = errors
    }
}
