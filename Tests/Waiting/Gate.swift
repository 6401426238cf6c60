/// Holds one task up until the test lets it through, so that a test says when slow work ends and no clock does.
public struct Gate: Sendable {
    private let opening: AsyncStream<Never>
    private let continuation: AsyncStream<Never>.Continuation

    public init() { (opening, continuation) = AsyncStream.makeStream() }

    /// Lets through who waits and who comes later.
    public func open() { continuation.finish() }

    /// Waits for ``open()``.
    /// - Throws: `CancellationError` where the task was cancelled before.
    public func pass() async throws {
        for await _ in opening {}
        try Task.checkCancellation()
    }

    /// Waits for what never comes; ends by cancellation only.
    public static func neverOpens() async throws {
        let gate = Gate()
        try await gate.pass()
        gate.open()
    }
}
