import Dispatch
import NIOPosix
import Synchronization

/// Lets as many operations onto the database threads as there are threads; others wait their turn here.
///
/// A thread that ends a job takes the next one itself, so that waiting work costs no further hop.
final class AdmissionGate: Sendable {
    private let threads: NIOThreadPool
    private let queueTimeout: Duration
    private let state: Mutex<State>

    private struct State {
        var gate: GateState<GateJob>
        var isSweepDue = false
        var whenIdle: [CheckedContinuation<Void, Never>] = []
    }

    init(threads: NIOThreadPool, limit: Int, queueLimit: Int, queueTimeout: Duration) {
        self.threads = threads
        self.queueTimeout = queueTimeout
        state = Mutex(State(gate: GateState(limit: limit, queueLimit: queueLimit)))
    }

    /// Operations that wait for a thread now.
    var queued: Int { state.withLock { $0.gate.queued } }
    /// Operations on a thread now.
    var running: Int { state.withLock { $0.gate.running } }

    func submit(_ job: GateJob) {
        let deadline = ContinuousClock.now + queueTimeout
        let (admission, sweepsNow) = state.withLock { state in
            let admission = state.gate.admit(job, deadline: deadline)
            let sweepsNow = admission == .queued && !state.isSweepDue
            if sweepsNow { state.isSweepDue = true }
            return (admission, sweepsNow)
        }
        if sweepsNow { scheduleSweep(at: deadline) }
        switch admission {
        case .started: start(job)
        case .queued: break
        case .shed: job.fail(MongoError(.overloaded, "too many database operations are waiting"))
        case .closed: job.fail(MongoError(.unavailable, "the database client is shut down"))
        }
    }

    func remove(_ id: ObjectIdentifier) { state.withLock { $0.gate.remove(id) } }

    /// Turns new work away and returns when the last job has ended.
    func drain() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                state.gate.close()
                if !state.gate.isIdle { state.whenIdle.append(continuation) }
                return state.gate.isIdle
            }
            if isIdle { continuation.resume() }
        }
    }

    private func start(_ job: GateJob) {
        threads.submit { [self] threadState in
            guard case .active = threadState else {
                job.fail(MongoError(.unavailable, "the database client is shut down"))
                _ = finished()
                return
            }
            var current = job
            while true {
                current.run()
                guard let next = finished() else { return }
                current = next
            }
        }
    }

    private func finished() -> GateJob? {
        let (next, idle) = state.withLock { state in
            let next = state.gate.finish()
            guard state.gate.isIdle else { return (next, [CheckedContinuation<Void, Never>]()) }
            defer { state.whenIdle = [] }
            return (next, state.whenIdle)
        }
        for continuation in idle { continuation.resume() }
        return next
    }

    private func scheduleSweep(at deadline: ContinuousClock.Instant) {
        let delay = max(.zero, deadline - .now).milliseconds
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(Int(delay))) { [weak self] in
            self?.sweep()
        }
    }

    private func sweep() {
        let (due, next) = state.withLock { state in
            let due = state.gate.expire(now: .now)
            state.isSweepDue = state.gate.nextDeadline != nil
            return (due, state.gate.nextDeadline)
        }
        for job in due { job.fail(MongoError(.overloaded, "waited too long for a database thread")) }
        if let next { scheduleSweep(at: next) }
    }
}
