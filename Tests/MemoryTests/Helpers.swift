import Synchronization

@testable import Memory

/// Time that moves when it is told to.
final class Hand: Sendable {
    private let start = ContinuousClock.now
    private let passed = Mutex(Duration.zero)

    var now: ContinuousClock.Instant { start + passed.withLock { $0 } }

    func advance(_ duration: Duration) { passed.withLock { $0 += duration } }
}

/// Counts, and gives the number it has reached.
final class Tally: Sendable {
    private let number = Atomic(0)

    var count: Int { number.load(ordering: .sequentiallyConsistent) }

    @discardableResult
    func add() -> Int { number.add(1, ordering: .sequentiallyConsistent).newValue }
}

/// Holds whoever passes until it is opened; those who are cancelled leave with an error.
final class Gate: Sendable {
    private let isOpen = Atomic(false)

    func open() { isOpen.store(true, ordering: .sequentiallyConsistent) }

    func pass() async throws {
        try await until { isOpen.load(ordering: .sequentiallyConsistent) }
    }
}

/// Waits for a condition without sleeping.
func until(_ condition: () -> Bool) async throws {
    while !condition() {
        try Task.checkCancellation()
        await Task.yield()
    }
}

struct Broken: Error, Equatable {
    let attempt: Int
}
