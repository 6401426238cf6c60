import Synchronization

/// A few values by key, the least recently used ones forgotten first, and all of them after a while if wanted.
///
/// Keys begin with the organization.
final class RecentCache<Value: Sendable>: Sendable {
    private struct Entry {
        let key: String
        let value: Value
        let since: ContinuousClock.Instant
    }

    private let most: Int
    private let lifetime: Duration?
    private let entries = Mutex<[Entry]>([])

    /// - Parameter lifetime: nil for values that never change.
    init(most: Int, lifetime: Duration? = nil) {
        self.most = most
        self.lifetime = lifetime
    }

    func find(_ key: String) -> Value? {
        entries.withLock { entries in
            guard let index = entries.lastIndex(where: { $0.key == key }) else { return nil }
            let entry = entries.remove(at: index)
            if let lifetime, entry.since.duration(to: .now) >= lifetime { return nil }
            entries.append(entry)
            return entry.value
        }
    }

    func keep(_ key: String, _ value: Value) {
        entries.withLock { entries in
            entries.removeAll { $0.key == key }
            entries.append(Entry(key: key, value: value, since: .now))
            if entries.count > most { entries.removeFirst() }
        }
    }

    func drop(_ key: String) {
        entries.withLock { $0.removeAll { $0.key == key } }
    }
}
