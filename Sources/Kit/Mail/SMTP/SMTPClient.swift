import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Vault

/// Hands mails to one mail server (RFC 5321), several over one connection.
public struct SMTPClient: Sendable {
    public let configuration: SMTPConfiguration
    private let clock: WallClock

    public init(_ configuration: SMTPConfiguration, clock: WallClock = .system) {
        self.configuration = configuration
        self.clock = clock
    }

    /// Sends them one after the other and tells each one's end. A connection that breaks leaves the rest temporary.
    /// - Parameter after: called after each mail with its place and its fault, nil when the server took it
    /// - Throws: ``MailFault`` when no mail can be handed over at all
    public func send(
        _ messages: [MailMessage], after: @escaping @Sendable (Int, MailFault?) async throws -> Void
    ) async throws {
        let channel = try await connect()
        try await channel.executeThenClose { inbound, outbound in
            var session = SMTPSession(
                wire: SMTPWire(
                    channel, inbound, outbound, timeout: .milliseconds(Int64(configuration.timeout * 1000)),
                    isEncrypted: configuration.security == .tls),
                configuration: configuration, context: try Self.context(configuration))
            try await session.open()
            for (index, message) in messages.enumerated() {
                do throws(MailFault) {
                    try await session.send(message, at: clock.now())
                } catch {
                    try await after(index, error)
                    guard error.concernsOneMail else { return }
                    continue
                }
                try await after(index, nil)
            }
            await session.quit()
        }
    }

    /// Goes as far as a mail could be handed over, and hands none over.
    /// - Throws: ``MailFault`` with what is in the way
    public func probe() async throws {
        try await send([]) { _, _ in }
    }

    private func connect() async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        let configuration = configuration
        let context = try Self.context(configuration)
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.milliseconds(Int64(configuration.timeout * 1000)))
        do {
            return try await bootstrap.connect(host: configuration.host, port: configuration.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if configuration.security == .tls {
                        let handler = try Self.handler(context, host: configuration.host)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        } catch {
            throw MailFault.temporary("unreachable")
        }
    }

    /// Checks the server's certificate for the host's name; addresses have none to check.
    static func handler(_ context: NIOSSLContext, host: String) throws -> NIOSSLClientHandler {
        let isAddress = host.contains(":") || host.split(separator: ".").allSatisfy { Int($0) != nil }
        return try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : host)
    }

    private static func context(_ configuration: SMTPConfiguration) throws -> NIOSSLContext {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        if let file = configuration.authorityFile { tls.trustRoots = .file(file) }
        do {
            return try NIOSSLContext(configuration: tls)
        } catch {
            throw MailFault.setup("authority_file")
        }
    }
}
