import Synchronization

/// A figure that only grows: requests served, rows written, seconds spent. Keep the handle; using it takes no lock.
public final class Counter: Sendable {
    private let bits = Atomic<UInt64>(0)

    init() {}

    public func increment(by amount: Int = 1) { add(Double(amount)) }

    /// Adds a non-negative amount; a negative one is ignored, since a counter never falls.
    public func add(_ amount: Double) {
        guard amount > 0 else { return }
        bits.addDouble(amount)
    }

    public var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }
}

/// A figure that goes up and down: connections open, jobs waiting.
public final class Gauge: Sendable {
    private let bits = Atomic<UInt64>(0)

    init() {}

    public func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    public func set(_ value: Int) { set(Double(value)) }

    public func add(_ amount: Double) { bits.addDouble(amount) }

    public func increment() { add(1) }

    public func decrement() { add(-1) }

    public var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }
}

/// How a measure is distributed: durations in seconds, sizes in bytes.
public final class Histogram: Sendable {
    /// Upper bounds for durations in seconds, from half a millisecond to a minute.
    public static let durations: [Double] = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
    ]

    struct State: Sendable {
        /// Per bucket, not cumulative; the last one has no upper bound.
        var counts: [Int]
        var sum = 0.0
    }

    let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds
        self.state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    public func observe(_ value: Double) {
        guard !value.isNaN else { return }
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock {
            $0.counts[bucket] += 1
            $0.sum += value
        }
    }

    /// Observes a duration in seconds.
    public func observe(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        observe(Double(seconds) + Double(attoseconds) / 1e18)
    }

    public var count: Int { snapshot().counts.reduce(0, +) }

    func snapshot() -> State { state.withLock { $0 } }
}

extension Atomic where Value == UInt64 {
    /// Adds to the number whose bits are stored here.
    fileprivate borrowing func addDouble(_ amount: Double) {
        var old = load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: old) + amount).bitPattern
            let (exchanged, original) = weakCompareExchange(expected: old, desired: new, ordering: .relaxed)
            if exchanged { return }
            old = original
        }
    }
}
