/// A failure that a handler explains: a message key and details that are safe to show.
public struct JobFailure: Error, Sendable, Hashable {
    public let key: String
    public let detail: String?
    /// True when trying again cannot help, such as for a file that cannot be read.
    public let isPermanent: Bool

    public init(key: String, detail: String? = nil, isPermanent: Bool = true) {
        self.key = key
        self.detail = detail
        self.isPermanent = isPermanent
    }
}

/// Someone cancelled the job: the handler lets this pass.
public struct JobCancelled: Error, Sendable, Hashable {
    public init() {}
}

/// Another worker has this job now: the handler lets this pass and writes nothing more.
public struct JobLeaseLost: Error, Sendable, Hashable {
    public init() {}
}

/// Message keys of failures that no handler explained.
public enum JobErrorKey {
    /// The database is away; the job waits for it.
    public static let database = "jobs.error.database"
    /// The worker died more often than the job may be tried.
    public static let workerLost = "jobs.error.worker_lost"
    /// Anything else; details are in the log only.
    public static let unexpected = "jobs.error.unexpected"
    /// The stored parameters do not fit the handler.
    public static let parameters = "jobs.error.parameters"
}
