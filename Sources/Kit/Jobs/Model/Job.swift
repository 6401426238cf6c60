import BSON
import Foundation

/// A piece of work that takes longer than a request: what it is, how far it is, how it ended.
public struct Job: Sendable, Codable, Identifiable, BSONConvertible {
    public enum State: String, Sendable, Codable, CaseIterable {
        case queued, running, succeeded, failed, cancelled

        /// Nothing more will happen by itself.
        public var isFinal: Bool { self != .queued && self != .running }
    }

    public let id: String
    public let kind: String
    /// Whose job it is: the organization's id.
    public let partition: String
    public internal(set) var state: State
    public let parameters: BSONDocument
    public internal(set) var progress: JobProgress
    /// How often it was started, the present try included.
    public internal(set) var attempt: Int
    public let maxAttempts: Int
    /// The user who asked for it; `nil` when a schedule did.
    public let startedBy: String?
    public let createdAt: Date
    public internal(set) var startedAt: Date?
    public internal(set) var finishedAt: Date?
    /// Not before this time.
    public internal(set) var runAt: Date
    /// A message key, safe to show, of the last failure. A queued job with an error is waiting for its next try.
    public internal(set) var error: String?
    /// Details for the message, safe to show.
    public internal(set) var errorDetail: String?
    public internal(set) var result: BSONDocument?
    /// Seconds the last successful job of this kind and partition took, for an estimate.
    public let lastDuration: Double?
    public let idempotencyKey: String?
    public internal(set) var cancelRequested: Bool?
    var checkpoint: BSONDocument?
    var leaseToken: String?
    var leaseOwner: String?
    var leaseExpiresAt: Date?

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case kind, partition, state, parameters, progress, attempt, error, result, checkpoint
        case maxAttempts = "max_attempts"
        case startedBy = "started_by"
        case createdAt = "created_at"
        case startedAt = "started_at"
        case finishedAt = "finished_at"
        case runAt = "run_at"
        case errorDetail = "error_detail"
        case lastDuration = "last_duration"
        case idempotencyKey = "idempotency_key"
        case cancelRequested = "cancel_requested"
        case leaseToken = "lease_token"
        case leaseOwner = "lease_owner"
        case leaseExpiresAt = "lease_expires_at"
    }
}
