import Foundation

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

    private func offset(at milliseconds: Int64) -> Int64 {
        Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(milliseconds) / 1000))) * 1000
    }
}
