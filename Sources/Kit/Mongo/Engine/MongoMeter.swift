import Synchronization
import Telemetry

/// Counts and times what the engine does: for `/metrics`, and as totals for ``MongoClient/statistics``.
final class MongoMeter: Sendable {
    private let done = Atomic<Int>(0)
    private let failed = Atomic<Int>(0)
    private let refused = Atomic<Int>(0)
    private let seconds: [String: Histogram]
    private let other: Histogram
    private let errors: Counter

    init(_ registry: MetricsRegistry) {
        let names = [
            FindFew.name, FindAll.name, Insert.name, ChangeOne.name, DeleteOne.name, WriteMany.name, BulkWrite.name,
            RunCommand.name, "batch", "session", "begin", "commit", "abort",
        ]
        func histogram(_ name: String) -> Histogram {
            registry.histogram(
                "omnify_mongo_operation_seconds", help: "Time of one hop on a database thread.",
                labels: ["operation": name])
        }
        seconds = Dictionary(uniqueKeysWithValues: names.map { ($0, histogram($0)) })
        other = histogram("other")
        errors = registry.counter("omnify_mongo_errors_total", help: "Hops that ended in an error.")
    }

    func record<Output>(
        _ name: String, since start: ContinuousClock.Instant, _ result: Result<Output, any Error>
    ) {
        (seconds[name] ?? other).observe(ContinuousClock.now - start)
        switch result {
        case .success: done.wrappingAdd(1, ordering: .relaxed)
        case .failure:
            failed.wrappingAdd(1, ordering: .relaxed)
            errors.increment()
        }
    }

    func turnedAway() { refused.wrappingAdd(1, ordering: .relaxed) }

    /// Shows what waits and runs. Holds the engine weakly: a client that is gone leaves its figures out.
    static func expose(_ engine: MongoEngine, in registry: MetricsRegistry) {
        registry.gauge("omnify_mongo_queued", help: "Operations waiting for a database thread.") { [weak engine] in
            engine.map { Double($0.gate.queued) }
        }
        registry.gauge("omnify_mongo_running", help: "Operations on a database thread.") { [weak engine] in
            engine.map { Double($0.gate.running) }
        }
        registry.counter("omnify_mongo_refused_total", help: "Operations turned away by the gate.") { [weak engine] in
            engine.map { Double($0.meter.totals.refused) }
        }
    }

    var totals: (done: Int, failed: Int, refused: Int) {
        (done.load(ordering: .relaxed), failed.load(ordering: .relaxed), refused.load(ordering: .relaxed))
    }
}
