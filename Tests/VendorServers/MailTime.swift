import Foundation

/// `Wed, 18 Nov 2026 04:26:40 +0000` (RFC 2822); with `GMT` behind it a time as HTTP has it.
enum MailTime {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]

    static func text(_ date: Date, zone: String = "+0000") -> String {
        let iso = BigCommerceServer.iso(date)
        let parts = iso.prefix(10).split(separator: "-").map(String.init)
        let day = days[Int(date.timeIntervalSince1970 / 86_400) % 7]
        let month = months[(Int(parts[1]) ?? 1) - 1]
        return "\(day), \(parts[2]) \(month) \(parts[0]) \(iso.dropFirst(11).prefix(8)) \(zone)"
    }
}
