import Logging
import NIOCore
import NIOPosix
import Synchronization
import Telemetry

/// The pool, its threads and the gates in front: everything that runs an operation.
final class MongoEngine: Sendable {
    let configuration: MongoConfiguration
    let logger: Logger
    let pool: ClientPool
    let threads: NIOThreadPool
    let gate: AdmissionGate
    let cursorPins: PinGate
    let transactionPins: PinGate
    let meter: MongoMeter
    /// Set at shutdown; change streams look at it.
    let isStopping = Atomic<Bool>(false)

    /// Change streams that may be open at once, each with a connection and a thread of its own.
    static let changeStreams = 4

    init(
        _ configuration: MongoConfiguration, logger: Logger, metrics: MetricsRegistry
    ) throws(MongoError) {
        let count = configuration.threads ?? Self.defaultThreads
        guard count > 0 else { throw MongoError(.invalid, "the database needs at least one thread") }
        pool = try ClientPool(
            configuration,
            size: count + configuration.openCursors + configuration.openTransactions + Self.changeStreams)
        self.configuration = configuration
        self.logger = logger
        threads = NIOThreadPool(numberOfThreads: count)
        gate = AdmissionGate(
            threads: threads, limit: count, queueLimit: configuration.gateLimit,
            queueTimeout: configuration.queueTimeout)
        cursorPins = PinGate(limit: configuration.openCursors, timeout: configuration.queueTimeout)
        transactionPins = PinGate(limit: configuration.openTransactions, timeout: configuration.queueTimeout)
        meter = MongoMeter(metrics)
        threads.start()
        MongoMeter.expose(self, in: metrics)
    }

    deinit { threads.shutdownGracefully { _ in } }

    /// Runs an operation in one hop, on the transaction's client if there is one.
    nonisolated(nonsending) func execute<Operation: MongoOperation>(
        _ operation: Operation, in transaction: MongoTransaction?
    ) async throws -> Operation.Output {
        if let transaction { return try await transaction.execute(operation) }
        return try await run(Operation.name) { [self] in
            let lease = try pool.lease()
            return try operation.execute(on: MongoConnection(client: lease.client, session: nil))
        }
    }

    /// One hop to a database thread. Cancelling the task abandons the result; a call into C cannot be interrupted,
    /// the thread comes free by the operation's own timeouts.
    ///
    /// `isAbandonable` is false where the next hop uses the same client: then the hop is waited for.
    nonisolated(nonsending) func run<Output: Sendable>(
        _ name: String, isAbandonable: Bool = true, _ body: @escaping @Sendable () throws -> Output
    ) async throws -> Output {
        let ticket = Ticket<Output>()
        let start = ContinuousClock.now
        let job = GateJob(
            id: ObjectIdentifier(ticket),
            run: { [meter] in
                guard ticket.isWanted else { return }
                let result = Result(catching: body)
                meter.record(name, since: start, result)
                ticket.finish(result)
            },
            fail: { [meter] error in
                meter.turnedAway()
                ticket.finish(.failure(error))
            })
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                if ticket.wait(continuation) { gate.submit(job) }
            }
        } onCancel: {
            guard isAbandonable else { return }
            gate.remove(job.id)
            ticket.finish(.failure(CancellationError()))
        }
    }

    private static var defaultThreads: Int { min(32, max(8, 4 * System.coreCount)) }
}
