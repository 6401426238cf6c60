import BSON
import Foundation
import Synchronization

/// A worker's hold on one job, and what is known about it here.
final class JobLease: Sendable {
    /// Why a handler is told to stop.
    enum Interruption: Sendable {
        case lost, cancelled, stopping
    }

    let jobID: String
    let token: String
    /// Ends the handler's run when it yields.
    let interruptions: AsyncStream<Interruption>

    private let signal: AsyncStream<Interruption>.Continuation
    private let state: Mutex<State>

    private struct State {
        var interruption: Interruption?
        var result: BSONDocument?
        var checkpoint: BSONDocument?
        var progress: JobProgress
        var lastWrite: ContinuousClock.Instant?
    }

    init(_ job: Job) {
        jobID = job.id
        token = job.leaseToken ?? ""
        (interruptions, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        state = Mutex(State(checkpoint: job.checkpoint, progress: job.progress))
        if job.cancelRequested == true { interrupt(.cancelled) }
    }

    var interruption: Interruption? { state.withLock { $0.interruption } }
    var result: BSONDocument? { state.withLock { $0.result } }
    var checkpoint: BSONDocument? { state.withLock { $0.checkpoint } }

    /// The first reason stands, but a lost lease outweighs all.
    func interrupt(_ reason: Interruption) {
        state.withLock { state in
            if state.interruption == nil || reason == .lost { state.interruption = reason }
        }
        signal.yield(reason)
    }

    /// What a fenced write found: `nil` the lease is lost, true someone wants to cancel.
    func heard(_ cancelRequested: Bool?) {
        switch cancelRequested {
        case nil: interrupt(.lost)
        case true?: interrupt(.cancelled)
        case false?: break
        }
    }

    func throwIfInterrupted() throws {
        switch interruption {
        case .lost: throw JobLeaseLost()
        case .cancelled: throw JobCancelled()
        case .stopping: throw CancellationError()
        case nil: try Task.checkCancellation()
        }
    }

    func set(result: BSONDocument) { state.withLock { $0.result = result } }
    func set(checkpoint: BSONDocument) { state.withLock { $0.checkpoint = checkpoint } }

    /// The new progress if it should be written now: on a new stage, else at most every `interval`.
    func advance(interval: Duration, _ change: (inout JobProgress) -> Void) -> JobProgress? {
        state.withLock { state in
            let stage = state.progress.stage
            change(&state.progress)
            let now = ContinuousClock.now
            if stage == state.progress.stage, let last = state.lastWrite, now - last < interval { return nil }
            state.lastWrite = now
            return state.progress
        }
    }
}
