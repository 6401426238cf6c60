import BSON
import Logging
import NIOPosix
import ServiceLifecycle
import Synchronization
import Telemetry

/// The connection to MongoDB: a pool of clients, the threads that use them, and a gate in front.
///
/// Usable from the moment it is made. As a `Service` it waits for graceful shutdown, lets what runs come to its end
/// and joins its threads; without a service group call ``shutdown()``.
public final class MongoClient: Service, Sendable {
    let engine: MongoEngine

    /// Throws ``MongoError`` of kind `.invalid` when the URL cannot be read. Does not connect yet.
    public init(
        _ configuration: MongoConfiguration, logger: Logger = Logger(label: "mongo"),
        metrics: MetricsRegistry = .shared
    ) throws {
        engine = try MongoEngine(configuration, logger: logger, metrics: metrics)
    }

    public func run() async throws {
        try? await gracefulShutdown()
        await shutdown()
    }

    /// Turns new operations away, waits for those under way, joins the threads.
    public func shutdown() async {
        engine.isStopping.store(true, ordering: .relaxed)
        await engine.gate.drain()
        try? await engine.threads.shutdownGracefully()
    }

    public func database(_ name: String) -> MongoDatabase {
        MongoDatabase(engine: engine, name: name)
    }

    /// Asks the server for a sign of life.
    public func ping(timeout: Duration = .seconds(2)) async throws {
        _ = try await database("admin").command(["ping": 1], timeout: timeout)
    }

    /// A snapshot for metrics and the status page.
    public var statistics: MongoStatistics {
        let totals = engine.meter.totals
        return MongoStatistics(
            running: engine.gate.running, queued: engine.gate.queued, done: totals.done, failed: totals.failed,
            refused: totals.refused)
    }
}
