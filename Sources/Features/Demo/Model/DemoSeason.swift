import Foundation

/// When people buy: the days of the demo's past with how busy each is, on average 1.
struct DemoSeason: Sendable {
    /// Midnights in the shop's zone, oldest first; one per day of the past.
    let midnights: [Date]
    /// Business done before each day, and before the present day at the end. Equal steps of this measure are equally
    /// busy, so a rhythm drawn in it has the seasons in it.
    let busyBefore: [Double]
    private let calendar: Calendar

    /// - Parameters:
    ///   - present: any moment of the present day, which itself is not part of the past.
    ///   - days: length of the past.
    init(present: Date, days: Int, timeZone: TimeZone) {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = timeZone
        let today = calendar.startOfDay(for: present)
        var midnights: [Date] = []
        var weights: [Double] = []
        for back in stride(from: max(days, 1), to: 0, by: -1) {
            let moment = calendar.date(byAdding: .day, value: -back, to: today)
            let midnight = moment ?? today.addingTimeInterval(-86_400 * Double(back))
            midnights.append(midnight)
            weights.append(DemoSeason.weight(calendar.dateComponents([.month, .day, .weekday], from: midnight)))
        }
        let scale = Double(weights.count) / weights.reduce(0, +)
        var before = [0.0]
        for weight in weights { before.append(before[before.count - 1] + weight * scale) }
        self.midnights = midnights
        busyBefore = before
        self.calendar = calendar
    }

    var days: Int { midnights.count }

    /// Year, month and day in the shop's zone.
    func date(ofDay day: Int) -> DateComponents {
        calendar.dateComponents([.year, .month, .day], from: midnights[min(max(day, 0), days - 1)])
    }

    /// The measure at a number of days before the present.
    func measure(daysBefore days: Double) -> Double {
        let position = min(max(Double(self.days) - days, 0), Double(self.days))
        let day = min(Int(position), self.days - 1)
        return busyBefore[day] + (busyBefore[day + 1] - busyBefore[day]) * (position - Double(day))
    }

    /// The day in which a measure falls; nil from the present on.
    func day(at measure: Double) -> Int? {
        guard measure >= 0, measure < busyBefore[days] else { return nil }
        var low = 0
        var high = days - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if busyBefore[middle] <= measure { low = middle } else { high = middle - 1 }
        }
        return low
    }

    private static func weight(_ date: DateComponents) -> Double {
        // Sunday first: a quiet Saturday, a busy Sunday evening and Monday.
        let week = [1.14, 1.12, 1.02, 0.98, 0.97, 0.94, 0.83]
        let year = [0.86, 0.90, 0.97, 0.98, 1.02, 0.96, 0.88, 0.87, 0.98, 1.04, 1.28, 1.42]
        let weekday = week[min(max((date.weekday ?? 1) - 1, 0), 6)]
        let month = date.month ?? 1
        return weekday * year[min(max(month - 1, 0), 11)] * holiday(month, date.day ?? 1)
    }

    private static func holiday(_ month: Int, _ day: Int) -> Double {
        switch (month, day) {
        case (11, 24...30): 1.75
        case (12, 1...16): 1.25
        case (12, 22...26), (1, 1): 0.45
        case (2, 10...13), (5, 6...9): 1.30
        default: 1
        }
    }
}
