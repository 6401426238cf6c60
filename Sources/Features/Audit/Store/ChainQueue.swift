import Synchronization

/// Lets the writers of one organization's chain in this process go one after the other, so that they do not race for
/// the same number. Writers of other processes are kept apart by the unique index.
final class ChainQueue: Sendable {
    /// Per organization: those who wait while somebody writes.
    private let waiting = Mutex<[String: [CheckedContinuation<Void, Never>]]>([:])

    nonisolated(nonsending) func enter(_ organizationID: String) async {
        await withCheckedContinuation { continuation in
            let mayEnter = waiting.withLock { waiting in
                guard waiting[organizationID] != nil else {
                    waiting[organizationID] = []
                    return true
                }
                waiting[organizationID]?.append(continuation)
                return false
            }
            if mayEnter { continuation.resume() }
        }
    }

    func leave(_ organizationID: String) {
        let next = waiting.withLock { waiting -> CheckedContinuation<Void, Never>? in
            guard let queue = waiting[organizationID], !queue.isEmpty else {
                waiting[organizationID] = nil
                return nil
            }
            return waiting[organizationID]?.removeFirst()
        }
        next?.resume()
    }
}
