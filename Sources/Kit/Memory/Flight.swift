/// A load under way and those who wait for it.
struct Flight<Value: Sendable> {
    /// How it went, for one who waits.
    enum Outcome: Sendable {
        case loaded(Value)
        case failed(any Error)
        /// Whoever loaded was cancelled: that says nothing about the value, so somebody else has to try.
        case abandoned
        /// Whoever waits was cancelled.
        case cancelled
    }

    let version: Int64
    let begun: ContinuousClock.Instant
    var waiters: [UInt64: CheckedContinuation<Outcome, Never>] = [:]
}
