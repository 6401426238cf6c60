import Synchronization
import Telemetry

/// Request figures for Prometheus: totals, durations and requests in flight. Labels are bounded: the route's pattern,
/// a known method and the status.
public final class RequestMetrics: Sendable {
    private struct Key: Hashable {
        let method: String
        let route: String
        let status: Int
    }

    private struct Handles {
        var totals: [Key: Counter] = [:]
        var durations: [String: Histogram] = [:]
    }

    private let registry: MetricsRegistry
    private let inFlight: Gauge
    private let handles = Mutex(Handles())

    public init(_ registry: MetricsRegistry = .shared) {
        self.registry = registry
        inFlight = registry.gauge("http_in_flight", help: "Requests being answered.")
    }

    /// What `AccessLog` reports to.
    public var observer: RequestObserver {
        RequestObserver(
            started: { self.inFlight.increment() },
            finished: { summary in
                self.inFlight.decrement()
                self.record(summary)
            })
    }

    private func record(_ summary: RequestSummary) {
        let (total, duration) = handles.withLock { handles in
            (counter(summary, &handles), summary.isStream ? nil : histogram(summary.route, &handles))
        }
        total.increment()
        duration?.observe(summary.seconds)
    }

    private func counter(_ summary: RequestSummary, _ handles: inout Handles) -> Counter {
        let key = Key(method: summary.method, route: summary.route, status: summary.status)
        if let known = handles.totals[key] { return known }
        let made = registry.counter(
            "http_requests_total", help: "Requests answered.",
            labels: ["method": key.method, "route": key.route, "status": String(key.status)])
        handles.totals[key] = made
        return made
    }

    private func histogram(_ route: String, _ handles: inout Handles) -> Histogram {
        if let known = handles.durations[route] { return known }
        let made = registry.histogram(
            "http_request_duration_seconds", help: "Seconds from request to answer.", labels: ["route": route])
        handles.durations[route] = made
        return made
    }
}
