import Foundation
import Synchronization

/// What an import has touched, kept while it is written, so that nobody has to look for it at the end.
///
/// Right only if all rows of the import go through one writer: orders that are new, changed, or were written by an
/// earlier try of the same import. What orders were before they changed is in ``ReplacedOrder``.
final class WriteTraces: Sendable {
    /// More would take too much memory; the store is asked then.
    private static let limit = 250_000

    private struct State {
        var customers: Set<String>? = []
        var range: ClosedRange<Date>?
    }

    private let state = Mutex(State())

    /// The orders' customers; nil where they were too many to keep.
    var customers: Set<String>? { state.withLock(\.customers) }

    /// First and last moment of the orders; nil where there were none.
    var range: ClosedRange<Date>? { state.withLock(\.range) }

    func add(_ orders: [StoredOrder]) {
        let times = orders.map(\.placedAt)
        guard let first = times.min(), let last = times.max() else { return }
        state.withLock { state in
            state.range = min(state.range?.lowerBound ?? first, first)...max(state.range?.upperBound ?? last, last)
            for order in orders { state.customers?.insert(order.customerID) }
            if state.customers.map({ $0.count > Self.limit }) ?? false { state.customers = nil }
        }
    }
}
