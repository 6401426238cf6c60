import Foundation
import Synchronization
import Testing
import Vault

@testable import Mail

@Suite("Mail client against a server on a socket")
struct SMTPTests {
    private func configuration(
        _ server: SMTPTestServer, _ security: SMTPConfiguration.Security = .none, user: String? = nil,
        password: String? = nil, authority: String? = nil
    ) throws -> SMTPConfiguration {
        SMTPConfiguration(
            host: "localhost", port: server.port, security: security, user: user,
            password: password.map { SecretValue($0) }, from: try #require(MailAddress("post@omnify.example")),
            authorityFile: authority, timeout: 5)
    }

    private func mail(_ number: Int, to: String = "ana@shop.example", _ text: String = "Hello") throws -> MailMessage {
        MailMessage(id: "eml_\(number)", to: try #require(MailAddress(to)), subject: "Test \(number)", text: text)
    }

    /// The ends of mails, by their places.
    private func send(_ mails: [MailMessage], _ configuration: SMTPConfiguration) async throws -> [Int: String] {
        let ends = Mutex<[Int: String]>([:])
        try await SMTPClient(configuration).send(mails) { index, fault in
            ends.withLock { $0[index] = fault?.word ?? "sent" }
        }
        return ends.withLock { $0 }
    }

    @Test("several mails go over one line, with dots doubled on the way")
    func plain() async throws {
        try await SMTPTestServer.run { server in
            let ends = try await send(
                [try mail(1, "a\n.\nb"), try mail(2)], try configuration(server))
            #expect(ends == [0: "sent", 1: "sent"])
            #expect(server.received.count == 2)
            #expect(server.received[0].sender == "post@omnify.example")
            #expect(server.received[0].recipient == "ana@shop.example")
            #expect(server.received[0].text.hasSuffix("\n\na\n.\nb"))
            #expect(server.commands.filter { $0.hasPrefix("EHLO") } == ["EHLO omnify.example"])
            #expect(server.commands.last == "QUIT")
        }
    }

    @Test("STARTTLS encrypts before anything is said, then signs in", arguments: ["PLAIN", "LOGIN"])
    func startTLS(way: String) async throws {
        let manners = SMTPTestServer.Manners(
            offersTLS: true, ways: [way], user: "omnify", password: "pass word ñ")
        try await SMTPTestServer.run(manners) { server in
            let configuration = try configuration(
                server, .starttls, user: "omnify", password: "pass word ñ", authority: try TestCertificate.file())
            #expect(try await send([try mail(1)], configuration) == [0: "sent"])
            #expect(server.received.first?.isEncrypted == true)
            #expect(server.received.first?.user == "omnify")
        }
    }

    @Test("a server that is encrypted from the first byte is spoken to so")
    func implicitTLS() async throws {
        try await SMTPTestServer.run(SMTPTestServer.Manners(isTLS: true)) { server in
            let configuration = try configuration(server, .tls, authority: try TestCertificate.file())
            #expect(try await send([try mail(1)], configuration) == [0: "sent"])
            #expect(server.received.first?.isEncrypted == true)
        }
    }

    @Test("a certificate nobody vouches for gets no mail")
    func certificate() async throws {
        for manners in [SMTPTestServer.Manners(offersTLS: true), SMTPTestServer.Manners(isTLS: true)] {
            try await SMTPTestServer.run(manners) { server in
                let configuration = try configuration(server, manners.isTLS ? .tls : .starttls)
                await #expect(throws: MailFault.setup("tls")) { _ = try await send([try mail(1)], configuration) }
                #expect(server.received.isEmpty)
            }
        }
    }

    @Test("without an offer of encryption nothing is said, and words in front of it are refused")
    func downgrade() async throws {
        try await SMTPTestServer.run { server in
            let configuration = try configuration(server, .starttls)
            await #expect(throws: MailFault.setup("no_starttls")) { _ = try await send([try mail(1)], configuration) }
        }
        let manners = SMTPTestServer.Manners(offersTLS: true, afterStartTLS: "\r\n250 AUTH PLAIN")
        try await SMTPTestServer.run(manners) { server in
            let configuration = try configuration(server, .starttls, authority: try TestCertificate.file())
            await #expect(throws: MailFault.self) { _ = try await send([try mail(1)], configuration) }
            #expect(server.received.isEmpty)
        }
    }

    @Test("a wrong password is the operator's to mend, and is in no error")
    func password() async throws {
        let manners = SMTPTestServer.Manners(user: "omnify", password: "right")
        try await SMTPTestServer.run(manners) { server in
            try await SMTPClient(try configuration(server, user: "omnify", password: "right")).probe()
            let configuration = try configuration(server, user: "omnify", password: "wrong-secret")
            await #expect(throws: MailFault.setup("sign_in_refused")) {
                _ = try await send([try mail(1)], configuration)
            }
            #expect(!"\(configuration)".contains("wrong-secret"))
        }
    }

    @Test("a refused address stops nobody else; a busy server is asked again later")
    func refused() async throws {
        let manners = SMTPTestServer.Manners(recipients: [
            "gone@shop.example": "550 no such person", "busy@shop.example": "451 later",
        ])
        try await SMTPTestServer.run(manners) { server in
            let mails = [
                try mail(1, to: "gone@shop.example"), try mail(2, to: "busy@shop.example"), try mail(3),
            ]
            let ends = try await send(mails, try configuration(server))
            #expect(ends == [0: "refused_550", 1: "451", 2: "sent"])
            #expect(server.received.map(\.recipient) == ["ana@shop.example"])
        }
    }

    @Test("a line that breaks or stays silent is a fault that passes")
    func broken() async throws {
        try await SMTPTestServer.run(SMTPTestServer.Manners(cutsAfter: 1)) { server in
            let ends = try await send([try mail(1), try mail(2), try mail(3)], try configuration(server))
            #expect(ends == [0: "sent", 1: "cut"])
        }
        try await SMTPTestServer.run(SMTPTestServer.Manners(isSilent: true)) { server in
            var configuration = try configuration(server)
            configuration.timeout = 0.2
            await #expect(throws: MailFault.temporary("timeout")) {
                _ = try await send([try mail(1)], configuration)
            }
        }
        let nobody = SMTPConfiguration(
            host: "127.0.0.1", port: 1, security: .none, from: try #require(MailAddress("post@omnify.example")),
            timeout: 5)
        await #expect(throws: MailFault.temporary("unreachable")) { _ = try await send([try mail(1)], nobody) }
    }
}
