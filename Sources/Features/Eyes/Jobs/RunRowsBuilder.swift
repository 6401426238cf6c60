import Customers
import Foundation

/// Turns a result into the documents that are stored, and hashes them.
struct RunRowsBuilder {
    let input: RunInput
    /// Of the input's snapshot.
    let snapshotHash: String
    let result: EyesResult
    let state: EyesState
    let job: String
    let started: Date
    let finished: Date
    let threads: Int
    var stages: [StageTime] = []

    func build() throws -> RunRows {
        let rows = ResultRows(result, snapshot: input.snapshot)
        let run = StoredRun(
            id: result.runID, jobID: job, asOf: input.asOf, onOldData: input.onOldData, identity: identity,
            consent: input.counts, orders: input.orders, ordersUsed: input.snapshot.orderCount,
            sources: input.sources.map(\.platform).uniqued(), sourceLabels: input.sources.map(\.label).uniqued(),
            result: rows.result, resultHash: try rows.hash(),
            attempt: RunAttempt(
                startedAt: started, seconds: finished.timeIntervalSince(started),
                memoryBytes: ProcessMemory.residentBytes, threads: threads, stages: stages),
            createdAt: finished, eventsUsed: input.events.used, excludedEvents: input.events.excluded,
            leftOut: input.leftOut)
        return RunRows(
            run: run, segments: rows.segments, members: rows.members, scores: rows.scores, tests: rows.tests)
    }

    private var identity: RunIdentity {
        RunIdentity(
            seed: state.config.seed, snapshotHash: snapshotHash,
            consentHash: input.consentHash, codeVersion: Eyes.codeVersion, config: state.config,
            dataVersion: input.reading.dataVersion,
            previousRunID: state.publishedRunID == result.runID ? state.previousRunID : state.publishedRunID,
            frozen: state.frozenVersions.isEmpty ? nil : state.frozenVersions)
    }
}

/// The process's resident memory, for the run's attempt.
enum ProcessMemory {
    /// 0 where the system does not tell.
    static var residentBytes: Int64 {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
            let pages = text.split(separator: " ").dropFirst().first.flatMap({ Int64($0) })
        else { return 0 }
        return pages * 4096
    }
}
