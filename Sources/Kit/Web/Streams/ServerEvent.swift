import NIOCore

/// One server-sent event (WHATWG HTML §9.2).
public struct ServerEvent: Sendable, Equatable {
    /// Position for `Last-Event-ID`; nil for events that cannot be resumed.
    public let id: String?
    /// Name the page listens for; nil is `message`.
    public let event: String?
    public let data: String

    public init(id: String? = nil, event: String? = nil, data: String) {
        self.id = id
        self.event = event
        self.data = data
    }

    /// Tells the page that it missed something and has to load itself again.
    public static let reset = ServerEvent(event: "reset", data: "")

    /// The event as it goes over the wire. Line ends in id and name are dropped: they would start another field.
    var frame: ByteBuffer {
        var buffer = ByteBuffer()
        if let id { buffer.writeString("id: \(ServerEvent.oneLine(id))\n") }
        if let event { buffer.writeString("event: \(ServerEvent.oneLine(event))\n") }
        for line in ServerEvent.lines(data) {
            buffer.writeString("data: ")
            buffer.writeSubstring(line)
            buffer.writeString("\n")
        }
        buffer.writeString("\n")
        return buffer
    }

    private static func oneLine(_ text: String) -> String {
        String(
            String.UnicodeScalarView(text.unicodeScalars.filter { $0.value != 10 && $0.value != 13 && $0.value != 0 }))
    }

    /// CR, LF and CRLF all end a line for the reader.
    private static func lines(_ text: String) -> [Substring] {
        text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r" || $0 == "\r\n" }
    }
}

/// Where a stream's closure sends its events. Sending waits until the client has taken the earlier ones.
public struct EventSink: Sendable {
    let send: @Sendable (ServerEvent) async throws -> Void

    /// Sends one event; throws `CancellationError` when the client is gone or the server shuts down.
    public func send(_ event: ServerEvent) async throws { try await send(event) }
}
