import BSON
import Foundation
import Logging
import Mongo
import ServiceLifecycle
import Vault

/// Runs schedules. Of several workers one takes each due time, by a lease in the database; the others leave it.
public final class Scheduler: Service, Sendable {
    private let schedules: [Schedule]
    private let collection: MongoCollection
    private let heartbeats: Heartbeats
    private let clock: WallClock
    private let logger: Logger
    private let pollInterval: Duration
    /// How long one run of a schedule's action may hold it before another worker tries.
    private let lease: Duration

    public init(
        database: MongoDatabase, schedules: [Schedule], clock: WallClock = .system,
        pollInterval: Duration = .seconds(5), lease: Duration = .seconds(300),
        logger: Logger = Logger(label: "scheduler")
    ) {
        self.schedules = schedules
        self.clock = clock
        self.logger = logger
        self.pollInterval = pollInterval
        self.lease = lease
        collection = database.collection(JobCollections.schedules.name)
        heartbeats = Heartbeats(database: database, clock: clock)
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            var isAnnounced = false
            while !Task.isCancelled {
                do {
                    if !isAnnounced { try await announce() }
                    isAnnounced = true
                    try await runDue()
                } catch {
                    logger.warning("schedules cannot be read", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: pollInterval)
            }
        }
    }

    /// Makes all schedules known, so that one that never runs shows.
    public func announce() async throws {
        for schedule in schedules {
            try await heartbeats.expect(schedule.name, every: schedule.every, grace: schedule.grace)
            try await collection.update(
                ["_id": .string(schedule.name)],
                [
                    "$set": ["every_seconds": .double(schedule.every.timeInterval)],
                    "$setOnInsert": ["next_run_at": .date(clock.now())],
                ], upsert: true)
        }
    }

    /// Runs what is due now, and returns the names of what this worker ran.
    @discardableResult
    public func runDue() async throws -> [String] {
        var ran: [String] = []
        for schedule in schedules {
            guard let dueAt = try await claim(schedule) else { continue }
            try await run(schedule, dueAt: dueAt)
            ran.append(schedule.name)
        }
        return ran
    }

    private func run(_ schedule: Schedule, dueAt: Date) async throws {
        do {
            try await schedule.action(dueAt)
            try await heartbeats.record(schedule.name)
        } catch {
            logger.error("schedule failed", metadata: ["schedule": "\(schedule.name)", "error": "\(error)"])
            let key = (error as? JobFailure)?.key ?? JobErrorKey.unexpected
            try await heartbeats.record(schedule.name, error: key)
        }
        try await collection.update(
            ["_id": .string(schedule.name)],
            [
                "$set": ["next_run_at": .date(next(after: dueAt, schedule))],
                "$unset": ["leased_until": ""],
            ])
    }

    /// The time it was due at, if this worker may run it now.
    private func claim(_ schedule: Schedule) async throws -> Date? {
        let now = clock.now()
        let filter: BSONDocument = [
            "_id": .string(schedule.name), "next_run_at": ["$lte": .date(now)],
            "$or": [["leased_until": ["$exists": false]], ["leased_until": ["$lte": .date(now)]]],
        ]
        let change: BSONDocument = ["$set": ["leased_until": .date(now + lease.timeInterval)]]
        return try await collection.findOneAndUpdate(filter, update: change)?["next_run_at"]?.dateValue
    }

    /// On the grid of due times, the first one after now: missed times are not made up for.
    private func next(after dueAt: Date, _ schedule: Schedule) -> Date {
        let every = max(1, schedule.every.timeInterval)
        let missed = max(0, (clock.now().timeIntervalSince(dueAt) / every).rounded(.down))
        return dueAt + every * (missed + 1)
    }
}
