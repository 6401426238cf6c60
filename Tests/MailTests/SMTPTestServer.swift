import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A small mail server on a loopback port that does what the test wants.
final class SMTPTestServer: Sendable {
    struct Manners: Sendable {
        var offersTLS = false
        var isTLS = false
        var ways = ["PLAIN", "LOGIN"]
        var user: String?
        var password: String?
        /// Answers to RCPT by address; everybody else is welcome.
        var recipients: [String: String] = [:]
        /// Says this in front of its own reply to STARTTLS, as somebody in the middle would.
        var afterStartTLS = ""
        /// Closes the line instead of answering the end of so many mails.
        var cutsAfter = Int.max
        /// Never greets.
        var isSilent = false
    }

    struct Received: Sendable, Equatable {
        let sender: String
        let recipient: String
        let text: String
        let isEncrypted: Bool
        let user: String?
    }

    let port: Int
    private let channel: any Channel
    private let state: Mutex<[Received]>
    private let lines: Mutex<[String]>

    var received: [Received] { state.withLock { $0 } }
    /// Commands that came over the line, without the mails.
    var commands: [String] { lines.withLock { $0 } }

    private init(_ channel: any Channel, _ board: Board) {
        self.channel = channel
        port = channel.localAddress?.port ?? 0
        state = Mutex([])
        lines = Mutex([])
        board.server.withLock { $0 = self }
    }

    private final class Board: Sendable {
        let server = Mutex<SMTPTestServer?>(nil)
    }

    /// Runs a server for the length of the body.
    static func run(_ manners: Manners = Manners(), _ body: (SMTPTestServer) async throws -> Void) async throws {
        let board = Board()
        let tls = try TestCertificate.server()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if manners.isTLS { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
                    let talk = SMTPTestTalk(manners, tls) { event in
                        board.server.withLock { $0 }?.note(event)
                    }
                    try pipeline.addHandler(talk)
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let server = SMTPTestServer(channel, board)
        do {
            try await body(server)
            try await channel.close()
        } catch {
            try? await channel.close()
            throw error
        }
    }

    enum Event: Sendable {
        case command(String)
        case mail(Received)
    }

    private func note(_ event: Event) {
        switch event {
        case .command(let line): lines.withLock { $0.append(line) }
        case .mail(let mail): state.withLock { $0.append(mail) }
        }
    }

    var mailCount: Int { received.count }
}

/// One conversation of the test server.
final class SMTPTestTalk: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Phase { case command, login(user: String?), data }

    private let manners: SMTPTestServer.Manners
    private let tls: NIOSSLContext
    private let note: @Sendable (SMTPTestServer.Event) -> Void
    private var received = ByteBuffer()
    private var phase = Phase.command
    private var isEncrypted: Bool
    private var user: String?
    private var sender = ""
    private var recipient = ""
    private var mail: [String] = []
    private var mails = 0

    init(
        _ manners: SMTPTestServer.Manners, _ tls: NIOSSLContext,
        _ note: @escaping @Sendable (SMTPTestServer.Event) -> Void
    ) {
        self.manners = manners
        self.tls = tls
        self.note = note
        isEncrypted = manners.isTLS
    }

    func channelActive(context: ChannelHandlerContext) {
        if !manners.isSilent { say("220-mail.test\r\n220 ready", context) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var more = unwrapInboundIn(data)
        received.writeBuffer(&more)
        while let end = received.readableBytesView.firstIndex(of: 10) {
            let line = received.readString(length: end - received.readerIndex) ?? ""
            received.moveReaderIndex(forwardBy: 1)
            take(line.hasSuffix("\r") ? String(line.dropLast()) : line, context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func take(_ line: String, _ context: ChannelHandlerContext) {
        switch phase {
        case .data: collect(line, context)
        case .login(let name): login(line, name, context)
        case .command:
            note(.command(line))
            command(line, context)
        }
    }

    private func command(_ line: String, _ context: ChannelHandlerContext) {
        let verb = line.prefix { $0 != " " && $0 != ":" }.uppercased()
        switch verb {
        case "EHLO":
            let tls = manners.offersTLS && !isEncrypted ? "250-STARTTLS\r\n" : ""
            say("250-mail.test\r\n" + tls + "250 AUTH \(manners.ways.joined(separator: " "))", context)
        case "STARTTLS":
            say("220 go on" + manners.afterStartTLS, context)
            isEncrypted = true
            try? context.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls), position: .first)
        case "AUTH": authenticate(line, context)
        case "MAIL":
            guard manners.user == nil || user != nil else { return say("530 sign in first", context) }
            sender = inner(line)
            say("250 ok", context)
        case "RCPT":
            recipient = inner(line)
            say(manners.recipients[recipient] ?? "250 ok", context)
        case "DATA":
            mail = []
            phase = .data
            say("354 go on", context)
        case "RSET": say("250 ok", context)
        case "QUIT":
            say("221 bye", context)
            context.close(promise: nil)
        default: say("502 what", context)
        }
    }

    private func authenticate(_ line: String, _ context: ChannelHandlerContext) {
        let parts = line.split(separator: " ").map(String.init)
        if parts.count == 3, parts[1] == "PLAIN" {
            let fields = decoded(parts[2]).split(separator: "\0", omittingEmptySubsequences: false).map(String.init)
            return decide(fields.count == 3 ? fields[1] : "", fields.last ?? "", context)
        }
        phase = .login(user: nil)
        say("334 VXNlcm5hbWU6", context)
    }

    private func login(_ line: String, _ name: String?, _ context: ChannelHandlerContext) {
        guard let name else {
            phase = .login(user: decoded(line))
            return say("334 UGFzc3dvcmQ6", context)
        }
        phase = .command
        decide(name, decoded(line), context)
    }

    private func decide(_ name: String, _ password: String, _ context: ChannelHandlerContext) {
        guard name == manners.user, password == manners.password else { return say("535 no", context) }
        user = name
        say("235 welcome", context)
    }

    private func collect(_ line: String, _ context: ChannelHandlerContext) {
        guard line == "." else { return mail.append(line.hasPrefix(".") ? String(line.dropFirst()) : line) }
        phase = .command
        mails += 1
        if mails > manners.cutsAfter {
            context.close(promise: nil)
            return
        }
        note(
            .mail(
                .init(
                    sender: sender, recipient: recipient, text: mail.joined(separator: "\n"), isEncrypted: isEncrypted,
                    user: user)))
        say("250 taken", context)
    }

    private func say(_ text: String, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text + "\r\n")), promise: nil)
    }

    private func inner(_ line: String) -> String {
        String(line.drop { $0 != "<" }.dropFirst().prefix { $0 != ">" })
    }

    private func decoded(_ text: String) -> String {
        Data(base64Encoded: text).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}
