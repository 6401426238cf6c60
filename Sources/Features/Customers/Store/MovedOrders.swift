import Foundation
import Synchronization

/// When orders that a writer changed were placed before: the days they may have left have to be counted anew.
final class MovedOrders: Sendable {
    private let span = Mutex<ClosedRange<Date>?>(nil)

    var range: ClosedRange<Date>? { span.withLock { $0 } }

    func add(_ placedAt: Date) {
        span.withLock { span in
            span = min(span?.lowerBound ?? placedAt, placedAt)...max(span?.upperBound ?? placedAt, placedAt)
        }
    }
}
