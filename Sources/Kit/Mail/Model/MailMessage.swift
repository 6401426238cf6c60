import Foundation

/// A mail to one person, in plain text.
public struct MailMessage: Sendable, Hashable, Codable {
    /// Stays the same over repeated tries, so that a receiver can tell a second copy.
    public let id: String
    public let to: MailAddress
    public let subject: String
    public let text: String
    /// `en`, `es`.
    public let language: String?

    /// - Parameter id: letters, digits and underscores
    public init(id: String, to: MailAddress, subject: String, text: String, language: String? = nil) {
        self.id = id
        self.to = to
        self.subject = subject
        self.text = text
        self.language = language
    }

    /// As it goes over the wire (RFC 5322), with line ends of two bytes.
    func written(from sender: MailAddress, at date: Date) -> String {
        var head = ""
        func header(_ name: String, _ value: String) { head += HeaderText.line(name, value) }
        header("Date", Self.stamp(date))
        header("From", sender.header)
        header("To", to.header)
        header("Message-ID", "<\(id)@\(sender.domain)>")
        header("Subject", HeaderText.unstructured(subject))
        header("MIME-Version", "1.0")
        header("Content-Type", "text/plain; charset=utf-8")
        header("Content-Transfer-Encoding", "quoted-printable")
        if let language { header("Content-Language", language) }
        header("Auto-Submitted", "auto-generated")
        return head + "\r\n" + QuotedPrintable.encode(text) + "\r\n"
    }

    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `Sat, 21 Nov 2026 17:03:09 +0000`.
    static func stamp(_ date: Date) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents(
            [.weekday, .day, .month, .year, .hour, .minute, .second], from: date)
        func two(_ value: Int?) -> String { String(format: "%02d", value ?? 0) }
        let day = days[max(1, parts.weekday ?? 1) - 1]
        let month = months[max(1, parts.month ?? 1) - 1]
        return "\(day), \(two(parts.day)) \(month) \(parts.year ?? 0) "
            + "\(two(parts.hour)):\(two(parts.minute)):\(two(parts.second)) +0000"
    }
}
