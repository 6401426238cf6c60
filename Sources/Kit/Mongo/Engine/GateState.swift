import NIOCore

/// The rules of the admission gate, without threads or time of its own.
///
/// At most `limit` jobs run. Others wait in order, at most `queueLimit`; what comes then is turned away.
struct GateState<Job: Identifiable> {
    enum Admission: Equatable {
        case started, queued, shed, closed
    }

    let limit: Int
    let queueLimit: Int
    private(set) var running = 0
    private(set) var isClosed = false
    private var waiting = CircularBuffer<(job: Job, deadline: ContinuousClock.Instant)>()

    init(limit: Int, queueLimit: Int) {
        self.limit = limit
        self.queueLimit = queueLimit
    }

    var queued: Int { waiting.count }
    var isIdle: Bool { running == 0 && waiting.isEmpty }
    /// The first waiting job's deadline. All wait equally long, so that no later one is due earlier.
    var nextDeadline: ContinuousClock.Instant? { waiting.first?.deadline }

    mutating func admit(_ job: Job, deadline: ContinuousClock.Instant) -> Admission {
        if isClosed { return .closed }
        if running < limit {
            running += 1
            return .started
        }
        guard waiting.count < queueLimit else { return .shed }
        waiting.append((job, deadline))
        return .queued
    }

    /// A running job has ended; its thread goes on with the one returned.
    mutating func finish() -> Job? {
        if let next = waiting.popFirst() { return next.job }
        running -= 1
        return nil
    }

    /// Takes a job out that no longer wants to run.
    mutating func remove(_ id: Job.ID) {
        if let index = waiting.firstIndex(where: { $0.job.id == id }) { waiting.remove(at: index) }
    }

    mutating func expire(now: ContinuousClock.Instant) -> [Job] {
        var due: [Job] = []
        while let first = waiting.first, first.deadline <= now {
            due.append(first.job)
            waiting.removeFirst()
        }
        return due
    }

    /// Nothing new comes in; what waits and runs is brought to its end.
    mutating func close() { isClosed = true }
}
