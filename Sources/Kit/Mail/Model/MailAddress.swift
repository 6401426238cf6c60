/// An address as it stands in a header, with the person's name if there is one.
public struct MailAddress: Sendable, Hashable, Codable {
    public let email: String
    public let name: String?

    /// Nil for what no mail server would take, or what would break out of a header.
    public init?(_ email: String, name: String? = nil) {
        let parts = email.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty, email.utf8.count <= 254,
            email.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !Self.refused.contains($0) })
        else { return nil }
        self.email = email
        self.name = name.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Characters that only quoted local parts may hold; nobody has such an address.
    private static let refused = Set("<>()[]\\,;:\"".utf8)

    /// The part behind the @.
    public var domain: String { String(email.split(separator: "@").last ?? "") }

    /// For a header: `Ana Ruiz <ana@shop.example>`.
    var header: String {
        guard let name else { return email }
        return HeaderText.phrase(name) + " <\(email)>"
    }
}
