import Foundation
import Testing

@testable import Mail

@Suite("Mails as text")
struct MessageTests {
    private let sender = MailAddress("post@omnify.example", name: "OmniFy")

    @Test("addresses that would break out of a header or a command are none")
    func addresses() {
        #expect(MailAddress("ana@shop.example") != nil)
        for bad in [
            "", "ana", "@shop.example", "ana@", "a@b@c", "ana@shop.example\r\nRCPT TO:<x@y>", "<ana@shop.example>",
            "ana ruiz@shop.example", "ána@shop.example", "ana@shop.example,x@y.example",
        ] {
            #expect(MailAddress(bad) == nil, "\(bad)")
        }
    }

    @Test("a mail has its headers in ASCII, folded, and its text as quoted-printable")
    func written() throws {
        let sender = try #require(sender)
        let to = try #require(MailAddress("ana@shop.example", name: "Ana Peñarroya"))
        let subject = "La conexión con la tienda de Ana necesita una persona que la mire en cuanto pueda"
        let mail = MailMessage(id: "eml_1", to: to, subject: subject, text: "Qué tal\n.punto\nfin ", language: "es")
        let text = mail.written(from: sender, at: Date(timeIntervalSince1970: 1_795_280_589))
        #expect(text.utf8.allSatisfy { $0 < 0x80 })
        let lines = text.components(separatedBy: "\r\n")
        #expect(lines.allSatisfy { $0.utf8.count <= 78 && !$0.contains("\n") && !$0.contains("\r") })
        #expect(text.contains("Date: Sat, 21 Nov 2026 17:03:09 +0000\r\n"))
        #expect(text.contains("From: OmniFy <post@omnify.example>\r\n"))
        #expect(text.contains("Message-ID: <eml_1@omnify.example>\r\n"))
        #expect(text.contains("\r\n\r\nQu=C3=A9 tal\r\n.punto\r\nfin=20\r\n"))
        let encoded = text.components(separatedBy: "Subject: ")[1].components(separatedBy: "\r\nMIME")[0]
        #expect(Self.decoded(encoded) == subject)
    }

    /// What a mail program makes of encoded words.
    static func decoded(_ value: String) -> String {
        let words = value.replacingOccurrences(of: "\r\n ", with: " ").split(separator: " ")
        return words.map { word in
            guard word.hasPrefix("=?UTF-8?B?"), let data = Data(base64Encoded: String(word.dropFirst(10).dropLast(2)))
            else { return String(word) }
            return String(decoding: data, as: UTF8.self)
        }.joined()
    }

    @Test("a name or subject with line ends starts no header of its own")
    func injection() throws {
        let to = try #require(MailAddress("ana@shop.example", name: "Ana\r\nBcc: all@shop.example"))
        let mail = MailMessage(id: "eml_1", to: to, subject: "a\r\nX-Evil: 1", text: "x")
        let text = mail.written(from: try #require(sender), at: Date())
        #expect(!text.contains("\r\nBcc:") && !text.contains("\r\nX-Evil:"))
    }

    @Test("long lines are broken softly and long words of subjects are encoded")
    func long() throws {
        let word = String(repeating: "a", count: 200)
        let text = QuotedPrintable.encode(word + "\r\nb\rc=d")
        #expect(text.components(separatedBy: "\r\n").allSatisfy { $0.utf8.count <= 76 })
        #expect(text.replacingOccurrences(of: "=\r\n", with: "") == word + "\r\nb\r\nc=3Dd")
        #expect(HeaderText.unstructured(word).hasPrefix("=?UTF-8?B?"))
    }

    @Test("a line that begins with a dot gets another")
    func dots() {
        #expect(SMTPSession.stuffed(".a\r\n.\r\n..b\r\nc.\r\n") == "..a\r\n..\r\n...b\r\nc.\r\n")
    }

    @Test("replies of several lines are read whole, and what is no reply is refused")
    func replies() throws {
        var parser = SMTPReply.Parser()
        #expect(try parser.take("250-mail.example") == nil)
        #expect(try parser.take("250-AUTH PLAIN LOGIN") == nil)
        let reply = try #require(try parser.take("250 STARTTLS"))
        #expect(reply.code == 250 && reply.lines.count == 3)
        let abilities = SMTPAbilities(reply)
        #expect(abilities.startsTLS && abilities.authenticates(by: "LOGIN") && !abilities.authenticates(by: "XOAUTH2"))
        #expect(throws: MailFault.self) { _ = try parser.take("hello") }
        var mixed = SMTPReply.Parser()
        #expect(try mixed.take("250-a") == nil)
        #expect(throws: MailFault.self) { _ = try mixed.take("550 b") }
    }
}
