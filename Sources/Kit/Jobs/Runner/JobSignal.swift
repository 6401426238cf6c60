import Synchronization

/// Wakes this process's runners when a job was added here, so that it does not wait for the next poll.
final class JobSignal: Sendable {
    static let shared = JobSignal()

    private let listeners = Mutex<[ObjectIdentifier: @Sendable () -> Void]>([:])

    func add(_ owner: AnyObject, _ wake: @escaping @Sendable () -> Void) {
        listeners.withLock { $0[ObjectIdentifier(owner)] = wake }
    }

    func remove(_ owner: AnyObject) {
        listeners.withLock { $0[ObjectIdentifier(owner)] = nil }
    }

    func wake() {
        for listener in listeners.withLock({ Array($0.values) }) { listener() }
    }
}
