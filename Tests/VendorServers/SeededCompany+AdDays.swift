import Foundation
import Web

extension SeededCompany {
    /// A moment's day in the company's zone.
    func dayText(_ date: Date, in zone: String? = nil) -> String {
        let offset = TimeZone(identifier: zone ?? timeZone)?.secondsFromGMT(for: date) ?? 0
        return CivilTime(date, offset: offset).isoDay
    }

    /// The figures of all campaigns on days the company was alive, both ends included.
    func adDays(from: String, to: String, in zone: String? = nil) -> [AdDay] {
        let first = max(from, dayText(start, in: zone))
        let last = min(to, dayText(now, in: zone))
        return Self.days(from: first, to: last).flatMap { day in
            (0..<size.campaigns).map { adDay(campaign: $0, day: day) }
        }
    }

    /// Every day from one to another, both included.
    public static func days(from: String, to: String) -> [String] {
        guard from <= to, let start = CivilTime.parse(from), let end = CivilTime.parse(to) else { return [] }
        let count = Int((end.timeIntervalSince(start) / 86_400).rounded())
        return (0...count).map { CivilTime(start.addingTimeInterval(Double($0) * 86_400 + 43_200)).isoDay }
    }

    /// Days of the company's own calendar, for tests that compare figures.
    public var calendar: [String] { Self.days(from: dayText(start), to: dayText(now)) }
}
