import Foundation

/// Reads `2026-11-21`, `2026-11-21T10:55:07Z`, `…T10:55Z`, `….123456Z` and `…+02:00`; nothing else.
struct ISO8601Reader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    func date() -> Date? {
        var reader = self
        return reader.readDate()
    }

    private mutating func readDate() -> Date? {
        guard let year = digits(4), skip("-"), let month = digits(2), skip("-"), let day = digits(2),
            (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        let days = CivilTime.days(year: year, month: month, day: day)
        guard CivilTime.civil(fromDays: days) == (year, month, day) else { return nil }
        if position == bytes.count { return Date(timeIntervalSince1970: Double(days) * 86_400) }
        guard skip("T") || skip("t"), let seconds = readTime(), let offset = readOffset(), position == bytes.count
        else { return nil }
        return Date(timeIntervalSince1970: Double(days) * 86_400 + seconds - Double(offset))
    }

    private mutating func readTime() -> Double? {
        guard let hour = digits(2), skip(":"), let minute = digits(2), hour < 24, minute < 60 else { return nil }
        var seconds = 0.0
        if skip(":") {
            guard let whole = digits(2), whole < 60 else { return nil }
            seconds = Double(whole)
            if skip(".") {
                guard let fraction = fraction() else { return nil }
                seconds += fraction
            }
        }
        return Double(hour * 3600 + minute * 60) + seconds
    }

    private mutating func readOffset() -> Int? {
        if skip("Z") || skip("z") { return 0 }
        let sign: Int
        if skip("+") { sign = 1 } else if skip("-") { sign = -1 } else { return nil }
        guard let hours = digits(2), skip(":"), let minutes = digits(2), hours < 24, minutes < 60 else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }

    private mutating func fraction() -> Double? {
        var numerator = 0
        var denominator = 1
        let start = position
        while position < bytes.count, let digit = digit(bytes[position]), position - start < 9 {
            numerator = numerator * 10 + digit
            denominator *= 10
            position += 1
        }
        return position > start ? Double(numerator) / Double(denominator) : nil
    }

    private mutating func digits(_ count: Int) -> Int? {
        guard position + count <= bytes.count else { return nil }
        var value = 0
        for index in position..<(position + count) {
            guard let digit = digit(bytes[index]) else { return nil }
            value = value * 10 + digit
        }
        position += count
        return value
    }

    private func digit(_ byte: UInt8) -> Int? {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) ? Int(byte - UInt8(ascii: "0")) : nil
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }
}
