import Foundation

/// A message as it goes over the wire.
public struct WebhookMessage: Sendable, Equatable {
    public let url: String
    public let headers: [(name: String, value: String)]
    public let body: String

    public static func == (left: WebhookMessage, right: WebhookMessage) -> Bool {
        left.url == right.url && left.body == right.body && left.headers.elementsEqual(right.headers, by: ==)
    }
}

/// What became of it.
public enum WebhookReply: Sendable, Equatable {
    case status(Int)
    /// A word for what went wrong: timeout, refused, dns, tls, line.
    case unreachable(String)
    /// The name leads into a private network; nothing was sent.
    case privateAddress
}

/// The line to the outside: follows no redirects, waits ten seconds, and never calls into private networks.
public struct WebhookSender: Sendable {
    /// Whether an address may be called at all.
    public var allows: @Sendable (_ url: String) async -> Bool
    public var send: @Sendable (WebhookMessage) async -> WebhookReply

    public init(
        allows: @escaping @Sendable (String) async -> Bool,
        send: @escaping @Sendable (WebhookMessage) async -> WebhookReply
    ) {
        self.allows = allows
        self.send = send
    }

    /// Without a line nothing leaves.
    public static let none = WebhookSender(allows: { _ in false }, send: { _ in .unreachable("line") })
}
