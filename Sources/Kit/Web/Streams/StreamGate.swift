import Synchronization

/// Bounds how many event streams one reader may hold open, since each holds a connection and asks the database.
public final class StreamGate: Sendable {
    /// The gate of this process.
    public static let shared = StreamGate()

    private let perKey: Int
    private let total: Int
    private let open = Mutex<(all: Int, byKey: [String: Int])>((0, [:]))

    public init(perKey: Int = 6, total: Int = 2000) {
        self.perKey = perKey
        self.total = total
    }

    /// A place until the lease goes.
    /// - Throws: 429 if the key holds too many, 503 if all do together
    func enter(_ key: String) throws -> StreamLease {
        try open.withLock { open in
            guard open.all < total else { throw Problem.unavailable() }
            guard open.byKey[key, default: 0] < perKey else { throw Problem.tooManyRequests(retryAfter: 30) }
            open.all += 1
            open.byKey[key, default: 0] += 1
        }
        return StreamLease(gate: self, key: key)
    }

    /// The number of open streams of a key.
    func count(_ key: String) -> Int { open.withLock { $0.byKey[key] ?? 0 } }

    fileprivate func leave(_ key: String) {
        open.withLock { open in
            open.all -= 1
            let left = open.byKey[key, default: 1] - 1
            open.byKey[key] = left > 0 ? left : nil
        }
    }
}

/// A place in the gate; given back when the stream ends, or when its answer was never sent.
final class StreamLease: Sendable {
    private let gate: StreamGate
    private let key: String
    private let isOpen = Mutex(true)

    fileprivate init(gate: StreamGate, key: String) {
        self.gate = gate
        self.key = key
    }

    func end() {
        let wasOpen = isOpen.withLock { isOpen in
            defer { isOpen = false }
            return isOpen
        }
        if wasOpen { gate.leave(key) }
    }

    deinit { end() }
}
