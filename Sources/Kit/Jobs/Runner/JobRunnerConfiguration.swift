import Foundation

/// How a worker works.
public struct JobRunnerConfiguration: Sendable {
    /// Jobs at a time.
    public var concurrency: Int
    /// A worker that has not renewed its hold for this long is taken for dead.
    public var lease: Duration
    /// How often the queue is looked at when nothing wakes the runner.
    public var pollInterval: Duration
    /// How often the hold on a running job is renewed; `nil` means a third of the lease.
    public var heartbeat: Duration?
    /// Progress is written at most this often.
    public var progressInterval: Duration
    /// How long running jobs may go on after shutdown has begun.
    public var grace: Duration
    public var backoff: Backoff
    /// Kinds with places of their own, beside the others: work that mostly waits for somebody else does not keep work
    /// that computes from its turn, nor the other way round.
    public var ownPlaces: [String: Int]

    public init(
        concurrency: Int = 2, lease: Duration = .seconds(60), pollInterval: Duration = .seconds(1),
        heartbeat: Duration? = nil, progressInterval: Duration = .milliseconds(500), grace: Duration = .seconds(10),
        backoff: Backoff = Backoff(), ownPlaces: [String: Int] = [:]
    ) {
        self.concurrency = concurrency
        self.lease = lease
        self.pollInterval = pollInterval
        self.heartbeat = heartbeat
        self.progressInterval = progressInterval
        self.grace = grace
        self.backoff = backoff
        self.ownPlaces = ownPlaces
    }
}

extension Duration {
    var timeInterval: TimeInterval { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
