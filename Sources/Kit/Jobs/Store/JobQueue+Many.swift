import BSON
import Foundation
import Mongo
import Vault

extension JobQueue {
    /// Adds many jobs of one kind and partition in one round trip, in this order.
    @discardableResult
    public func enqueue<Handler: JobHandler>(
        _ handler: Handler.Type, partition: String, all items: [(parameters: Handler.Parameters, runAt: Date)],
        maxAttempts: Int = 5
    ) async throws -> [Job] {
        guard !items.isEmpty else { return [] }
        let now = clock.now()
        let last = try await lastDuration(partition, handler.kind)
        let jobs = try items.map { item in
            Job(
                id: ID.make("job", at: now), kind: handler.kind, partition: partition, state: .queued,
                parameters: try BSONEncoder().encode(item.parameters),
                progress: JobProgress(stages: handler.stages, updatedAt: now), attempt: 0,
                maxAttempts: max(1, maxAttempts), startedBy: nil, createdAt: now, runAt: item.runAt,
                lastDuration: last, idempotencyKey: nil)
        }
        try await collection.insert(try jobs.map { try $0.bson() })
        JobSignal.shared.wake()
        return jobs
    }

    /// Those of these jobs that wait or run.
    public func active(_ ids: [String], partition: String) async throws -> [String: Job] {
        guard !ids.isEmpty else { return [:] }
        let filter: BSONDocument = [
            "_id": ["$in": .strings(ids)], "partition": .string(partition), "state": ["$in": ["queued", "running"]],
        ]
        let found = try await collection.find(filter).map { try Job(bson: $0) }
        return Dictionary(found.map { ($0.id, $0) }) { first, _ in first }
    }
}
