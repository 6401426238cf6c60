import Foundation
import Vault

/// The mail server that takes our mails, as the operator has set it.
public struct SMTPConfiguration: Sendable {
    public enum Security: String, Sendable, CaseIterable {
        /// Plain at first, encrypted before anything is said.
        case starttls
        /// Encrypted from the first byte.
        case tls
        /// Never encrypted; for a server on the same machine.
        case none
    }

    public var host: String
    public var port: Int
    public var security: Security
    public var user: String?
    public var password: SecretValue?
    public var from: MailAddress
    /// A PEM file with the authority of the server's certificate, where the system does not know it.
    public var authorityFile: String?
    /// How long each answer may take.
    public var timeout: TimeInterval

    public init(
        host: String, port: Int? = nil, security: Security = .starttls, user: String? = nil,
        password: SecretValue? = nil, from: MailAddress, authorityFile: String? = nil, timeout: TimeInterval = 30
    ) {
        self.host = host
        self.port = port ?? (security == .tls ? 465 : security == .none ? 25 : 587)
        self.security = security
        self.user = user
        self.password = password
        self.from = from
        self.authorityFile = authorityFile
        self.timeout = timeout
    }

    /// Credentials go over an encrypted line, or do not leave the machine.
    var mayAuthenticateInClear: Bool { ["127.0.0.1", "::1", "localhost"].contains(host) }
}
