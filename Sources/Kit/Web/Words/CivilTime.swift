import Foundation

/// A moment split into calendar parts of the proleptic Gregorian calendar, without a calendar object.
/// The day arithmetic is Howard Hinnant's "chrono-compatible low-level date algorithms" (days_from_civil and back).
public struct CivilTime: Sendable, Equatable {
    public let year: Int
    /// 1 to 12.
    public let month: Int
    /// 1 to 31.
    public let day: Int
    public let hour: Int
    public let minute: Int
    public let second: Int
    public let millisecond: Int

    /// - Parameter millisecondsSinceEpoch: milliseconds since 1970-01-01T00:00:00Z, shifted by the zone's offset if
    ///   local parts are wanted.
    public init(millisecondsSinceEpoch: Int64) {
        let perDay: Int64 = 86_400_000
        // Years outside 0–9999 cannot be written in ISO 8601; they are clamped rather than trapped on.
        let total = min(max(millisecondsSinceEpoch, -62_167_219_200_000), 253_402_300_799_999)
        var days = total / perDay
        var rest = total % perDay
        if rest < 0 {
            rest += perDay
            days -= 1
        }
        (year, month, day) = CivilTime.civil(fromDays: Int(days))
        millisecond = Int(rest % 1000)
        second = Int(rest / 1000 % 60)
        minute = Int(rest / 60_000 % 60)
        hour = Int(rest / 3_600_000)
    }

    /// - Parameters:
    ///   - date: the moment
    ///   - offset: seconds east of UTC
    public init(_ date: Date, offset: Int = 0) {
        let milliseconds = (date.timeIntervalSince1970 * 1000).rounded()
        let clamped = min(max(milliseconds, -1e15), 1e15)
        self.init(millisecondsSinceEpoch: Int64(clamped) + Int64(offset) * 1000)
    }

    /// Calendar date of a number of days since 1970-01-01.
    public static func civil(fromDays days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthIndex + 2) / 5 + 1
        let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    /// Days since 1970-01-01 of a calendar date.
    public static func days(year: Int, month: Int, day: Int) -> Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// 1 is Monday, 7 is Sunday.
    public var weekday: Int {
        let days = CivilTime.days(year: year, month: month, day: day)
        return ((days + 3) % 7 + 7) % 7 + 1
    }

    /// `2026-11-21`.
    public var isoDay: String {
        DecimalText.padded(year, width: 4) + "-" + DecimalText.padded(month, width: 2) + "-"
            + DecimalText.padded(day, width: 2)
    }

    /// The moment of an ISO 8601 text: a day (midnight UTC) or a time with `Z` or an offset. Nil if it is neither.
    public static func parse(_ text: String) -> Date? {
        ISO8601Reader(text).date()
    }
}
