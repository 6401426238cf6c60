import BSON
import Foundation
import Jobs
import Mongo
import Synchronization
import TestMongo
import Testing
import Vault
import Waiting

/// A queue with its database and a clock that the test moves.
struct JobBench: Sendable {
    let database: MongoDatabase
    let time = ManualTime()
    let partition = "org_1"

    var clock: WallClock { .manual(time) }
    var queue: JobQueue { JobQueue(database: database, clock: clock) }

    static func with(_ body: (JobBench) async throws -> Void) async throws {
        try await TestMongo.shared().withDatabase { database in
            try await JobCollections.create(in: database)
            try await body(JobBench(database: database))
        }
    }

    func runner(
        _ handlers: any JobHandler..., concurrency: Int = 2, heartbeat: Duration? = nil,
        backoff: Backoff = Backoff(base: 1, longest: 8)
    ) -> JobRunner {
        JobRunner(
            database: database, handlers: handlers, clock: clock,
            configuration: JobRunnerConfiguration(
                concurrency: concurrency, pollInterval: .milliseconds(20), heartbeat: heartbeat,
                progressInterval: .zero, grace: .milliseconds(50), backoff: backoff))
    }

    /// Lends running workers; they are stopped afterwards.
    func working(_ runners: JobRunner..., body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for runner in runners { group.addTask { try await runner.run() } }
            defer { group.cancelAll() }
            try await body()
        }
    }

    func get(_ job: Job) async throws -> Job {
        guard let found = try await queue.get(job.id, partition: job.partition) else { throw Missing() }
        return found
    }

    func expect(
        _ state: Job.State, _ job: Job, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let isReached = try await eventually { try await get(job).state == state }
        #expect(isReached, "\(state) was not reached", sourceLocation: sourceLocation)
    }

    struct Missing: Error {}
}

/// Notes what happened, from any task.
final class Notes: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }
    func add(_ line: String) { lines.withLock { $0.append(line) } }
    func count(_ line: String) -> Int { all.count { $0 == line } }
}

func expectEventually(
    sourceLocation: SourceLocation = #_sourceLocation, _ condition: () async throws -> Bool
) async throws {
    let holds = try await eventually(condition)
    #expect(holds, sourceLocation: sourceLocation)
}
