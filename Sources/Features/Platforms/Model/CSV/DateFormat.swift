/// The ways a file may write the day of an order.
public enum DateFormat: String, Sendable, Codable, CaseIterable {
    case iso
    case dayFirst = "dd/mm/yyyy"
    case monthFirst = "mm/dd/yyyy"
    case compact = "yyyymmdd"
    case epochSeconds = "epoch_s"
    case epochMilliseconds = "epoch_ms"

    /// Reads a date. A day without a time is put at noon UTC of that day, so that nothing sits exactly on a cut-off;
    /// a time without a zone is read in the organization's zone.
    public func parse(_ field: ArraySlice<UInt8>, zone: ZoneOffsets) -> Int64? {
        var scanner = ByteScanner(field)
        scanner.skipSpaces()
        switch self {
        case .iso: return scanner.calendarDate(zone, order: .yearFirst)
        case .dayFirst: return scanner.calendarDate(zone, order: .dayFirst)
        case .monthFirst: return scanner.calendarDate(zone, order: .monthFirst)
        case .compact: return scanner.compactDate()
        case .epochSeconds: return scanner.epoch(scale: 1000)
        case .epochMilliseconds: return scanner.epoch(scale: 1)
        }
    }
}

/// Checked calendar days by plain arithmetic: the proleptic Gregorian calendar, no library in the hot path.
enum CivilDay {
    static let dayMilliseconds: Int64 = 86_400_000

    /// Days since 1970-01-01 (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
    static func days(year: Int, month: Int, day: Int) -> Int? {
        guard 1900...2200 ~= year, 1...12 ~= month, day >= 1, day <= length(ofMonth: month, year: year) else {
            return nil
        }
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func length(ofMonth month: Int, year: Int) -> Int {
        if month == 2 { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28 }
        return [4, 6, 9, 11].contains(month) ? 30 : 31
    }
}

private enum DatePartOrder { case yearFirst, dayFirst, monthFirst }

extension ByteScanner {
    fileprivate mutating func calendarDate(_ zone: ZoneOffsets, order: DatePartOrder) -> Int64? {
        guard let first = number(digits: 1...4), let separator = next(), [0x2D, 0x2F, 0x2E].contains(separator),
            let second = number(digits: 1...2), next() == separator
        else { return nil }
        let before = position
        guard let third = number(digits: 1...4) else { return nil }
        let thirdDigits = position - before
        let parts: (year: Int, month: Int, day: Int)
        switch order {
        case .yearFirst:
            guard first >= 1000, thirdDigits <= 2 else { return nil }
            parts = (first, second, third)
        case .dayFirst, .monthFirst:
            guard first <= 31, thirdDigits == 4 || thirdDigits == 2 else { return nil }
            let year = thirdDigits == 4 ? third : third + (third < 70 ? 2000 : 1900)
            parts = order == .dayFirst ? (year, second, first) : (year, first, second)
        }
        guard let days = CivilDay.days(year: parts.year, month: parts.month, day: parts.day) else { return nil }
        return instant(day: Int64(days) * CivilDay.dayMilliseconds, zone)
    }

    /// What may follow a day: nothing, or a time, with or without a zone.
    private mutating func instant(day: Int64, _ zone: ZoneOffsets) -> Int64? {
        let hadT = peek() == 0x54
        if hadT { _ = next() } else { skipSpaces() }
        if isAtEnd { return hadT ? nil : day + CivilDay.dayMilliseconds / 2 }
        guard let clock = timeOfDay() else { return nil }
        skipSpaces()
        if isAtEnd { return zone.utc(fromLocal: day + clock) }
        guard let offset = zoneOffset(), isAtEnd else { return nil }
        return day + clock - offset
    }

    private mutating func timeOfDay() -> Int64? {
        guard var hour = number(digits: 1...2), next() == 0x3A, let minute = number(digits: 2...2) else { return nil }
        var second = 0
        var milliseconds = 0
        if peek() == 0x3A {
            _ = next()
            guard let value = number(digits: 2...2) else { return nil }
            second = value
            if peek() == 0x2E || peek() == 0x2C {
                _ = next()
                guard let fraction = fraction() else { return nil }
                milliseconds = fraction
            }
        }
        skipSpaces()
        if let half = halfOfDay() {
            guard 1...12 ~= hour else { return nil }
            hour = hour % 12 + half
        }
        guard hour < 24, minute < 60, second < 60 else { return nil }
        return Int64(((hour * 60 + minute) * 60 + second) * 1000 + milliseconds)
    }

    private mutating func halfOfDay() -> Int? {
        guard let letter = peek(), let hours = [0x41: 0, 0x61: 0, 0x50: 12, 0x70: 12][letter] else { return nil }
        _ = next()
        guard let m = next(), m == 0x4D || m == 0x6D else { return nil }
        return hours
    }

    private mutating func zoneOffset() -> Int64? {
        guard let mark = next() else { return nil }
        if mark == 0x5A || mark == 0x7A { return 0 }
        if mark == 0x55 { return next() == 0x54 && next() == 0x43 ? 0 : nil }
        guard mark == 0x2B || mark == 0x2D, let hours = number(digits: 2...2), hours <= 14 else { return nil }
        if peek() == 0x3A { _ = next() }
        let minutes = isAtEnd ? 0 : number(digits: 2...2) ?? 60
        guard minutes < 60 else { return nil }
        let offset = Int64((hours * 60 + minutes) * 60_000)
        return mark == 0x2B ? offset : -offset
    }

    fileprivate mutating func compactDate() -> Int64? {
        guard let year = number(digits: 4...4), let month = number(digits: 2...2), let day = number(digits: 2...2),
            case _ = skipSpaces(), isAtEnd, let days = CivilDay.days(year: year, month: month, day: day)
        else { return nil }
        return Int64(days) * CivilDay.dayMilliseconds + CivilDay.dayMilliseconds / 2
    }

    fileprivate mutating func epoch(scale: Int64) -> Int64? {
        let range = scale == 1 ? 12...13 : 9...10
        guard let value = number(digits: range), case _ = skipSpaces(), isAtEnd else { return nil }
        return Int64(value) * scale
    }
}
