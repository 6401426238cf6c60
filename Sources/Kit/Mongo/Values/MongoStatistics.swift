/// What the client does now and has done since it was made.
public struct MongoStatistics: Sendable, Hashable {
    /// Operations on a database thread.
    public let running: Int
    /// Operations waiting for a thread.
    public let queued: Int
    /// Hops that ended well.
    public let done: Int
    /// Hops that ended in an error.
    public let failed: Int
    /// Operations turned away by the gate.
    public let refused: Int
}
