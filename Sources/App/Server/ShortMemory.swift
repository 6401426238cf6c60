import Synchronization

/// Remembers an answer for a second, so that a page that many people load at once asks for it once. What is remembered
/// belongs to one organization: its id is part of every key.
final class ShortMemory<Value: Sendable>: Sendable {
    private struct Entry {
        let value: Value
        let madeAt: ContinuousClock.Instant
    }

    private let entries = Mutex<[String: Entry]>([:])
    private let lifetime: Duration
    private let capacity: Int

    init(lifetime: Duration = .seconds(1), capacity: Int = 2_000) {
        self.lifetime = lifetime
        self.capacity = capacity
    }

    func value(_ key: String, make: () async throws -> Value) async throws -> Value {
        let now = ContinuousClock.now
        if let known = entries.withLock({ $0[key] }), now - known.madeAt < lifetime { return known.value }
        let fresh = try await make()
        entries.withLock { entries in
            if entries.count >= capacity { entries.removeAll(keepingCapacity: true) }
            entries[key] = Entry(value: fresh, madeAt: now)
        }
        return fresh
    }
}
