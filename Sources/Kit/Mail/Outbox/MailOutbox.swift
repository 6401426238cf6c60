import BSON
import Foundation
import Jobs
import Mongo
import Vault

/// Mails that are to leave. Putting one in is a single write; ``DeliverMailJob`` takes them out.
///
/// Without a mail server they wait; one that is set up later gets what has not grown too old.
public struct MailOutbox: Sendable {
    /// A mail that could not leave for so long is given up.
    static let patience: TimeInterval = 3 * 86_400
    static let retention: TimeInterval = 30 * 86_400
    static let leaseSeconds: TimeInterval = 300

    public let client: SMTPClient?
    let collection: MongoCollection
    let queue: JobQueue
    let sealer: Sealer
    let clock: WallClock

    public init(
        database: MongoDatabase, queue: JobQueue, sealer: Sealer, smtp: SMTPConfiguration?, clock: WallClock = .system
    ) {
        collection = database.collection(MailCollections.outbox.name)
        self.queue = queue
        self.sealer = sealer
        self.clock = clock
        client = smtp.map { SMTPClient($0, clock: clock) }
    }

    public var isConfigured: Bool { client != nil }

    /// Puts a mail in. One with a key that this partition has had already is not taken a second time.
    /// - Returns: whether it is new
    @discardableResult
    public func put(
        partition: String, key: String, to: MailAddress, subject: String, text: String, language: String? = nil
    ) async throws -> Bool {
        let now = clock.now()
        let id = ID.make("eml", at: now)
        let message = MailMessage(id: id, to: to, subject: subject, text: text, language: language)
        let sealed = try sealer.seal(
            Array(try JSONEncoder().encode(message)), context: StoredMail.context(id, partition))
        do {
            try await collection.insert([
                "_id": .string(id), "partition": .string(partition), "key": .string(key),
                "state": .string(StoredMail.State.waiting.rawValue), "attempts": 0, "next_at": .date(now),
                "created_at": .date(now), "expires_at": .date(now + Self.patience + Self.retention),
                "sealed": .binary(BSONBinary(bytes: sealed.bytes)),
            ])
            return true
        } catch let error as MongoError where error.isDuplicateKey {
            return false
        }
    }

    /// Starts handing over what is due, if nobody does already.
    public func wake() async throws {
        guard isConfigured, try await collection.findOne(Self.due(clock.now())) != nil,
            try await queue.active(partition: Heartbeats.system, kind: DeliverMailJob.kind) == nil
        else { return }
        try await queue.enqueue(DeliverMailJob.self, partition: Heartbeats.system, parameters: .init(), maxAttempts: 3)
    }

    /// Looks for mails that are due again.
    public func schedule(every: Duration = .seconds(30)) -> Schedule {
        Schedule("mail.outbox", every: every) { _ in try await wake() }
    }

    public func status(partition: String) async throws -> MailStatus {
        func rows(_ state: StoredMail.State) -> BSONDocument {
            ["partition": .string(partition), "state": .string(state.rawValue)]
        }
        let waiting = try await collection.count(rows(.waiting), limit: 1000)
        let failed = try await collection.count(rows(.failed), limit: 1000)
        let troubled = rows(.waiting).merging(["error": ["$exists": true]])
        let last = waiting == 0 ? nil : try await collection.findOne(troubled, options: .init(sort: ["next_at": -1]))
        return MailStatus(
            isConfigured: isConfigured, waiting: waiting, failed: failed, lastError: last?["error"]?.stringValue)
    }

    /// Removes an organization's mails, for when it is removed itself.
    @discardableResult
    public func removeAll(partition: String) async throws -> Int {
        try await collection.delete(["partition": .string(partition)], multi: true)
    }

    // MARK: Handing over

    private static func due(_ now: Date) -> BSONDocument {
        ["state": .string(StoredMail.State.waiting.rawValue), "next_at": ["$lte": .date(now)]]
    }

    /// Leases the mail that has been due longest.
    func claim() async throws -> (mail: StoredMail, message: MailMessage)? {
        let now = clock.now()
        let row = try await collection.findOneAndUpdate(
            Self.due(now),
            update: [
                "$set": [
                    "next_at": .date(now + Self.leaseSeconds), "lease": .string(RandomToken.make(bytes: 12)),
                ],
                "$inc": ["attempts": 1],
            ], options: .init(sort: ["next_at": 1]))
        guard let row else { return nil }
        let mail = try StoredMail(row)
        let bytes = try sealer.open(mail.sealed, context: StoredMail.context(mail.id, mail.partition))
        return (mail, try JSONDecoder().decode(MailMessage.self, from: Data(bytes)))
    }

    /// Writes down how a try ended, unless another worker has the mail by now.
    func finish(_ mail: StoredMail, _ fault: MailFault?) async throws {
        let now = clock.now()
        var set: BSONDocument = [:]
        var unset: BSONDocument = ["lease": ""]
        switch fault {
        case nil:
            set = ["state": "sent", "sent_at": .date(now), "expires_at": .date(now + Self.retention)]
            unset.append("error", "")
            unset.append("sealed", "")
        case .refused?: set = Self.failed(now)
        case .temporary?, .setup?:
            let isOld = now.timeIntervalSince(mail.createdAt) > Self.patience
            let wait = Backoff(base: 60, longest: 3600).delay(attempt: mail.attempts)
            set = isOld ? Self.failed(now) : ["next_at": .date(now + wait)]
        }
        if let fault { set.append("error", .string(fault.word)) }
        try await collection.update(
            ["_id": .string(mail.id), "lease": .string(mail.lease ?? "")],
            ["$set": .document(set), "$unset": .document(unset)])
    }

    private static func failed(_ now: Date) -> BSONDocument {
        ["state": "failed", "expires_at": .date(now + retention)]
    }
}
