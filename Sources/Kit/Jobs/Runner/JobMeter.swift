import Telemetry

/// Counts and times jobs for `/metrics`. Kinds are few and known, so they are good labels.
struct JobMeter: Sendable {
    private let registry: MetricsRegistry

    init(_ registry: MetricsRegistry = .shared) { self.registry = registry }

    func ended(_ kind: String, _ ending: JobEnding, after time: Duration) {
        registry.counter(
            "omnify_jobs_ended_total", help: "Tries of jobs, by kind and ending.",
            labels: ["kind": kind, "ending": ending.name]
        ).increment()
        registry.histogram(
            "omnify_job_seconds", help: "Time of one try of a job.", labels: ["kind": kind],
            buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 1800]
        ).observe(time)
    }
}

extension JobEnding {
    /// For labels.
    var name: String {
        switch self {
        case .succeeded: "succeeded"
        case .failed: "failed"
        case .cancelled: "cancelled"
        case .tryAgain: "retried"
        case .released: "released"
        }
    }
}
