import Synchronization

/// What was asked for a moment ago, so that a question many ask at once is answered once.
///
/// An answer holds while it is younger than `lifetime` and was made from the version that is asked for; both rules may
/// be used alone. Callers of a key that is missing share one load. Whoever loads does so in their own task: when they
/// are cancelled, one of those who wait takes over. A failure reaches those who waited for it and is not remembered.
///
/// A hit takes a lock for a moment, allocates nothing and does not suspend. Make one value for a purpose and share it.
/// What belongs to an organization has the organization in its key.
public final class LoadingCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry {
        let value: Value
        let version: Int64
        let begun: ContinuousClock.Instant
    }

    private struct State {
        var entries: RecencyTable<Key, Entry>
        /// Loads whose answer will be remembered.
        var current: [Key: UInt64] = [:]
        /// All loads under way, also those that were invalidated.
        var flights: [UInt64: Flight<Value>] = [:]
        var lastNumber: UInt64 = 0

        mutating func number() -> UInt64 {
            lastNumber += 1
            return lastNumber
        }
    }

    private enum Place {
        case known(Value)
        case waiting(UInt64)
        case loading(UInt64, since: ContinuousClock.Instant)
    }

    private let state: Mutex<State>
    private let lifetime: Duration?
    private let renewal: Duration?
    private let keeps: @Sendable (Value) -> Bool
    private let now: @Sendable () -> ContinuousClock.Instant

    /// - Parameters:
    ///   - capacity: the most entries; the least recently used one makes room.
    ///   - lifetime: how old an answer may be, counted from the moment its load began; nil for answers that hold as
    ///     long as their version does.
    ///   - renewal: the age at which one caller loads anew while the others go on with what is known, so that nobody
    ///     waits for a busy key. Shorter than `lifetime`.
    ///   - keeps: which answers are worth remembering.
    ///   - now: a clock that never goes back; for tests.
    public init(
        capacity: Int, lifetime: Duration? = nil, renewal: Duration? = nil,
        keeps: @escaping @Sendable (Value) -> Bool = { _ in true },
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        state = Mutex(State(entries: RecencyTable(capacity: capacity)))
        self.lifetime = lifetime
        self.renewal = renewal
        self.keeps = keeps
        self.now = now
    }

    /// The answer for a key, from memory or by `load`.
    /// - Parameters:
    ///   - version: of what the answer is made from; one made from another version does not hold.
    ///   - load: must not ask for the same key, which would wait for itself.
    public func value(
        for key: Key, version: Int64 = 0, load: () async throws -> Value
    ) async throws -> Value {
        while true {
            switch place(key, version) {
            case .known(let value): return value
            case .loading(let flight, let begun):
                return try await fly(flight, key, version, since: begun, load)
            case .waiting(let flight):
                switch await outcome(of: flight) {
                case .loaded(let value): return value
                case .failed(let error): throw error
                case .cancelled: throw CancellationError()
                case .abandoned: continue
                }
            }
        }
    }

    /// What is remembered, if it still holds.
    public func known(_ key: Key, version: Int64 = 0) -> Value? {
        let now = now()
        return state.withLock { state in
            state.entries.use(key).flatMap { holds($0, version, at: now) ? $0.value : nil }
        }
    }

    /// Forgets an answer at once. A load that is under way goes to those who wait already, and is not remembered.
    public func invalidate(_ key: Key) {
        state.withLock { state in
            state.entries.remove(key)
            state.current[key] = nil
        }
    }

    /// Forgets all answers that match. As nobody knows what is being loaded, no load under way is remembered.
    public func invalidate(where matches: @Sendable (Key, Value) -> Bool) {
        state.withLock { state in
            state.entries.removeAll { matches($0, $1.value) }
            state.current.removeAll()
        }
    }

    public var count: Int { state.withLock { $0.entries.count } }

    /// How many wait for somebody else's load.
    var waiterCount: Int { state.withLock { $0.flights.values.reduce(0) { $0 + $1.waiters.count } } }

    // MARK: Looking

    private func holds(_ entry: Entry, _ version: Int64, at now: ContinuousClock.Instant) -> Bool {
        guard entry.version == version else { return false }
        guard let lifetime else { return true }
        return entry.begun.duration(to: now) < lifetime
    }

    private func place(_ key: Key, _ version: Int64) -> Place {
        let now = now()
        return state.withLock { state in
            if let entry = state.entries.use(key), holds(entry, version, at: now) {
                guard let renewal, entry.begun.duration(to: now) >= renewal, state.current[key] == nil else {
                    return .known(entry.value)
                }
            } else if let number = state.current[key], let flight = state.flights[number],
                flight.version == version, lifetime.map({ flight.begun.duration(to: now) < $0 }) ?? true
            {
                return .waiting(number)
            }
            let number = state.number()
            state.flights[number] = Flight(version: version, begun: now)
            state.current[key] = number
            return .loading(number, since: now)
        }
    }

    // MARK: Loading

    private func fly(
        _ flight: UInt64, _ key: Key, _ version: Int64, since begun: ContinuousClock.Instant,
        _ load: () async throws -> Value
    ) async throws -> Value {
        do {
            let value = try await load()
            land(flight, key, .loaded(value), keeps(value) ? Entry(value: value, version: version, begun: begun) : nil)
            return value
        } catch {
            land(flight, key, Task.isCancelled ? .abandoned : .failed(error), nil)
            throw error
        }
    }

    private func land(_ number: UInt64, _ key: Key, _ outcome: Flight<Value>.Outcome, _ entry: Entry?) {
        let flight = state.withLock { state in
            if state.current[key] == number {
                state.current[key] = nil
                if let entry {
                    state.entries.insert(entry, for: key)
                } else if case .loaded = outcome {
                    state.entries.remove(key)
                }
            }
            return state.flights.removeValue(forKey: number)
        }
        guard let flight else { return }
        for waiter in flight.waiters.values { waiter.resume(returning: outcome) }
    }

    private func outcome(of flight: UInt64) async -> Flight<Value>.Outcome {
        let number = state.withLock { $0.number() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let settled: Flight<Value>.Outcome? = state.withLock { state in
                    if Task.isCancelled { return .cancelled }
                    // It landed in between: look again.
                    guard state.flights[flight] != nil else { return .abandoned }
                    state.flights[flight]?.waiters[number] = continuation
                    return nil
                }
                if let settled { continuation.resume(returning: settled) }
            }
        } onCancel: {
            let waiter = state.withLock { $0.flights[flight]?.waiters.removeValue(forKey: number) }
            waiter?.resume(returning: .cancelled)
        }
    }
}
