import BSON
import Crypto
import Customers
import Foundation

/// Turns a result into the documents that are stored, and hashes them.
struct RunRowsBuilder {
    let input: RunInput
    let result: EyesResult
    let state: EyesState
    let job: String
    let started: Date
    let finished: Date
    let threads: Int

    func build() throws -> RunRows {
        let members = members
        let scores = result.scores.map {
            StoredScore($0, runID: result.runID, customerID: input.snapshot.customers[$0.customer])
        }
        let tests = result.tests.map { StoredTest($0, runID: result.runID) }
        let stored = RunResult(
            asOfDay: result.asOf, population: result.population, clustering: result.clusters,
            horizons: result.horizons, projection: result.projection)
        let run = StoredRun(
            id: result.runID, jobID: job, asOf: input.asOf, onOldData: input.onOldData, identity: identity,
            consent: input.counts, orders: input.orders, ordersUsed: input.snapshot.orders.count,
            sources: input.sources.map(\.platform).uniqued(), sourceLabels: input.sources.map(\.label).uniqued(),
            result: stored,
            resultHash: try hash(stored, members: members, scores: scores, tests: tests),
            attempt: RunAttempt(
                startedAt: started, seconds: finished.timeIntervalSince(started),
                memoryBytes: ProcessMemory.residentBytes, threads: threads),
            createdAt: finished)
        return RunRows(run: run, segments: result.segments, members: members, scores: scores, tests: tests)
    }

    private var identity: RunIdentity {
        RunIdentity(
            seed: state.config.seed, snapshotHash: RunName.snapshotHash(input.snapshot),
            consentHash: input.consentHash, codeVersion: Eyes.codeVersion, config: state.config,
            dataVersion: input.reading.dataVersion)
    }

    /// Members of a segment are placed by spend of the last year.
    private var members: [StoredMember] {
        var places = [Int](repeating: 0, count: result.members.count)
        var next: [Int: Int] = [:]
        let order = result.members.indices.sorted {
            (-result.members[$0].spend365Minor, $0) < (-result.members[$1].spend365Minor, $1)
        }
        for index in order {
            places[index] = next[result.members[index].segment, default: 0]
            next[result.members[index].segment, default: 0] += 1
        }
        return result.members.enumerated().map { index, member in
            StoredMember(
                member, runID: result.runID, customerID: input.snapshot.customers[member.customer],
                place: places[index])
        }
    }

    private func hash(
        _ stored: RunResult, members: [StoredMember], scores: [StoredScore], tests: [StoredTest]
    ) throws -> String {
        var hash = SHA256()
        hash.update(data: try BSONEncoder().encode(stored).bytes)
        for segment in result.segments { hash.update(data: try BSONEncoder().encode(segment).bytes) }
        for member in members { hash.update(data: member.bson().bytes) }
        for score in scores { hash.update(data: score.bson().bytes) }
        for test in tests { hash.update(data: test.bson().bytes) }
        return RunName.hex(hash.finalize())
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
