import FoundationEssentials
import Synchronization

/// What time it is. Rooms take it instead of reading the system's clock, so that tests can stop or move time.
///
/// Times are whole milliseconds, as the database keeps them: a value read back equals the value written.
public struct WallClock: Sendable {
    public var now: @Sendable () -> Date

    public init(now: @escaping @Sendable () -> Date) { self.now = now }

    public static let system = WallClock { Date().wholeMilliseconds }

    public static func fixed(_ date: Date) -> WallClock {
        let date = date.wholeMilliseconds
        return WallClock { date }
    }

    /// A clock that only moves when its ``ManualTime`` is told to.
    public static func manual(_ time: ManualTime) -> WallClock {
        WallClock { time.now }
    }
}

/// The hand of a manual clock.
public final class ManualTime: Sendable {
    private let date: Mutex<Date>

    public init(_ start: Date = Date(timeIntervalSince1970: 1_767_225_600)) {
        date = Mutex(start.wholeMilliseconds)
    }

    public var now: Date { date.withLock { $0 } }

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
