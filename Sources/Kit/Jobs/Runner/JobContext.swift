import BSON
import Foundation
import Logging
import Mongo
import Vault

/// What a handler has while it runs.
public struct JobContext: Sendable {
    public let job: Job
    public let logger: Logger
    let store: JobStore
    let lease: JobLease
    let leaseSeconds: TimeInterval
    let progressInterval: Duration

    /// Tells how far the work is. Cheap to call often: written on a new stage, else twice a second at most.
    ///
    /// Throws ``JobCancelled``, ``JobLeaseLost`` or `CancellationError` when the work is to stop. While the database
    /// is away nothing is written and nothing thrown.
    public func progress(
        stage: String, rowsDone: Int = 0, expected: Int? = nil, message: String? = nil
    ) async throws {
        try lease.throwIfInterrupted()
        let now = store.clock.now()
        let due = lease.advance(interval: progressInterval) { progress in
            progress.stage = stage
            progress.stageIndex = progress.stages.firstIndex(of: stage) ?? progress.stageIndex
            progress.rowsDone = rowsDone
            progress.rowsExpected = expected
            progress.message = message
            progress.updatedAt = now
        }
        guard let due else { return }
        do {
            lease.heard(try await store.save(due, lease))
        } catch let error as MongoError where error.isTemporary {
            return
        }
        try lease.throwIfInterrupted()
    }

    /// The last checkpoint, also of an earlier try on another machine; `nil` at the very start.
    public func checkpoint<Value: Codable & Sendable>(as type: Value.Type = Value.self) async throws -> Value? {
        try lease.checkpoint.map { try BSONDecoder().decode(Boxed<Value>.self, from: $0).value }
    }

    /// Keeps the handler's place. Returns only when it is stored; waits while the database is away.
    public func save<Value: Codable & Sendable>(checkpoint: Value) async throws {
        let document = try BSONEncoder().encode(Boxed(value: checkpoint))
        try await fenced { try await store.save(checkpoint: document, lease) }
        lease.set(checkpoint: document)
    }

    /// Makes sure that this job is still ours, for a step that must not happen twice. Waits while the database is away.
    public func confirmLease() async throws {
        try await fenced { try await store.renew(lease, for: leaseSeconds) }
    }

    /// What the job found, stored when it succeeds.
    public func setResult(_ result: BSONDocument) { lease.set(result: result) }

    private func fenced(_ write: () async throws -> Bool?) async throws {
        var attempt = 0
        while true {
            try lease.throwIfInterrupted()
            do {
                lease.heard(try await write())
                return try lease.throwIfInterrupted()
            } catch let error as MongoError where error.isTemporary {
                attempt += 1
                logger.warning("job waits for the database", metadata: ["job": "\(job.id)", "error": "\(error)"])
                try await Task.sleep(for: .seconds(Backoff(base: 0.2, longest: 5).delay(attempt: attempt)))
            }
        }
    }
}

/// A document around a value that may be none itself.
struct Boxed<Value: Codable & Sendable>: Codable, Sendable {
    let value: Value
}
