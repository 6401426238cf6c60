import BSON
import Foundation
import Mongo
import Vault

/// The writes of a job's life. Each write of a running job is fenced: it happens only while the lease token is the
/// writer's own, so that a worker that was taken for dead cannot disturb its successor.
struct JobStore: Sendable {
    let collection: MongoCollection
    let clock: WallClock
    /// Finished jobs are removed after this many seconds.
    static let retention: TimeInterval = 90 * 86_400

    init(_ database: MongoDatabase, _ clock: WallClock) {
        collection = database.collection(JobCollections.jobs.name)
        self.clock = clock
    }

    /// Leases the next job: first one whose worker is gone, then the one due longest. `nil` when there is none.
    func claim(kinds: [String], owner: String, lease: TimeInterval) async throws -> Job? {
        let now = clock.now()
        let lost: BSONDocument = [
            "state": "running", "lease_expires_at": ["$lte": .date(now)], "kind": ["$in": .strings(kinds)],
        ]
        let due: BSONDocument = [
            "state": "queued", "run_at": ["$lte": .date(now)], "kind": ["$in": .strings(kinds)],
        ]
        let change: BSONDocument = [
            "$set": [
                "state": "running", "started_at": .date(now), "lease_owner": .string(owner),
                "lease_token": .string(RandomToken.make(bytes: 16)), "lease_expires_at": .date(now + lease),
            ],
            "$inc": ["attempt": 1],
            "$unset": ["error": "", "error_detail": "", "finished_at": ""],
        ]
        if let job = try await take(lost, change, sort: ["lease_expires_at": 1]) { return job }
        return try await take(due, change, sort: ["run_at": 1, "_id": 1])
    }

    /// Prolongs the lease. `nil` means that it is another worker's; otherwise whether someone wants to cancel.
    func renew(_ lease: JobLease, for seconds: TimeInterval) async throws -> Bool? {
        try await fenced(lease, ["$set": ["lease_expires_at": .date(clock.now() + seconds)]])
    }

    func save(_ progress: JobProgress, _ lease: JobLease) async throws -> Bool? {
        try await fenced(lease, ["$set": ["progress": .document(try BSONEncoder().encode(progress))]])
    }

    func save(checkpoint: BSONDocument, _ lease: JobLease) async throws -> Bool? {
        try await fenced(lease, ["$set": ["checkpoint": .document(checkpoint)]])
    }

    /// Writes how the job ended. False when the lease was lost.
    func finish(_ lease: JobLease, as ending: JobEnding) async throws -> Bool {
        try await fenced(lease, change(for: ending)) != nil
    }

    private func take(_ filter: BSONDocument, _ change: BSONDocument, sort: BSONDocument) async throws -> Job? {
        try await collection.findOneAndUpdate(filter, update: change, options: .init(sort: sort))
            .map { try Job(bson: $0) }
    }

    private func fenced(_ lease: JobLease, _ change: BSONDocument) async throws -> Bool? {
        let filter: BSONDocument = [
            "_id": .string(lease.jobID), "state": "running", "lease_token": .string(lease.token),
        ]
        let after = try await collection.findOneAndUpdate(
            filter, update: change, options: .init(projection: ["cancel_requested": 1]))
        return after.map { $0["cancel_requested"]?.boolValue ?? false }
    }

    private func change(for ending: JobEnding) -> BSONDocument {
        let now = clock.now()
        var set: BSONDocument = [:]
        var unset: BSONDocument = ["lease_owner": "", "lease_token": "", "lease_expires_at": ""]
        var uncounted = false
        switch ending {
        case .succeeded(let result):
            set = finished("succeeded", now)
            if let result { set.append("result", .document(result)) }
            unset.append("checkpoint", "")
        case .cancelled:
            set = finished("cancelled", now)
        case .failed(let failure):
            set = finished("failed", now)
            set.append("error", .string(failure.key))
            if let detail = failure.detail { set.append("error_detail", .string(detail)) }
        case .tryAgain(let failure, let delay, let isCounted):
            set = ["state": "queued", "run_at": .date(now + delay), "error": .string(failure.key)]
            if let detail = failure.detail { set.append("error_detail", .string(detail)) }
            uncounted = !isCounted
        case .released:
            set = ["state": "queued", "run_at": .date(now)]
            uncounted = true
        }
        var change: BSONDocument = ["$set": .document(set), "$unset": .document(unset)]
        if uncounted { change.append("$inc", ["attempt": -1]) }
        return change
    }

    private func finished(_ state: String, _ now: Date) -> BSONDocument {
        ["state": .string(state), "finished_at": .date(now), "expires_at": .date(now + Self.retention)]
    }
}

/// How one try of a job ended.
enum JobEnding: Sendable, Equatable {
    case succeeded(BSONDocument?)
    case failed(JobFailure)
    case cancelled
    /// Back into the queue after `delay` seconds.
    case tryAgain(JobFailure, delay: TimeInterval, isCounted: Bool)
    /// Given back unharmed because this worker stops.
    case released
}
