/// How to reach MongoDB and how long to wait for what. Options in the URL win over these.
public struct MongoConfiguration: Sendable {
    /// A `mongodb://` or `mongodb+srv://` URL. May hold a password: never log it.
    public var url: String
    /// Threads for database work; `nil` means min(32, max(8, 4 × cores)).
    public var threads: Int?
    /// Shown in the server's logs and `currentOp`.
    public var appName: String
    /// How long an operation looks for a reachable primary.
    public var serverSelectionTimeout: Duration
    public var connectTimeout: Duration
    /// The longest silence on a socket, which bounds every operation whatever else is set.
    public var socketTimeout: Duration
    /// The server stops an operation after this (`maxTimeMS`), unless its options say otherwise.
    public var operationTimeout: Duration
    /// How long an operation may wait for a free thread before it is turned away.
    public var queueTimeout: Duration
    /// How many operations may wait for a free thread; more are turned away at once.
    public var gateLimit: Int
    /// How many batched cursors may be open at once, each holding a connection.
    public var openCursors: Int
    /// How many transactions may be open at once, each holding a connection.
    public var openTransactions: Int

    public init(
        url: String,
        threads: Int? = nil,
        appName: String = "omnify",
        serverSelectionTimeout: Duration = .milliseconds(3000),
        connectTimeout: Duration = .seconds(3),
        socketTimeout: Duration = .seconds(120),
        operationTimeout: Duration = .seconds(15),
        queueTimeout: Duration = .seconds(5),
        gateLimit: Int = 2000,
        openCursors: Int = 16,
        openTransactions: Int = 16
    ) {
        self.url = url
        self.threads = threads
        self.appName = appName
        self.serverSelectionTimeout = serverSelectionTimeout
        self.connectTimeout = connectTimeout
        self.socketTimeout = socketTimeout
        self.operationTimeout = operationTimeout
        self.queueTimeout = queueTimeout
        self.gateLimit = gateLimit
        self.openCursors = openCursors
        self.openTransactions = openTransactions
    }
}

extension Duration {
    /// Whole milliseconds, at least 1.
    var milliseconds: Int64 {
        max(1, components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000)
    }
}
