import BSON
import Foundation
import Mongo
import Vault

/// Puts jobs into the queue and tells how they are.
///
/// Every call names the partition, so that one organization never sees another's job.
public struct JobQueue: Sendable {
    let collection: MongoCollection
    let clock: WallClock

    public init(database: MongoDatabase, clock: WallClock = .system) {
        collection = database.collection(JobCollections.jobs.name)
        self.clock = clock
    }

    /// Adds a job. With an idempotency key that this kind and partition has had already, returns that job instead.
    @discardableResult
    public func enqueue<Handler: JobHandler>(
        _ handler: Handler.Type, partition: String, parameters: Handler.Parameters, idempotencyKey: String? = nil,
        startedBy: String? = nil, runAt: Date? = nil, maxAttempts: Int = 5
    ) async throws -> Job {
        let now = clock.now()
        let job = Job(
            id: ID.make("job", at: now), kind: handler.kind, partition: partition, state: .queued,
            parameters: try BSONEncoder().encode(parameters),
            progress: JobProgress(stages: handler.stages, updatedAt: now), attempt: 0,
            maxAttempts: max(1, maxAttempts), startedBy: startedBy, createdAt: now, runAt: runAt ?? now,
            lastDuration: try await lastDuration(partition, handler.kind), idempotencyKey: idempotencyKey)
        do {
            try await collection.insert(try job.bson())
        } catch let error as MongoError where error.isDuplicateKey {
            guard let idempotencyKey else { throw error }
            let same: BSONDocument = [
                "partition": .string(partition), "kind": .string(handler.kind),
                "idempotency_key": .string(idempotencyKey),
            ]
            guard let existing = try await collection.findOne(same) else { throw error }
            return try Job(bson: existing)
        }
        JobSignal.shared.wake()
        return job
    }

    public func get(_ id: String, partition: String) async throws -> Job? {
        try await collection.findOne(one(id, partition)).map { try Job(bson: $0) }
    }

    /// The latest jobs first.
    public func list(partition: String, kind: String? = nil, limit: Int = 50) async throws -> [Job] {
        var filter: BSONDocument = ["partition": .string(partition)]
        if let kind { filter.append("kind", .string(kind)) }
        return try await collection.find(filter, options: .init(sort: ["created_at": -1, "_id": -1], limit: limit))
            .map { try Job(bson: $0) }
    }

    /// The job of this kind that waits or runs, if there is one; the latest of several.
    public func active(partition: String, kind: String) async throws -> Job? {
        let filter: BSONDocument = [
            "partition": .string(partition), "kind": .string(kind), "state": ["$in": ["queued", "running"]],
        ]
        return try await collection.findOne(filter, options: .init(sort: ["created_at": -1, "_id": -1]))
            .map { try Job(bson: $0) }
    }

    /// A waiting job is cancelled at once, a running one as soon as its handler looks. `nil` when there is none to
    /// cancel.
    @discardableResult
    public func cancel(_ id: String, partition: String) async throws -> Job? {
        let waiting = one(id, partition).merging(["state": "queued"])
        let now = clock.now()
        let change: BSONDocument = [
            "$set": [
                "state": "cancelled", "finished_at": .date(now), "expires_at": .date(now + JobStore.retention),
            ]
        ]
        if let job = try await collection.findOneAndUpdate(waiting, update: change) { return try Job(bson: job) }
        let running = one(id, partition).merging(["state": "running"])
        return try await collection.findOneAndUpdate(running, update: ["$set": ["cancel_requested": true]])
            .map { try Job(bson: $0) }
    }

    /// Puts a failed or cancelled job back into the queue; it goes on from its checkpoint.
    @discardableResult
    public func retry(_ id: String, partition: String) async throws -> Job? {
        let ended = one(id, partition).merging(["state": ["$in": ["failed", "cancelled"]]])
        let change: BSONDocument = [
            "$set": ["state": "queued", "attempt": 0, "run_at": .date(clock.now())],
            "$unset": [
                "error": "", "error_detail": "", "finished_at": "", "expires_at": "", "cancel_requested": "",
            ],
        ]
        let job = try await collection.findOneAndUpdate(ended, update: change).map { try Job(bson: $0) }
        if job != nil { JobSignal.shared.wake() }
        return job
    }

    /// Removes all jobs of a partition, for when the organization itself is removed.
    @discardableResult
    public func removeAll(partition: String) async throws -> Int {
        try await collection.delete(["partition": .string(partition)], multi: true)
    }

    private func one(_ id: String, _ partition: String) -> BSONDocument {
        ["_id": .string(id), "partition": .string(partition)]
    }

    func lastDuration(_ partition: String, _ kind: String) async throws -> Double? {
        let filter: BSONDocument = [
            "partition": .string(partition), "kind": .string(kind), "state": "succeeded",
        ]
        let last = try await collection.findOne(
            filter,
            options: .init(sort: ["created_at": -1], projection: ["started_at": 1, "finished_at": 1]))
        guard let start = last?["started_at"]?.dateValue, let end = last?["finished_at"]?.dateValue else { return nil }
        return end.timeIntervalSince(start)
    }
}
