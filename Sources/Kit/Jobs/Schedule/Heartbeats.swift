import BSON
import Foundation
import Mongo
import Vault

/// Remembers when periodic things last happened, so that their silence shows.
///
/// A thing is announced with ``expect(_:partition:every:grace:)`` before it ever runs: one that never ran is then
/// visible as such, instead of missing from the list.
public struct Heartbeats: Sendable {
    /// The partition of what belongs to the system and to no organization.
    public static let system = "system"

    private let collection: MongoCollection
    private let clock: WallClock

    public init(database: MongoDatabase, clock: WallClock = .system) {
        collection = database.collection(JobCollections.heartbeats.name)
        self.clock = clock
    }

    /// Announces something that should happen every so often. Known history stays.
    public func expect(
        _ name: String, partition: String = Heartbeats.system, every: Duration, grace: Duration? = nil
    ) async throws {
        let grace = grace ?? every / 2
        try await collection.update(
            row(name, partition),
            [
                "$set": ["every_seconds": .double(every.timeInterval), "grace_seconds": .double(grace.timeInterval)],
                "$setOnInsert": ["_id": .string(ID.make("hbt")), "announced_at": .date(clock.now())],
            ], upsert: true)
    }

    /// It happened. `error` is a message key when it went wrong.
    public func record(
        _ name: String, partition: String = Heartbeats.system, error: String? = nil
    ) async throws {
        let now = BSONValue.date(clock.now())
        var set: BSONDocument = ["last_run_at": now]
        var change: BSONDocument = ["$setOnInsert": ["_id": .string(ID.make("hbt")), "announced_at": now]]
        if let error {
            set.append("last_error", .string(error))
            set.append("last_failed_at", now)
            change.append("$inc", ["failures": 1])
        } else {
            set.append("last_ok_at", now)
            set.append("failures", 0)
            change.append("$unset", ["last_error": ""])
        }
        change.append("$set", .document(set))
        try await collection.update(row(name, partition), change, upsert: true)
    }

    /// How all announced things of a partition are, by name.
    public func statuses(partition: String = Heartbeats.system) async throws -> [HeartbeatStatus] {
        let now = clock.now()
        let filter: BSONDocument = ["partition": .string(partition)]
        return try await collection.find(filter, options: .init(sort: ["name": 1], limit: 1000))
            .map { try HeartbeatStatus($0, now: now) }
    }

    public func status(_ name: String, partition: String = Heartbeats.system) async throws -> HeartbeatStatus? {
        try await collection.findOne(row(name, partition)).map { try HeartbeatStatus($0, now: clock.now()) }
    }

    public func forget(_ name: String, partition: String = Heartbeats.system) async throws {
        try await collection.delete(row(name, partition))
    }

    private func row(_ name: String, _ partition: String) -> BSONDocument {
        ["partition": .string(partition), "name": .string(name)]
    }
}
