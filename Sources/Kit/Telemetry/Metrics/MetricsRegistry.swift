import Synchronization

/// All figures of the process, by name and labels, and their Prometheus form.
///
/// Ask for a handle once and keep it. Labels must be bounded: route patterns and states, never ids. As a last guard a
/// family that reaches `seriesLimit` counts everything new in one series labelled `overflow`.
public final class MetricsRegistry: Sendable {
    public static let shared = MetricsRegistry()

    enum Instrument: Sendable {
        case counter(Counter)
        case gauge(Gauge)
        case computed(typeName: String, read: @Sendable () -> Double?)
        case histogram(Histogram)

        var typeName: String {
            switch self {
            case .counter: "counter"
            case .gauge: "gauge"
            case .computed(let typeName, _): typeName
            case .histogram: "histogram"
            }
        }
    }

    struct Family: Sendable {
        let typeName: String
        let help: String
        /// Instruments by their labels as written in the exposition.
        var series: [String: Instrument] = [:]
    }

    private let seriesLimit: Int
    private let families = Mutex<[String: Family]>([:])

    public init(seriesLimit: Int = 500) { self.seriesLimit = seriesLimit }

    /// A counter; equal names and labels give the same one. Names end in `_total` by convention.
    public func counter(_ name: String, help: String, labels: [String: String] = [:]) -> Counter {
        if case .counter(let counter) = instrument(name, help, labels, make: { .counter(Counter()) }) { return counter }
        return Counter()
    }

    public func gauge(_ name: String, help: String, labels: [String: String] = [:]) -> Gauge {
        if case .gauge(let gauge) = instrument(name, help, labels, make: { .gauge(Gauge()) }) { return gauge }
        return Gauge()
    }

    /// A gauge whose value is computed when somebody looks; nil leaves it out.
    public func gauge(
        _ name: String, help: String, labels: [String: String] = [:], read: @escaping @Sendable () -> Double?
    ) {
        _ = instrument(name, help, labels, replacing: true) { .computed(typeName: "gauge", read: read) }
    }

    /// A counter somebody else keeps, read when somebody looks.
    public func counter(
        _ name: String, help: String, labels: [String: String] = [:], read: @escaping @Sendable () -> Double?
    ) {
        _ = instrument(name, help, labels, replacing: true) { .computed(typeName: "counter", read: read) }
    }

    /// A histogram with these upper bounds, ascending.
    public func histogram(
        _ name: String, help: String, labels: [String: String] = [:], buckets: [Double] = Histogram.durations
    ) -> Histogram {
        let made = instrument(name, help, labels) { .histogram(Histogram(bounds: buckets)) }
        if case .histogram(let histogram) = made { return histogram }
        return Histogram(bounds: buckets)
    }

    /// Everything in the Prometheus text format 0.0.4, families and series in a fixed order.
    public func prometheusText() -> String {
        let families = families.withLock { $0 }
        var text = PrometheusText()
        for (name, family) in families.sorted(by: { $0.key < $1.key }) { text.append(name, family) }
        return text.finish()
    }

    /// Takes the series with these labels, or makes it. A name already used for another type gives back an instrument
    /// that nobody exposes: wrong metrics must not stop a request.
    private func instrument(
        _ name: String, _ help: String, _ labels: [String: String], replacing: Bool = false, make: () -> Instrument
    ) -> Instrument {
        let name = PrometheusText.metricName(name)
        let key = PrometheusText.labels(labels)
        return families.withLock { families in
            let fresh = make()
            var family = families[name] ?? Family(typeName: fresh.typeName, help: help)
            guard family.typeName == fresh.typeName else { return fresh }
            if let known = family.series[key], !replacing { return known }
            var target = key
            if family.series[key] == nil, family.series.count >= seriesLimit {
                target = PrometheusText.labels(["overflow": "true"])
                if let known = family.series[target] { return known }
            }
            family.series[target] = fresh
            families[name] = family
            return fresh
        }
    }
}
