import Foundation

/// How long a session lives and how often its row is touched (01 §3). All durations in seconds.
public struct SessionRules: Sendable, Equatable {
    public var idle: TimeInterval
    public var absolute: TimeInterval
    /// `last_activity` is written at most this often, so that reading a page does not cost a write.
    public var touchEvery: TimeInterval
    /// How old a cached session or membership may be before it is read again.
    public var cacheAge: TimeInterval

    public static let standard = SessionRules(idle: 2 * 3600, absolute: 30 * 86_400, touchEvery: 60, cacheAge: 1)

    public init(idle: TimeInterval, absolute: TimeInterval, touchEvery: TimeInterval, cacheAge: TimeInterval) {
        self.idle = idle
        self.absolute = absolute
        self.touchEvery = touchEvery
        self.cacheAge = cacheAge
    }

    public func isAlive(_ session: Session, at now: Date) -> Bool {
        now < session.expiresAt
            && now.timeIntervalSince(session.lastActivity) < (session.kind == .browser ? idle : absolute)
    }

    public func needsTouch(_ session: Session, at now: Date) -> Bool {
        now.timeIntervalSince(session.lastActivity) >= touchEvery
    }
}
