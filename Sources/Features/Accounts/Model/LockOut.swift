import Foundation

/// Whether one account may try a password now (01 §3): five failures within 15 minutes lock password sign-in for
/// 30 minutes. A pure state machine; the store keeps its two fields and applies its decisions atomically.
///
/// Every try is written down as a failure *before* the password is looked at and taken back when it was right, so
/// that parallel guesses cannot slip through between reading the count and raising it.
public struct LockOut: Sendable, Equatable {
    public static let allowedFailures = 5
    public static let window: TimeInterval = 15 * 60
    public static let lockDuration: TimeInterval = 30 * 60

    public var failures: [Date]
    public var lockedUntil: Date?

    public init(failures: [Date] = [], lockedUntil: Date? = nil) {
        self.failures = failures
        self.lockedUntil = lockedUntil
    }

    public enum Decision: Sendable, Equatable {
        /// Look at the password.
        case verify
        /// Do not look; answer as for a wrong one.
        case refuse
    }

    /// The decision for the try that has just been written down (it is among `failures`).
    public func decision(at now: Date) -> Decision {
        if isLocked(at: now) { return .refuse }
        return recentFailures(at: now) > Self.allowedFailures ? .refuse : .verify
    }

    /// After a wrong password: the end of the lock that begins now, or nil while tries are left.
    public func lockAfterFailure(at now: Date) -> Date? {
        guard !isLocked(at: now), recentFailures(at: now) >= Self.allowedFailures else { return nil }
        return now.addingTimeInterval(Self.lockDuration)
    }

    public func isLocked(at now: Date) -> Bool {
        guard let lockedUntil else { return false }
        return now < lockedUntil
    }

    /// Failures within the window that do not belong to an earlier, served lock.
    public func recentFailures(at now: Date) -> Int {
        let start = max(now.addingTimeInterval(-Self.window), lockedUntil ?? .distantPast)
        return failures.count { $0 > start && $0 <= now }
    }
}
