import CoreMetrics
import Foundation
import Testing

@testable import Telemetry

@Suite("Metrics")
struct MetricsTests {
    /// A strict reader of the text format 0.0.4; throws where Prometheus would refuse the scrape.
    struct Scrape {
        struct Invalid: Error { let line: String }
        var types: [String: String] = [:]
        var samples: [(name: String, labels: String, value: Double)] = []

        init(_ text: String) throws {
            guard text.isEmpty || text.hasSuffix("\n") else { throw Invalid(line: "no newline at the end") }
            var seen: Set<String> = []
            for line in text.split(separator: "\n") {
                if line.hasPrefix("# HELP ") { continue }
                if let match = line.wholeMatch(of: /# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)/) {
                    guard types.updateValue(String(match.2), forKey: String(match.1)) == nil else {
                        throw Invalid(line: String(line))
                    }
                    continue
                }
                let pattern =
                    #/([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (\S+)/#
                guard let match = line.wholeMatch(of: pattern),
                    let value = match.3 == "+Inf" ? Double.infinity : Double(match.3)
                else { throw Invalid(line: String(line)) }
                let labels = String(match.2 ?? "")
                guard seen.insert("\(match.1){\(labels)}").inserted else { throw Invalid(line: "twice: \(line)") }
                samples.append((String(match.1), labels, value))
            }
        }

        func value(_ name: String, _ labels: String = "") -> Double? {
            samples.first { $0.name == name && $0.labels == labels }?.value
        }
    }

    @Test("a scrape validates and holds what was counted")
    func scrape() throws {
        let registry = MetricsRegistry()
        let requests = registry.counter(
            "http_requests_total", help: "Requests.\nBy route \\ status.",
            labels: ["route": "/o/{slug}/\"x\"\\\n", "status": "200"])
        requests.increment()
        requests.increment(by: 4)
        requests.add(-7)
        registry.gauge("queue_depth", help: "Waiting.").set(3)
        registry.gauge("late", help: "Late.") { nil }
        let seconds = registry.histogram("job_seconds", help: "Time.", labels: ["kind": "import"], buckets: [0.1, 1])
        for value in [0.05, 0.1, 0.5, 7] { seconds.observe(value) }
        seconds.observe(.milliseconds(200))
        let scrape = try Scrape(registry.prometheusText())
        #expect(scrape.types == ["http_requests_total": "counter", "queue_depth": "gauge", "job_seconds": "histogram"])
        #expect(scrape.value("http_requests_total", #"route="/o/{slug}/\"x\"\\\n",status="200""#) == 5)
        #expect(scrape.value("queue_depth") == 3)
        #expect(scrape.value("job_seconds_bucket", #"kind="import",le="0.1""#) == 2)
        #expect(scrape.value("job_seconds_bucket", #"kind="import",le="1""#) == 4)
        #expect(scrape.value("job_seconds_bucket", #"kind="import",le="+Inf""#) == 5)
        #expect(scrape.value("job_seconds_count", #"kind="import""#) == 5)
        #expect(abs((scrape.value("job_seconds_sum", #"kind="import""#) ?? 0) - 7.85) < 1e-9)
    }

    @Test("equal name and labels give the same instrument; another type under the name is not exposed")
    func identity() throws {
        let registry = MetricsRegistry()
        registry.counter("a_total", help: "A", labels: ["x": "1", "y": "2"]).increment()
        registry.counter("a_total", help: "A", labels: ["y": "2", "x": "1"]).increment()
        registry.gauge("a_total", help: "A").set(9)
        let scrape = try Scrape(registry.prometheusText())
        #expect(scrape.samples.count == 1)
        #expect(scrape.value("a_total", #"x="1",y="2""#) == 2)
    }

    @Test("a family that grows without bound ends in one overflow series")
    func bounded() throws {
        let registry = MetricsRegistry(seriesLimit: 10)
        for id in 0..<1000 { registry.counter("bad_total", help: "B", labels: ["id": "\(id)"]).increment() }
        let scrape = try Scrape(registry.prometheusText())
        #expect(scrape.samples.count == 11)
        #expect(scrape.value("bad_total", #"overflow="true""#) == 990)
    }

    @Test("strange names are made valid")
    func names() throws {
        let registry = MetricsRegistry()
        registry.counter("http.server-requests", help: "x", labels: ["a.b": "c", "0": "d"]).increment()
        #expect(try Scrape(registry.prometheusText()).value("http_server_requests", #"_0="d",a_b="c""#) == 1)
    }

    @Test("many threads count exactly")
    func concurrent() async {
        let counter = MetricsRegistry().counter("n_total", help: "N")
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { for _ in 0..<10_000 { counter.increment() } } }
        }
        #expect(counter.value == 80_000)
    }

    @Test("libraries that speak swift-metrics land in the registry")
    func factory() throws {
        let registry = MetricsRegistry()
        let factory = RegistryMetricsFactory(registry)
        factory.makeCounter(label: "lib.count", dimensions: [("k", "v")]).increment(by: 2)
        factory.makeTimer(label: "lib.time", dimensions: []).recordNanoseconds(500_000_000)
        factory.makeMeter(label: "lib.level", dimensions: []).set(1.5)
        factory.makeRecorder(label: "lib.size", dimensions: [], aggregate: true).record(Int64(3))
        let scrape = try Scrape(registry.prometheusText())
        #expect(scrape.value("lib_count", #"k="v""#) == 2)
        #expect(scrape.value("lib_time_seconds_sum") == 0.5)
        #expect(scrape.value("lib_level") == 1.5)
        #expect(scrape.value("lib_size_count") == 1)
    }

    @Test("the process's memory, CPU, files and build are there")
    func process() throws {
        let registry = MetricsRegistry()
        ProcessMetrics.register(in: registry, version: "1.2.3")
        let scrape = try Scrape(registry.prometheusText())
        #expect((scrape.value("process_resident_memory_bytes") ?? 0) > 1_000_000)
        #expect(scrape.value("process_cpu_seconds_total") != nil)
        #expect((scrape.value("process_open_fds") ?? 0) > 2)
        #expect((scrape.value("process_max_fds") ?? 0) > 16)
        #expect((scrape.value("process_threads") ?? 0) >= 1)
        #expect(scrape.value("build_info", #"version="1.2.3""#) == 1)
    }
}
