import Foundation
import Logging
import Mongo
import ServiceLifecycle
import Synchronization
import Telemetry
import Vault

/// Does jobs: leases them one by one, keeps the lease alive, writes how they ended.
///
/// Any number of runners, in any number of processes, share the queue. While the database is away the runner waits.
/// On graceful shutdown it leases nothing more, gives running jobs some time, then puts them back.
public final class JobRunner: Service, Sendable {
    private let store: JobStore
    private let handlers: [String: AnyJobHandler]
    private let configuration: JobRunnerConfiguration
    private let logger: Logger
    /// Names this worker in the lease.
    public let owner: String
    private let state = Mutex(State())
    /// Kinds that share places, with how many.
    private let lanes: [(kinds: [String], places: Int)]

    private struct State {
        var stoppingSince: ContinuousClock.Instant?
        /// By lease token.
        var running: [String: JobLease] = [:]
        /// By lane.
        var taken: [Int: Int] = [:]
        /// A job has ended since memory was given back.
        var holdsFreeMemory = false
    }

    public init(
        database: MongoDatabase, handlers: [any JobHandler], clock: WallClock = .system,
        configuration: JobRunnerConfiguration = .init(), logger: Logger = Logger(label: "jobs")
    ) {
        store = JobStore(database, clock)
        let known = Dictionary(handlers.map { AnyJobHandler($0) }.map { ($0.kind, $0) }) { first, _ in first }
        let own = configuration.ownPlaces.filter { known[$0.key] != nil }
        self.handlers = known
        lanes =
            [(known.keys.filter { own[$0] == nil }.sorted(), configuration.concurrency)]
            + own.sorted { $0.key < $1.key }.map { ([$0.key], $0.value) }
        self.configuration = configuration
        self.logger = logger
        owner =
            "\(ProcessInfo.processInfo.hostName):\(ProcessInfo.processInfo.processIdentifier):"
            + RandomToken.make(bytes: 6)
    }

    /// Jobs this runner works on now.
    public var runningCount: Int { state.withLock { $0.running.count } }

    public func run() async throws {
        let (ticks, tick) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        JobSignal.shared.add(self) { tick.yield() }
        defer { JobSignal.shared.remove(self) }
        await withGracefulShutdownHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.keepTicking(tick) }
                await self.work(ticks, tick)
                group.cancelAll()
            }
        } onGracefulShutdown: {
            self.state.withLock { $0.stoppingSince = .now }
            tick.yield()
        }
    }

    /// Ticks at the poll interval; when the grace of a shutdown is over, ends what still runs.
    private func keepTicking(_ tick: AsyncStream<Void>.Continuation) async {
        tick.yield()
        while !Task.isCancelled {
            try? await Task.sleep(for: min(configuration.pollInterval, isStopping ? .milliseconds(50) : .seconds(60)))
            tick.yield()
            interruptAfterGrace()
            giveBackWhenIdle()
        }
        tick.finish()
    }

    /// A tick after the last job rather than at its end: by then others have let go of what they shared with it.
    private func giveBackWhenIdle() {
        let isDue = state.withLock { state in
            guard state.running.isEmpty, state.holdsFreeMemory else { return false }
            state.holdsFreeMemory = false
            return true
        }
        if isDue { ProcessMemory.giveBack() }
    }

    /// Does what is due now, one job after the other, and returns when nothing is left. For whoever moves the clock
    /// himself; a service uses ``run()``.
    public func workOff() async {
        while !Task.isCancelled, let job = await claim(Array(handlers.keys)) { await execute(job, JobLease(job)) }
    }

    private func work(_ ticks: AsyncStream<Void>, _ tick: AsyncStream<Void>.Continuation) async {
        await withDiscardingTaskGroup { group in
            for await _ in ticks {
                if isStopping || Task.isCancelled { break }
                for (lane, (kinds, places)) in lanes.enumerated() where !kinds.isEmpty {
                    while hasPlace(lane, places), !isStopping, let job = await claim(kinds) {
                        let lease = begin(job, in: lane)
                        group.addTask {
                            await self.execute(job, lease)
                            self.end(lease, in: lane)
                            tick.yield()
                        }
                    }
                }
            }
        }
    }

    private func hasPlace(_ lane: Int, _ places: Int) -> Bool { state.withLock { $0.taken[lane, default: 0] < places } }

    private func begin(_ job: Job, in lane: Int) -> JobLease {
        let lease = JobLease(job)
        state.withLock { state in
            state.running[lease.token] = lease
            state.taken[lane, default: 0] += 1
        }
        return lease
    }

    private func end(_ lease: JobLease, in lane: Int) {
        state.withLock { state in
            state.running[lease.token] = nil
            state.taken[lane, default: 0] -= 1
            state.holdsFreeMemory = true
        }
    }

    private func claim(_ kinds: [String]) async -> Job? {
        do {
            return try await store.claim(
                kinds: kinds, owner: owner, lease: configuration.lease.timeInterval)
        } catch is CancellationError {
            return nil
        } catch {
            logger.warning("the job queue cannot be read", metadata: ["error": "\(error)"])
            return nil
        }
    }

    private func execute(_ job: Job, _ lease: JobLease) async {
        guard let handler = handlers[job.kind] else { return }
        let execution = JobExecution(
            job: job, lease: lease, handler: handler, store: store, configuration: configuration, logger: logger)
        await execution.run()
    }

    private var isStopping: Bool { state.withLock { $0.stoppingSince != nil } }

    private func interruptAfterGrace() {
        let leases = state.withLock { state -> [JobLease] in
            guard let since = state.stoppingSince, ContinuousClock.now - since >= configuration.grace else { return [] }
            return Array(state.running.values)
        }
        for lease in leases { lease.interrupt(.stopping) }
    }
}
