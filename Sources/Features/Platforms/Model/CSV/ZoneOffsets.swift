import Foundation
import Web

/// Local wall-clock times to UTC in one zone.
///
/// A time that a clock change skips or repeats gets the offset in force before the change.
public struct ZoneOffsets: Sendable {
    private let zone: TimeZone
    private let fixed: Int64?

    public init(identifier: String) {
        zone = TimeZone(identifier: identifier) ?? .gmt
        fixed = zone.identifier == "GMT" || identifier == "UTC" ? 0 : nil
    }

    public func utc(fromLocal local: Int64) -> Int64 {
        if let fixed { return local - fixed }
        let guess = offset(at: local)
        return local - offset(at: local - guess)
    }

    /// The day of a moment in this zone. Days without a time stand at noon UTC, and are that day everywhere.
    public func day(of milliseconds: Int64) -> String {
        let isDayOnly = milliseconds % 86_400_000 == 43_200_000
        let local = isDayOnly ? milliseconds : milliseconds + (fixed ?? offset(at: milliseconds))
        return CivilTime(millisecondsSinceEpoch: local).isoDay
    }

    private func offset(at milliseconds: Int64) -> Int64 {
        Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(milliseconds) / 1000))) * 1000
    }
}
