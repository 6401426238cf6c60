import Foundation
import Mail
import Vault

/// The operator's mail server, from `OMNIFY_SMTP_…`.
enum MailConfiguration {
    static func read(_ source: inout ConfigurationSource) -> SMTPConfiguration? {
        guard let host = source.string("SMTP_HOST") else { return nil }
        let security = source.choice("SMTP_SECURITY", default: SMTPConfiguration.Security.starttls)
        let port = source.string("SMTP_PORT") == nil ? nil : source.integer("SMTP_PORT", default: 587, in: 1...65_535)
        let user = source.string("SMTP_USER")
        let password = source.string("SMTP_PASSWORD").map { SecretValue($0) }
        if (user == nil) != (password == nil) {
            source.report("OMNIFY_SMTP_USER and OMNIFY_SMTP_PASSWORD belong together: set both or none.")
        }
        let authority = source.string("SMTP_AUTHORITY")
        if let authority, !FileManager.default.isReadableFile(atPath: authority) {
            source.report("OMNIFY_SMTP_AUTHORITY names \(authority), which cannot be read.")
        }
        guard let from = source.string("SMTP_FROM").flatMap({ MailAddress($0, name: "OmniFy") }) else {
            source.report("OMNIFY_SMTP_FROM must be an address like post@example.org, because OMNIFY_SMTP_HOST is set.")
            return nil
        }
        return SMTPConfiguration(
            host: host, port: port, security: security, user: user, password: password, from: from,
            authorityFile: authority)
    }
}
