import Foundation

/// Calendar days in one zone, clock changes included.
public struct DayCalendar: Sendable {
    private let calendar: Calendar

    public init(_ timeZone: String, weekStart: Int = 2) {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: timeZone) ?? .gmt
        calendar.firstWeekday = weekStart
        calendar.minimumDaysInFirstWeek = 4
        self.calendar = calendar
    }

    /// The zone's IANA name as MongoDB knows it.
    public var identifier: String {
        let name = calendar.timeZone.identifier
        return name == "GMT" ? "UTC" : name
    }

    public func startOfDay(_ date: Date) -> Date { calendar.startOfDay(for: date) }

    /// The midnight that ends the day.
    public func endOfDay(_ date: Date) -> Date { adding(days: 1, to: startOfDay(date)) }

    public func adding(days: Int, to date: Date) -> Date {
        calendar.date(byAdding: .day, value: days, to: date) ?? date.addingTimeInterval(Double(days) * 86_400)
    }

    public func startOfWeek(_ date: Date) -> Date {
        calendar.dateInterval(of: .weekOfYear, for: date)?.start ?? startOfDay(date)
    }

    /// `YYYY-MM-DD`.
    public func day(_ date: Date) -> String {
        let parts = calendar.dateComponents([.year, .month, .day], from: date)
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return "\(padded(parts.year ?? 0, 4))-\(padded(parts.month ?? 0, 2))-\(padded(parts.day ?? 0, 2))"
    }
}
