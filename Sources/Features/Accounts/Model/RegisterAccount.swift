import Foundation

/// The command that makes a person and their organization, checked.
public struct RegisterAccount: Sendable, Equatable {
    public let email: EmailAddress
    public let password: String
    public let name: String
    public let organizationName: String
    /// Given by the person, or nil to derive one from the name.
    public let slug: String?
    public let timeZone: String
    public let currency: String
    public let locale: String
    public let termsVersion: String

    /// The terms in force; acceptance is stored with the account.
    public static let currentTerms = "2026-10"

    /// The values as sent; everything that is wrong is reported at once.
    public struct Draft: Sendable {
        public var email = ""
        public var password = ""
        public var name = ""
        public var organizationName = ""
        public var slug: String?
        public var timeZone: String?
        public var currency: String?
        public var locale: String?
        public var acceptedTermsVersion: String?

        public init() {}

        /// - Throws: ``AccountError/invalid(_:)`` with every broken rule.
        public func checked() throws(AccountError) -> RegisterAccount {
            var issues: [FieldIssue] = []
            let address = EmailAddress(email)
            if email.isBlank {
                issues.append(FieldIssue("email", "required"))
            } else if address == nil {
                issues.append(FieldIssue("email", "email-invalid"))
            }
            issues += PersonName.issues(name, field: "name")
            issues += OrganizationName.issues(organizationName, field: "organization_name")
            issues += passwordIssues
            issues += OrganizationSettings.issues(slug: slug)
            issues += OrganizationSettings.issues(timeZone: timeZone, currency: currency, locale: locale)
            if acceptedTermsVersion != currentTerms {
                issues.append(FieldIssue("accepted_terms_version", "terms-required"))
            }
            guard issues.isEmpty, let address else { throw .invalid(issues) }
            return RegisterAccount(
                email: address, password: password, name: name.trimmed, organizationName: organizationName.trimmed,
                slug: slug, timeZone: timeZone ?? "UTC", currency: currency ?? "USD", locale: locale ?? "en",
                termsVersion: currentTerms)
        }

        private var passwordIssues: [FieldIssue] {
            if password.isEmpty { return [FieldIssue("password", "required")] }
            let problem = PasswordPolicy.problem(
                with: password, email: email.trimmed.lowercased(), name: name.trimmed,
                organization: organizationName.trimmed)
            return problem.map { [FieldIssue("password", $0)] } ?? []
        }
    }
}

/// Rules of a person's display name.
public enum PersonName {
    public static func issues(_ name: String, field: String) -> [FieldIssue] {
        if name.isBlank { return [FieldIssue(field, "required")] }
        if name.trimmed.count > 120 { return [FieldIssue(field, "name-too-long")] }
        return name.hasControlCharacters ? [FieldIssue(field, "name-characters")] : []
    }
}

/// Rules of an organization's name (01 §1: 2–80 characters).
public enum OrganizationName {
    public static func issues(_ name: String, field: String) -> [FieldIssue] {
        if name.isBlank { return [FieldIssue(field, "required")] }
        guard (2...80).contains(name.trimmed.count) else { return [FieldIssue(field, "organization-name-length")] }
        return name.hasControlCharacters ? [FieldIssue(field, "name-characters")] : []
    }
}

extension String {
    var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
    var isBlank: Bool { trimmed.isEmpty }
    var hasControlCharacters: Bool { unicodeScalars.contains { CharacterSet.controlCharacters.contains($0) } }
}
