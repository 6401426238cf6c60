import Foundation
import Synchronization

/// A time zone's offsets as a sorted table of changes, so that a time of day costs a binary search instead of a
/// calendar. Made once per zone and kept; there are only some hundred zones.
public struct ZoneRules: Sendable {
    /// IANA name.
    public let identifier: String
    /// Moments (seconds since 1970) from which an offset holds, with the offset in seconds east of UTC.
    private let changes: [(from: Double, offset: Int)]

    /// UTC, and what unknown names fall back to.
    public static let utc = ZoneRules(identifier: "UTC", changes: [(-.infinity, 0)])

    private static let known = Mutex<[String: ZoneRules]>(["UTC": utc])

    private init(identifier: String, changes: [(from: Double, offset: Int)]) {
        self.identifier = identifier
        self.changes = changes
    }

    /// The rules of an IANA zone; nil if there is no such zone.
    public static func named(_ identifier: String) -> ZoneRules? {
        if let rules = known.withLock({ $0[identifier] }) { return rules }
        guard let zone = TimeZone(identifier: identifier) else { return nil }
        let rules = ZoneRules(identifier: identifier, changes: table(zone))
        known.withLock { $0[identifier] = rules }
        return rules
    }

    /// Changes from 1970 to 2060; later moments keep the last offset.
    private static func table(_ zone: TimeZone) -> [(from: Double, offset: Int)] {
        var moment = Date(timeIntervalSince1970: 0)
        let end = Date(timeIntervalSince1970: 2_840_140_800)
        var changes: [(from: Double, offset: Int)] = [(-.infinity, zone.secondsFromGMT(for: moment))]
        while changes.count < 400, let next = zone.nextDaylightSavingTimeTransition(after: moment), next < end {
            guard next > moment else { break }
            changes.append((next.timeIntervalSince1970, zone.secondsFromGMT(for: next.addingTimeInterval(1))))
            moment = next
        }
        return changes
    }

    /// Seconds east of UTC at a moment.
    public func offset(at date: Date) -> Int {
        let seconds = date.timeIntervalSince1970
        var low = 0
        var high = changes.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if changes[middle].from <= seconds { low = middle } else { high = middle }
        }
        return changes[low].offset
    }
}
