import Synchronization

/// Ties a waiting task to work on a database thread: whoever ends first, work, cancellation or deadline, resumes it.
final class Ticket<Output: Sendable>: Sendable {
    private enum State {
        case idle
        case waiting(CheckedContinuation<Output, any Error>)
        case done
    }

    private let state = Mutex(State.idle)

    /// Whether anybody still wants the result.
    var isWanted: Bool {
        state.withLock { if case .done = $0 { false } else { true } }
    }

    /// Gives the task's continuation; false, and already resumed, when cancellation came first.
    func wait(_ continuation: CheckedContinuation<Output, any Error>) -> Bool {
        let isWaiting = state.withLock { state in
            guard case .idle = state else { return false }
            state = .waiting(continuation)
            return true
        }
        if !isWaiting { continuation.resume(throwing: CancellationError()) }
        return isWaiting
    }

    func finish(_ result: sending Result<Output, any Error>) {
        let continuation = state.withLock { state -> CheckedContinuation<Output, any Error>? in
            defer { state = .done }
            if case .waiting(let continuation) = state { return continuation }
            return nil
        }
        continuation?.resume(with: result)
    }
}
