import Synchronization

/// Counts what the engine does. The totals are read by ``MongoClient/statistics``.
final class MongoMeter: Sendable {
    private let done = Atomic<Int>(0)
    private let failed = Atomic<Int>(0)
    private let refused = Atomic<Int>(0)

    func record<Output>(
        _ name: String, since start: ContinuousClock.Instant, _ result: Result<Output, any Error>
    ) {
        switch result {
        case .success: done.wrappingAdd(1, ordering: .relaxed)
        case .failure: failed.wrappingAdd(1, ordering: .relaxed)
        }
    }

    func turnedAway() { refused.wrappingAdd(1, ordering: .relaxed) }

    var totals: (done: Int, failed: Int, refused: Int) {
        (done.load(ordering: .relaxed), failed.load(ordering: .relaxed), refused.load(ordering: .relaxed))
    }
}
