import Foundation
import NIOCore
import NIOSSL
import Vault

/// A conversation with a mail server: greeting, encryption, sign-in, then mails.
struct SMTPSession {
    var wire: SMTPWire
    let configuration: SMTPConfiguration
    let context: NIOSSLContext

    /// Up to the point where mails may be handed over.
    mutating func open() async throws {
        try Self.expect(try await wire.reply(), 220)
        var abilities = try await greet()
        if configuration.security == .starttls {
            guard abilities.startsTLS else { throw MailFault.setup("no_starttls") }
            try Self.expect(try await wire.ask("STARTTLS"), 220)
            try await wire.encrypt(context, host: configuration.host)
            abilities = try await greet()
        }
        try await authenticate(abilities)
    }

    /// What we call ourselves, and what the server says it can do.
    private mutating func greet() async throws -> SMTPAbilities {
        let reply = try await wire.ask("EHLO \(configuration.from.domain)")
        try Self.expect(reply, 250)
        return SMTPAbilities(reply)
    }

    private mutating func authenticate(_ abilities: SMTPAbilities) async throws {
        guard let user = configuration.user, let password = configuration.password?.reveal() else { return }
        guard configuration.security != .none || configuration.mayAuthenticateInClear else {
            throw MailFault.setup("password_in_clear")
        }
        func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
        let reply: SMTPReply
        if abilities.authenticates(by: "PLAIN") {
            reply = try await wire.ask("AUTH PLAIN " + base64("\0\(user)\0\(password)"))
        } else if abilities.authenticates(by: "LOGIN") {
            try Self.expect(try await wire.ask("AUTH LOGIN"), 334)
            try Self.expect(try await wire.ask(base64(user)), 334)
            reply = try await wire.ask(base64(password))
        } else {
            throw MailFault.setup("no_sign_in")
        }
        guard reply.code == 235 else {
            throw reply.code >= 500 ? MailFault.setup("sign_in_refused") : MailFault.temporary("\(reply.code)")
        }
    }

    /// Hands one mail over. A refusal leaves the conversation good for the next.
    mutating func send(_ message: MailMessage, at now: Date) async throws(MailFault) {
        do {
            try await offer("MAIL FROM:<\(configuration.from.email)>")
            try await offer("RCPT TO:<\(message.to.email)>")
            let ready = try await wire.ask("DATA")
            guard ready.code == 354 else { throw Self.fault(ready) }
            try await wire.write(Self.stuffed(message.written(from: configuration.from, at: now)) + ".\r\n")
            let taken = try await wire.reply()
            guard taken.isGood else { throw Self.fault(taken) }
        } catch let fault as MailFault {
            guard fault.concernsOneMail else { throw fault }
            do {
                _ = try await wire.ask("RSET")
            } catch {
                throw .temporary("cut")
            }
            throw fault
        } catch {
            throw .temporary("cut")
        }
    }

    /// Says good-bye; nobody minds if the line is gone already.
    mutating func quit() async { _ = try? await wire.ask("QUIT") }

    private mutating func offer(_ command: String) async throws {
        let reply = try await wire.ask(command)
        guard reply.isGood else { throw Self.fault(reply) }
    }

    /// A line that begins with a dot gets another, so that none ends the mail (RFC 5321 §4.5.2).
    static func stuffed(_ text: String) -> String {
        (text.hasPrefix(".") ? "." : "") + text.replacingOccurrences(of: "\r\n.", with: "\r\n..")
    }

    private static func fault(_ reply: SMTPReply) -> MailFault {
        switch reply.code {
        case 530, 534, 535, 538: .setup("sign_in_refused")
        case 500...599: .refused(code: reply.code)
        default: .temporary("\(reply.code)")
        }
    }

    private static func expect(_ reply: SMTPReply, _ code: Int) throws {
        guard reply.code == code else {
            throw reply.code >= 500 ? MailFault.setup("refused_\(reply.code)") : MailFault.temporary("\(reply.code)")
        }
    }
}
