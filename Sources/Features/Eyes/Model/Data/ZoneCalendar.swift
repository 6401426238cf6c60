import Foundation

/// Whole days in an organization's zone, numbered from 1970-01-01, whatever daylight saving does.
///
/// Every window of EYES is counted in these day numbers, so that a clock change or the server's zone moves nothing.
public struct ZoneCalendar: Sendable {
    public let zone: TimeZone

    /// An unknown zone name counts as UTC.
    public init(zoneName: String) {
        zone = TimeZone(identifier: zoneName) ?? .gmt
    }

    /// The number of the local day on which an instant falls.
    public func day(of instant: Date) -> Int {
        let local = instant.timeIntervalSince1970 + Double(zone.secondsFromGMT(for: instant))
        return Int((local / 86_400).rounded(.down))
    }

    /// The first instant of a local day.
    public func start(of day: Int) -> Date {
        let midnight = Double(day) * 86_400
        var guess = Date(timeIntervalSince1970: midnight)
        for _ in 0..<2 {
            guess = Date(timeIntervalSince1970: midnight - Double(zone.secondsFromGMT(for: guess)))
        }
        // A day whose midnight does not exist starts with the first instant after the gap.
        while self.day(of: guess) < day { guess += 900 }
        return guess
    }

    /// "YYYY-MM-DD" of a day number.
    public static func label(of day: Int) -> String {
        let (year, month, dayOfMonth) = civil(from: day)
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(dayOfMonth, 2))"
    }

    private static func padded(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// Days since the epoch to a proleptic Gregorian date (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
    private static func civil(from day: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}

/// Day numbers of very many instants: the zone is asked once a UTC day, not once an order.
struct DayCounter {
    let calendar: ZoneCalendar
    /// UTC day → offset, where it is the same all day.
    private var offsets: [Int64: Int?] = [:]

    init(calendar: ZoneCalendar) { self.calendar = calendar }

    mutating func day(ofMilliseconds instant: Int64) -> Int {
        let utcDay = floorDivide(instant, 86_400_000)
        let known: Int?
        if let cached = offsets[utcDay] {
            known = cached
        } else {
            known = steadyOffset(utcDay)
            offsets[utcDay] = known
        }
        guard let known else { return calendar.day(of: Date(timeIntervalSince1970: Double(instant) / 1000)) }
        return Int(floorDivide(instant + Int64(known) * 1000, 86_400_000))
    }

    private func steadyOffset(_ utcDay: Int64) -> Int? {
        let start = Date(timeIntervalSince1970: Double(utcDay) * 86_400)
        let first = calendar.zone.secondsFromGMT(for: start)
        let last = calendar.zone.secondsFromGMT(for: start + 86_399.999)
        return first == last ? first : nil
    }

    private func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        let quotient = value / divisor
        return value % divisor < 0 ? quotient - 1 : quotient
    }
}
