import Foundation
import Vault

/// How personal values are kept: look-ups by token, clear values sealed, screens masked.
public struct PersonKeys: Sendable {
    private let tokenizer: Tokenizer
    private let sealer: Sealer

    public init(tokenizer: Tokenizer, sealer: Sealer) {
        self.tokenizer = tokenizer
        self.sealer = sealer
    }

    /// The look-up token of an address, equal for equal addresses of one organization.
    public func emailToken(_ email: String, organizationID: String) -> String {
        tokenizer.token(Self.normalised(email), context: [organizationID, "email"])
    }

    /// The look-up token of a phone number in E.164 form.
    public func phoneToken(_ phone: String, organizationID: String) -> String {
        tokenizer.token(phone, context: [organizationID, "phone"])
    }

    /// The look-up token of whatever a platform calls a person by.
    public func subjectToken(_ subject: String, organizationID: String) -> String {
        tokenizer.token(subject, context: [organizationID, "subject"])
    }

    func seal(_ person: PersonDetails, organizationID: String, customerID: String) throws -> [UInt8] {
        let clear = Array(try JSONEncoder().encode(person))
        return try sealer.seal(clear, context: Self.context(organizationID, customerID)).bytes
    }

    /// The clear values; whoever calls must have checked `customer:pii`.
    public func open(_ sealed: [UInt8], organizationID: String, customerID: String) throws -> PersonDetails {
        let clear = try sealer.open(SealedBox(bytes: sealed), context: Self.context(organizationID, customerID))
        return try JSONDecoder().decode(PersonDetails.self, from: Data(clear))
    }

    public static func normalised(_ email: String) -> String {
        email.trimmingCharacters(in: .whitespaces).lowercased()
    }

    /// Whether an address is a team's or a machine's: nobody in particular reads it.
    public static func isShared(_ email: String) -> Bool {
        let name = normalised(email).prefix { $0 != "@" && $0 != "+" }
        return sharedNames.contains(String(name))
    }

    private static let sharedNames: Set<String> = [
        "abuse", "accounting", "accounts", "admin", "administrator", "billing", "careers", "contact", "contacto",
        "customerservice", "demo", "donotreply", "do-not-reply", "enquiries", "example", "finance", "guest", "hello",
        "help", "helpdesk", "hola", "hostmaster", "hr", "info", "inquiries", "invoice", "invoices", "jobs", "legal",
        "mail", "marketing", "news", "newsletter", "no-reply", "none", "noreply", "null", "office", "order", "orders",
        "postmaster", "press", "privacy", "root", "sales", "security", "service", "shop", "spam", "staff", "store",
        "subscribe", "support", "team", "test", "tester", "testing", "unknown", "user", "ventas", "webmaster",
    ]

    /// `m…@example.com`: enough to recognise a person one knows, not enough to write to one.
    public static func masked(_ email: String) -> String {
        guard let at = email.firstIndex(of: "@"), let first = email.first, at != email.startIndex else { return "…" }
        return "\(first)…\(email[at...])"
    }

    private static func context(_ organizationID: String, _ customerID: String) -> [String] {
        [organizationID, "customers", customerID, "pii"]
    }
}

/// Clear values of a person, only ever stored sealed.
public struct PersonDetails: Sendable, Codable, Equatable {
    public var email: String?
    public var firstName: String?
    public var lastName: String?
    /// E.164 where it could be read, else as the source writes it.
    public var phone: String?

    public init(email: String? = nil, firstName: String? = nil, lastName: String? = nil, phone: String? = nil) {
        self.phone = phone
        self.email = email
        self.firstName = firstName
        self.lastName = lastName
    }

    public var isEmpty: Bool { email == nil && firstName == nil && lastName == nil && phone == nil }

    /// With what these do not say taken from others.
    func completed(by more: PersonDetails) -> PersonDetails {
        PersonDetails(
            email: email ?? more.email, firstName: firstName ?? more.firstName, lastName: lastName ?? more.lastName,
            phone: phone ?? more.phone)
    }

    public var fullName: String? {
        let name = [firstName, lastName].compactMap(\.self).joined(separator: " ")
        return name.isEmpty ? nil : name
    }
}
