import BSON
import Connectors
import Foundation
import Jobs
import Mongo
import Records
import Tenancy

/// Readings at full speed and on schedule.
///
/// `bench-sync serve <customers> <orders> <events>` is the platform and prints its port;
/// `bench-sync load <mongo> <server>` reads it all through the manager and prints records a second and peak memory;
/// `bench-sync schedule <mongo> <server> <connections> <organizations> <every> <rounds>` keeps connections on a
/// rhythm of so many seconds and prints how many readings were on time and the largest delay.
@main
enum BenchSync {
    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        let numbers = arguments.dropFirst(arguments.first == "serve" ? 1 : 3).compactMap { Int($0) }
        switch (arguments.first, arguments.count, numbers.count) {
        case ("serve", 4, 3):
            try await BenchServer(customers: numbers[0], orders: numbers[1], events: numbers[2]).run(port: 0)
        case ("load", 3, _): try await load(mongo: arguments[1], server: arguments[2])
        case ("schedule", 7, 4):
            try await ScheduleBench(
                mongo: arguments[1], server: arguments[2], connections: numbers[0], organizations: numbers[1],
                every: Double(numbers[2]), rounds: numbers[3]
            ).run()
        default: print("usage: bench-sync serve | load | schedule …, see BenchSync.swift")
        }
    }

    private static func load(mongo: String, server: String) async throws {
        let manager = try await BenchManager(mongo: mongo, server: server)
        let scope = try await manager.organization("bench")
        let connection = try await manager.connect(scope, account: 1)
        let start = ContinuousClock.now
        await manager.runner(syncs: 1).workOff()
        let elapsed = seconds(since: start)
        let detail = try await manager.service.detail(scope, connection.id)
        var report: [(String, String)] = []
        var records = 0
        for run in detail.runs.reversed() {
            let took = (run.finishedAt ?? Date()).timeIntervalSince(run.startedAt)
            records += run.recordsIn
            report.append((run.stream + "_per_s", "\(Int(Double(run.recordsIn) / max(0.001, took)))"))
        }
        report += [
            ("records", "\(records)"), ("seconds", String(format: "%.1f", elapsed)),
            ("records_per_s", "\(Int(Double(records) / elapsed))"),
            ("peak_rss_mib", String(format: "%.0f", BenchManager.peakMemory)),
            ("state", "\"\(detail.status.state.rawValue)\""),
        ]
        tell(report)
        try await manager.close()
    }

    static func tell(_ figures: [(String, String)]) {
        print("{" + figures.map { "\"\($0.0)\": \($0.1)" }.joined(separator: ", ") + "}")
    }

    static func seconds(since start: ContinuousClock.Instant) -> Double {
        let elapsed = start.duration(to: .now)
        return Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
    }
}
