import Customers
import Foundation

/// Makes the document of a run whose rows are written.
struct RunBuilder {
    let input: RunInput
    /// Of the input's snapshot.
    let snapshotHash: String
    let rows: ResultRows
    /// Of the rows' documents.
    let resultHash: String
    let state: EyesState
    let job: String
    let started: Date
    let finished: Date
    let threads: Int
    var stages: [StageTime] = []

    func build() -> StoredRun {
        StoredRun(
            id: rows.runID, jobID: job, asOf: input.asOf, onOldData: input.onOldData, identity: identity,
            consent: input.counts, orders: input.orders, ordersUsed: input.snapshot.orderCount,
            sources: input.sources.map(\.platform).uniqued(), sourceLabels: input.sources.map(\.label).uniqued(),
            result: rows.result, resultHash: resultHash,
            attempt: RunAttempt(
                startedAt: started, seconds: finished.timeIntervalSince(started),
                memoryBytes: ProcessMemory.residentBytes, threads: threads, stages: stages),
            createdAt: finished, eventsUsed: input.events.used, excludedEvents: input.events.excluded,
            leftOut: input.leftOut, currency: input.currency)
    }

    private var identity: RunIdentity {
        RunIdentity(
            seed: state.config.seed, snapshotHash: snapshotHash,
            consentHash: input.consentHash, codeVersion: Eyes.codeVersion, config: state.config,
            dataVersion: input.reading.dataVersion,
            previousRunID: state.publishedRunID == rows.runID ? state.previousRunID : state.publishedRunID,
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
