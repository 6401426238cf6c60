import Synchronization

/// What a writer itself can say about customers' orders, so that the store need not be asked at the end.
///
/// A customer is certain if they were in the store neither before nor through anybody else, and none of their orders
/// was there already: then all their orders went through this writer. Whoever is in doubt is counted in the store.
final class CountedPeople: Sendable {
    /// More would take too much memory; the store counts then.
    private static let limit = 250_000

    private struct State {
        var counters: [String: CustomerCounters] = [:]
        var born: Set<String> = []
        var doubtful: Set<String> = []
        var isOverfull = false
    }

    private let state = Mutex(State())
    private let currency: String

    init(currency: String) { self.currency = currency }

    /// Orders that this writer was the first to store.
    func add(_ orders: [StoredOrder]) {
        state.withLock { state in
            guard !state.isOverfull else { return }
            for order in orders {
                state.counters[order.customerID, default: CustomerCounters()].add(order, currency: currency)
            }
            guard state.counters.count > Self.limit else { return }
            state = State()
            state.isOverfull = true
        }
    }

    /// People whom the store did not know before.
    func welcome(_ ids: some Sequence<String>) {
        state.withLock { state in
            if !state.isOverfull { state.born.formUnion(ids) }
        }
    }

    /// People who have more in the store than this writer has seen.
    func doubt(_ ids: some Sequence<String>) {
        state.withLock { state in
            if !state.isOverfull { state.doubtful.formUnion(ids) }
        }
    }

    /// Counters of those among these people who are certain.
    func certain(_ ids: [String]) -> [String: CustomerCounters] {
        state.withLock { state in
            var result: [String: CustomerCounters] = [:]
            for id in ids where state.born.contains(id) && !state.doubtful.contains(id) {
                result[id] = state.counters[id] ?? CustomerCounters()
            }
            return result
        }
    }
}
