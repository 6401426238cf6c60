import FoundationEssentials
import Synchronization

/// What time it is. Rooms take it instead of reading the system's clock, so that tests can stop or move time.
///
/// Times are whole milliseconds, as the database keeps them: a value read back equals the value written.
public struct WallClock: Sendable {
    public var now: @Sendable () -> Date
    /// The same for ages in this process: never goes back, whoever sets the system's clock.
    public var instant: @Sendable () -> ContinuousClock.Instant

    public init(
        now: @escaping @Sendable () -> Date,
        instant: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.now = now
        self.instant = instant
    }

    public static let system = WallClock(now: { Date().wholeMilliseconds })

    public static func fixed(_ date: Date) -> WallClock {
        let date = date.wholeMilliseconds
        return WallClock(now: { date })
    }

    /// A clock that only moves when its ``ManualTime`` is told to.
    public static func manual(_ time: ManualTime) -> WallClock {
        WallClock(now: { time.now }, instant: { time.instant })
    }
}

/// The hand of a manual clock.
public final class ManualTime: Sendable {
    private let date: Mutex<Date>
    private let start: (date: Date, instant: ContinuousClock.Instant)

    public init(_ start: Date = Date(timeIntervalSince1970: 1_767_225_600)) {
        date = Mutex(start.wholeMilliseconds)
        self.start = (start.wholeMilliseconds, .now)
    }

    public var now: Date { date.withLock { $0 } }

    public var instant: ContinuousClock.Instant {
        start.instant + .milliseconds((now.timeIntervalSince(start.date) * 1000).rounded())
    }

    public func set(_ date: Date) { self.date.withLock { $0 = date.wholeMilliseconds } }

    public func advance(by seconds: TimeInterval) {
        date.withLock { $0 = $0.addingTimeInterval(seconds).wholeMilliseconds }
    }
}

extension Date {
    /// This time without the part below a millisecond.
    public var wholeMilliseconds: Date {
        Date(timeIntervalSince1970: (timeIntervalSince1970 * 1000).rounded(.down) / 1000)
    }
}
