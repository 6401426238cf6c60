import Foundation
import Web

/// The dates vendors write.
public enum VendorTime {
    public static func parse(_ text: String) -> Date? {
        if let date = CivilTime.parse(text) { return date }
        if text.contains(",") { return HTTPDate.parse(text) }
        var bytes = Array(text.utf8)
        guard bytes.count >= 19 else { return nil }
        if bytes[10] == UInt8(ascii: " ") { bytes[10] = UInt8(ascii: "T") }
        let hasZone = bytes.last == UInt8(ascii: "Z") || bytes[19...].contains { $0 == 0x2B || $0 == 0x2D }
        if !hasZone { bytes.append(UInt8(ascii: "Z")) }
        if hasZone, bytes.count > 5, bytes[bytes.count - 5] == 0x2B || bytes[bytes.count - 5] == 0x2D {
            bytes.insert(UInt8(ascii: ":"), at: bytes.count - 2)
        }
        return CivilTime.parse(String(decoding: bytes, as: UTF8.self))
    }

    /// `2026-11-21T10:55:07.123Z`, always with milliseconds.
    public static func iso(_ date: Date) -> String {
        let civil = CivilTime(date)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let millis = String(1000 + civil.millisecond).dropFirst()
        return "\(civil.isoDay)T\(two(civil.hour)):\(two(civil.minute)):\(two(civil.second)).\(millis)Z"
    }

    /// `2026-11-21T10:55:07Z`, whole seconds.
    public static func isoSeconds(_ date: Date) -> String { String(iso(date).prefix(19)) + "Z" }

    /// `Sat, 21 Nov 2026 10:55:07 +0000`, as mail and BigCommerce's older API write times.
    static func mail(_ date: Date) -> String {
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let text = iso(date)
        let parts = text.prefix(10).split(separator: "-").compactMap { Int($0) }
        let day = days[((Int((date.timeIntervalSince1970 / 86_400).rounded(.down)) % 7) + 7) % 7]
        guard parts.count == 3, months.indices.contains(parts[1] - 1) else { return text }
        let number = text.dropFirst(8).prefix(2)
        return "\(day), \(number) \(months[parts[1] - 1]) \(parts[0]) \(text.dropFirst(11).prefix(8)) +0000"
    }

    /// The day of a moment in a zone.
    public static func day(_ date: Date, in zone: String) -> String {
        let offset = TimeZone(identifier: zone)?.secondsFromGMT(for: date) ?? 0
        return CivilTime(date, offset: offset).isoDay
    }

    /// The moments at which days begin and end in a zone, both included: the second is the start of the day after.
    public static func span(from: String, to: String, in zone: String) -> (from: Date, to: Date)? {
        let zone = TimeZone(identifier: zone) ?? .gmt
        func start(_ day: String) -> Date? {
            guard let utc = CivilTime.parse(day) else { return nil }
            let guess = utc.addingTimeInterval(-Double(zone.secondsFromGMT(for: utc)))
            return utc.addingTimeInterval(-Double(zone.secondsFromGMT(for: guess)))
        }
        guard let first = start(from), let last = start(day(to, plus: 1)) else { return nil }
        return (first, last)
    }

    /// Noon UTC of a day, for arithmetic on days.
    static func noon(_ day: String) -> Date? { CivilTime.parse(day)?.addingTimeInterval(43_200) }

    /// The day so many days later.
    public static func day(_ day: String, plus days: Int) -> String {
        guard let noon = noon(day) else { return day }
        return CivilTime(noon.addingTimeInterval(Double(days) * 86_400)).isoDay
    }
}
