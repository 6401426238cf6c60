import BSON
import Foundation
import Vault

/// A mail on its way. Who gets it and what it says are sealed.
struct StoredMail: Sendable {
    enum State: String, Sendable {
        /// Waits for its time, or is being handed over under a lease that ends at its time.
        case waiting
        case sent
        /// Will not be tried again.
        case failed
    }

    let id: String
    let partition: String
    let attempts: Int
    let lease: String?
    let createdAt: Date
    let sealed: SealedBox

    init(_ row: BSONDocument) throws {
        id = try row.string("_id")
        partition = try row.string("partition")
        attempts = row["attempts"]?.intValue ?? 0
        lease = row["lease"]?.stringValue
        createdAt = try row.date("created_at")
        sealed = SealedBox(bytes: row["sealed"]?.binaryValue?.bytes ?? [])
    }

    static func context(_ id: String, _ partition: String) -> [String] { [partition, "mail_outbox", id, "message"] }
}

/// How the mails of an organization are, for its pages.
public struct MailStatus: Sendable, Hashable {
    /// False while the operator has set up no mail server.
    public let isConfigured: Bool
    public let waiting: Int
    public let failed: Int
    /// Why the last try went wrong, a code.
    public let lastError: String?

    public init(isConfigured: Bool, waiting: Int, failed: Int, lastError: String?) {
        self.isConfigured = isConfigured
        self.waiting = waiting
        self.failed = failed
        self.lastError = lastError
    }
}
