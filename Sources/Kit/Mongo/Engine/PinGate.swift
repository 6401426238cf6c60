import Dispatch
import Synchronization

/// Counts clients that stay with one cursor or transaction over several hops. First come, first served, with a
/// deadline.
final class PinGate: Sendable {
    private struct State {
        var free: Int
        var nextID = 0
        var waiting: [(id: Int, continuation: CheckedContinuation<Void, any Error>)] = []
        var cancelledEarly: Set<Int> = []
    }

    private let timeout: Duration
    private let state: Mutex<State>

    init(limit: Int, timeout: Duration) {
        self.timeout = timeout
        state = Mutex(State(free: limit))
    }

    nonisolated(nonsending) func acquire() async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                enqueue(id, continuation)
            }
        } onCancel: {
            fail(id, CancellationError(), remembers: true)
        }
    }

    func release() {
        let next = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            guard !state.waiting.isEmpty else {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst().continuation
        }
        next?.resume()
    }

    private func enqueue(_ id: Int, _ continuation: CheckedContinuation<Void, any Error>) {
        enum Outcome { case granted, waiting, cancelled }
        let outcome = state.withLock { state -> Outcome in
            if state.cancelledEarly.remove(id) != nil { return .cancelled }
            if state.free > 0 {
                state.free -= 1
                return .granted
            }
            state.waiting.append((id, continuation))
            return .waiting
        }
        switch outcome {
        case .granted: continuation.resume()
        case .cancelled: continuation.resume(throwing: CancellationError())
        case .waiting:
            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(Int(timeout.milliseconds))) {
                [weak self] in
                self?.fail(id, MongoError(.overloaded, "waited too long for a database connection"))
            }
        }
    }

    private func fail(_ id: Int, _ error: any Error, remembers: Bool = false) {
        let found = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            guard let index = state.waiting.firstIndex(where: { $0.id == id }) else {
                if remembers { state.cancelledEarly.insert(id) }
                return nil
            }
            return state.waiting.remove(at: index).continuation
        }
        found?.resume(throwing: error)
    }
}
