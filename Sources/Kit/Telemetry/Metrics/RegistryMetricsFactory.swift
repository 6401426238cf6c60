import CoreMetrics

/// Takes the figures of libraries that speak swift-metrics into a registry.
public struct RegistryMetricsFactory: MetricsFactory {
    private let registry: MetricsRegistry

    public init(_ registry: MetricsRegistry = .shared) { self.registry = registry }

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        CounterBridge(registry.counter(label, help: Self.help, labels: Self.labels(dimensions)))
    }

    public func makeFloatingPointCounter(label: String, dimensions: [(String, String)])
        -> any FloatingPointCounterHandler
    {
        CounterBridge(registry.counter(label, help: Self.help, labels: Self.labels(dimensions)))
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        GaugeBridge(registry.gauge(label, help: Self.help, labels: Self.labels(dimensions)))
    }

    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        if aggregate {
            let buckets = (0...16).map { Double(1 << $0) }
            return HistogramBridge(
                registry.histogram(label, help: Self.help, labels: Self.labels(dimensions), buckets: buckets))
        }
        return GaugeBridge(registry.gauge(label, help: Self.help, labels: Self.labels(dimensions)))
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        let name = label.hasSuffix("seconds") ? label : label + "_seconds"
        return HistogramBridge(registry.histogram(name, help: Self.help, labels: Self.labels(dimensions)))
    }

    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}

    private static let help = "Reported by a library."

    private static func labels(_ dimensions: [(String, String)]) -> [String: String] {
        Dictionary(dimensions, uniquingKeysWith: { $1 })
    }
}

private final class CounterBridge: CounterHandler, FloatingPointCounterHandler {
    private let counter: Counter

    init(_ counter: Counter) { self.counter = counter }

    func increment(by amount: Int64) { counter.add(Double(amount)) }

    func increment(by amount: Double) { counter.add(amount) }

    /// Prometheus counters never fall, so a reset changes nothing.
    func reset() {}
}

private final class GaugeBridge: MeterHandler, RecorderHandler {
    private let gauge: Gauge

    init(_ gauge: Gauge) { self.gauge = gauge }

    func set(_ value: Int64) { gauge.set(Double(value)) }
    func set(_ value: Double) { gauge.set(value) }
    func increment(by amount: Double) { gauge.add(amount) }
    func decrement(by amount: Double) { gauge.add(-amount) }
    func record(_ value: Int64) { gauge.set(Double(value)) }
    func record(_ value: Double) { gauge.set(value) }
}

private final class HistogramBridge: RecorderHandler, TimerHandler {
    private let histogram: Histogram

    init(_ histogram: Histogram) { self.histogram = histogram }

    func record(_ value: Int64) { histogram.observe(Double(value)) }
    func record(_ value: Double) { histogram.observe(value) }
    func recordNanoseconds(_ duration: Int64) { histogram.observe(Double(duration) / 1e9) }
}
