import Dispatch
import Foundation
import Synchronization

/// Threads for work that keeps a core busy, so that it never blocks the threads that serve requests.
///
/// As many threads as cores, at a lower priority than everything else in the process.
public final class ComputePool: Sendable {
    public static let shared = ComputePool(threads: ProcessInfo.processInfo.activeProcessorCount)

    private let queue: ComputeQueue

    public init(threads: Int) {
        queue = ComputeQueue()
        for number in 0..<max(1, threads) {
            let thread = Thread { [queue] in queue.work() }
            thread.name = "compute-\(number)"
            thread.stackSize = 8 << 20
            thread.start()
        }
    }

    deinit { queue.close() }

    /// Runs the body on one of the threads. Cancelling the task before its turn throws `CancellationError`; a body
    /// that has begun runs to its end.
    public func run<Output: Sendable>(_ body: @Sendable @escaping () throws -> Output) async throws -> Output {
        try Task.checkCancellation()
        let isCancelled = CancelFlag()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                queue.add {
                    if isCancelled.isSet { return continuation.resume(throwing: CancellationError()) }
                    continuation.resume(with: Result(catching: body))
                }
            }
        } onCancel: {
            isCancelled.set()
        }
    }
}

/// The work that waits, and the threads' loop over it.
final class ComputeQueue: Sendable {
    private struct State {
        var waiting: [@Sendable () -> Void] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    private let available = DispatchSemaphore(value: 0)

    func add(_ job: @escaping @Sendable () -> Void) {
        state.withLock { $0.waiting.append(job) }
        available.signal()
    }

    func close() {
        state.withLock { $0.isClosed = true }
        available.signal()
    }

    func work() {
        _ = nice(10)  // On Linux this is the thread's own priority, not the process's.
        while true {
            available.wait()
            let (job, isClosed) = state.withLock { state in
                (state.waiting.isEmpty ? nil : state.waiting.removeFirst(), state.isClosed)
            }
            if let job {
                job()
            } else if isClosed {
                _ = available.signal()  // lets the next thread see it too
                return
            }
        }
    }
}

final class CancelFlag: Sendable {
    private let value = Atomic<Bool>(false)

    var isSet: Bool { value.load(ordering: .relaxed) }
    func set() { value.store(true, ordering: .relaxed) }
}
