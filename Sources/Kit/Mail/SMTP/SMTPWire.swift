import NIOCore
import NIOSSL
import Synchronization

/// Lines to and from a mail server. Lives in one task.
struct SMTPWire {
    /// The longest line that is read; RFC 5321 allows 512.
    private static let longestLine = 4096

    private let channel: any Channel
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private var received = ByteBuffer()
    private let timeout: TimeAmount
    /// True until the first words have come over an encrypted line: what breaks before is the encryption.
    private var isShakingHands: Bool

    init(
        _ channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>, _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>,
        _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>, timeout: TimeAmount, isEncrypted: Bool
    ) {
        isShakingHands = isEncrypted
        self.channel = channel.channel
        self.inbound = inbound.makeAsyncIterator()
        self.outbound = outbound
        self.timeout = timeout
    }

    /// Sends one command and waits for its reply.
    mutating func ask(_ command: String) async throws -> SMTPReply {
        try await write(command + "\r\n")
        return try await reply()
    }

    func write(_ text: String) async throws {
        do {
            try await outbound.write(ByteBuffer(string: text))
        } catch {
            throw broken
        }
    }

    private var broken: MailFault { isShakingHands ? .setup("tls") : .temporary("cut") }

    mutating func reply() async throws -> SMTPReply {
        let watch = LateClose(channel, after: timeout)
        defer { watch.cancel() }
        var parser = SMTPReply.Parser()
        while true {
            guard let line = try await line() else {
                throw watch.hasFired ? MailFault.temporary("timeout") : broken
            }
            if let reply = try parser.take(line) { return reply }
        }
    }

    /// Everything from here on is encrypted. Nothing the server said before counts any more.
    mutating func encrypt(_ context: NIOSSLContext, host: String) async throws {
        guard received.readableBytes == 0 else { throw MailFault.setup("starttls_injection") }
        let channel = channel
        do {
            try await channel.eventLoop.submit {
                let handler = try SMTPClient.handler(context, host: host)
                try channel.pipeline.syncOperations.addHandler(handler, position: .first)
            }.get()
        } catch {
            throw MailFault.setup("tls")
        }
        isShakingHands = true
    }

    private mutating func line() async throws -> String? {
        while true {
            if let end = received.readableBytesView.firstIndex(of: 10) {
                let length = end - received.readerIndex
                let text = received.readString(length: length) ?? ""
                received.moveReaderIndex(forwardBy: 1)
                received.discardReadBytes()
                return text.hasSuffix("\r") ? String(text.dropLast()) : text
            }
            guard received.readableBytes <= Self.longestLine else { throw MailFault.temporary("protocol") }
            do {
                guard var more = try await inbound.next() else { return nil }
                received.writeBuffer(&more)
                isShakingHands = false
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                throw broken
            }
        }
    }
}

/// Closes a channel that has been silent for too long.
private struct LateClose: Sendable {
    private final class Flag: Sendable {
        private let value = Mutex(false)
        var isSet: Bool { value.withLock { $0 } }
        func set() { value.withLock { $0 = true } }
    }

    private let flag = Flag()
    private let task: Scheduled<Void>

    init(_ channel: any Channel, after timeout: TimeAmount) {
        let flag = flag
        task = channel.eventLoop.scheduleTask(in: timeout) {
            flag.set()
            channel.close(promise: nil)
        }
    }

    var hasFired: Bool { flag.isSet }
    func cancel() { task.cancel() }
}
