import BSON
import Foundation

/// How a periodic thing is.
public struct HeartbeatStatus: Sendable, Hashable {
    public enum State: String, Sendable, Hashable, CaseIterable {
        /// Ran in time and well.
        case ok
        /// Should have run again by now.
        case late
        /// Its last run went wrong.
        case failed
        /// Was announced and has not run once.
        case neverRan = "never_ran"
    }

    public let name: String
    public let partition: String
    public let state: State
    public let lastRunAt: Date?
    public let lastOkAt: Date?
    /// A message key.
    public let lastError: String?
    /// Failures in a row.
    public let failures: Int
    /// When it should happen next at the latest; `nil` when it was never announced how often.
    public let dueBy: Date?

    init(_ row: BSONDocument, now: Date) throws {
        name = try row.string("name")
        partition = try row.string("partition")
        lastRunAt = row["last_run_at"]?.dateValue
        lastOkAt = row["last_ok_at"]?.dateValue
        lastError = row["last_error"]?.stringValue
        failures = row["failures"]?.intValue ?? 0
        let allowed = row["every_seconds"]?.doubleValue.map { $0 + (row["grace_seconds"]?.doubleValue ?? 0) }
        let since = lastRunAt ?? row["announced_at"]?.dateValue
        dueBy = allowed.flatMap { allowed in since.map { $0 + allowed } }
        state = Self.state(lastRunAt: lastRunAt, lastError: lastError, dueBy: dueBy, now: now)
    }

    static func state(lastRunAt: Date?, lastError: String?, dueBy: Date?, now: Date) -> State {
        guard lastRunAt != nil else { return .neverRan }
        if let dueBy, now > dueBy { return .late }
        return lastError == nil ? .ok : .failed
    }
}
