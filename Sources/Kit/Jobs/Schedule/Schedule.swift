import Foundation

/// Something short that happens every so often, once over all workers; long work is enqueued as a job from here.
public struct Schedule: Sendable {
    public let name: String
    public let every: Duration
    /// How much later than due it may be before it counts as late; `nil` means half of `every`.
    public let grace: Duration?
    /// Gets the time it was due at: the same for all workers, so good as an idempotency key.
    public let action: @Sendable (Date) async throws -> Void

    public init(
        _ name: String, every: Duration, grace: Duration? = nil,
        action: @escaping @Sendable (_ dueAt: Date) async throws -> Void
    ) {
        self.name = name
        self.every = every
        self.grace = grace
        self.action = action
    }
}
