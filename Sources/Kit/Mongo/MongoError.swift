/// What went wrong with a database operation, by who can do something about it.
public struct MongoError: Error, Sendable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// No server to be reached, or it stopped serving: wait and try again.
        case unavailable
        /// Turned away here because too much is waiting: shed load, answer 503.
        case overloaded
        /// The operation took longer than allowed.
        case timeout
        /// A unique index has this key already.
        case duplicateKey(index: String, keys: [String])
        /// A write was refused for another reason, such as a validator.
        case write
        /// A command was refused.
        case command
        /// The call itself is wrong: bad options, bad URL, a finished transaction.
        case invalid
    }

    public let kind: Kind
    /// The server's error code, or the driver's; 0 for errors raised here.
    public let code: Int
    /// The server's name for the code, such as `WriteConflict`; may be empty.
    public let codeName: String
    /// The server's labels, such as `TransientTransactionError`.
    public let labels: Set<String>
    /// For logs. Stored values that the server repeats in its message are cut out.
    public let message: String
    /// The single failures of a write with several documents.
    public let writeErrors: [WriteError]

    public init(
        _ kind: Kind, _ message: String, code: Int = 0, codeName: String = "", labels: Set<String> = [],
        writeErrors: [WriteError] = []
    ) {
        self.kind = kind
        self.code = code
        self.codeName = codeName
        self.labels = labels
        self.message = message
        self.writeErrors = writeErrors
    }

    public var description: String {
        "Mongo \(kind)\(code == 0 ? "" : " \(code)")\(codeName.isEmpty ? "" : " \(codeName)"): \(message)"
    }

    /// True when a unique index was hit.
    public var isDuplicateKey: Bool {
        if case .duplicateKey = kind { true } else { false }
    }

    /// True when the same call may well work later: the database is away or busy.
    public var isTemporary: Bool {
        switch kind {
        case .unavailable, .overloaded, .timeout: true
        default: isTransientTransaction
        }
    }

    /// The whole transaction may be run again.
    public var isTransientTransaction: Bool { labels.contains("TransientTransactionError") }
    /// Nobody knows whether the commit arrived; committing again is safe.
    public var isUnknownCommit: Bool { labels.contains("UnknownTransactionCommitResult") }
}
