/// What an update or a replacement did.
public struct UpdateResult: Sendable, Hashable {
    public let matched: Int
    public let modified: Int
    public let upsertedCount: Int

    public init(matched: Int, modified: Int, upsertedCount: Int) {
        self.matched = matched
        self.modified = modified
        self.upsertedCount = upsertedCount
    }
}
