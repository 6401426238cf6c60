import BSON
import Connectors
import Foundation
import Jobs
import Mongo
import Tenancy

/// One worker, many connections, a rhythm pressed into seconds.
struct ScheduleBench {
    let mongo: String
    let server: String
    let connections: Int
    let organizations: Int
    let every: Double
    let rounds: Int

    func run() async throws {
        let manager = try await BenchManager(
            mongo: mongo, server: server, settings: ["every_seconds": "\(every)"])
        var scopes: [TenantScope] = []
        for number in 0..<organizations { scopes.append(try await manager.organization("bench-\(number)")) }
        for number in 0..<connections {
            // The first organization has as many as all others together, to see whether it stands before them.
            let scope = number % 2 == 0 ? scopes[0] : scopes[1 + (number / 2) % max(1, organizations - 1)]
            _ = try await manager.connect(scope, account: number)
        }
        let (runner, scheduler) = (manager.runner(syncs: 8), manager.scheduler())
        let work = Task { try await runner.run() }
        let clock = Task { try await scheduler.run() }
        let start = Date()
        try await Task.sleep(for: .seconds(every * Double(rounds + 1)))
        clock.cancel()
        work.cancel()
        _ = await (work.result, clock.result)
        try await report(manager, since: start)
        try await manager.close()
    }

    /// A reading is on time when it ends before its deadline: half an interval after it was due.
    private func report(_ manager: BenchManager, since start: Date) async throws {
        var delays: [Double] = []
        var silent = 0
        let rows = try await manager.database.collection("sync_runs").aggregate([
            ["$match": ["stream": "customers", "state": "finished"]],
            ["$sort": ["started_at": 1]],
            ["$group": ["_id": "$connection_id", "ends": ["$push": "$finished_at"]]],
        ])
        for row in rows {
            let ends = row["ends"]?.arrayValue?.compactMap(\.dateValue) ?? []
            if ends.count < rounds { silent += 1 }
            delays += zip(ends, ends.dropFirst()).map { $1.timeIntervalSince($0) - every }
        }
        silent += connections - rows.count
        delays.sort()
        let onTime = delays.count { $0 <= every / 2 }
        func delay(_ share: Double) -> Double {
            delays.isEmpty ? 0 : delays[min(delays.count - 1, Int(Double(delays.count) * share))]
        }
        BenchSync.tell([
            ("connections", "\(connections)"), ("every_s", "\(Int(every))"), ("readings", "\(delays.count)"),
            ("on_time_share", String(format: "%.4f", delays.isEmpty ? 0 : Double(onTime) / Double(delays.count))),
            ("median_delay_s", String(format: "%.2f", delay(0.5))),
            ("max_delay_s", String(format: "%.2f", delays.last ?? 0)), ("left_out", "\(silent)"),
            ("peak_rss_mib", String(format: "%.0f", BenchManager.peakMemory)),
        ])
    }
}
