import Hummingbird
import Logging
import NIOCore

/// A request context that knows what the outer middleware learned about the request: its id, where it comes from,
/// the reader's language and theme. Every context in the house conforms; features add their own on top as
/// `ChildRequestContext`s and copy `web` from the parent.
public protocol WebContext: RequestContext {
    /// What the outer middleware learned about this request.
    var web: WebState { get set }
}

extension WebContext {
    /// The id that ties response, log lines, jobs and audit entries of this request together.
    public var requestID: String { web.requestID }
    /// The same under Hummingbird's name for it.
    public var id: String { web.requestID }
    /// The client's address behind the configured number of trusted proxies.
    public var clientAddress: String { web.clientAddress }
    /// The language this answer is written in.
    public var locale: AppLocale { web.locale }
    /// The reader's choice of colours.
    public var theme: Theme { web.theme }
    /// A place where inner layers leave what the access log should say.
    public var notes: RequestNotes { web.notes }
    /// Bodies above this size are refused while they are read, unless a route says otherwise.
    public var maxUploadSize: Int { BodyLimit.standardBytes }
}

/// Values that belong to one request and are known before any route runs.
public struct WebState: Sendable {
    public var requestID: String
    public var clientAddress: String
    public var locale: AppLocale
    public var theme: Theme
    public let notes: RequestNotes

    public init(
        requestID: String = "", clientAddress: String = "", locale: AppLocale = .en, theme: Theme = .system,
        notes: RequestNotes = RequestNotes()
    ) {
        self.requestID = requestID
        self.clientAddress = clientAddress
        self.locale = locale
        self.theme = theme
        self.notes = notes
    }
}

/// The context of the root router. Features derive theirs from it:
/// `struct BrowserContext: ChildRequestContext, WebContext { init(context: BasicWebContext) { … } }`.
public struct BasicWebContext: WebContext {
    public var coreContext: CoreRequestContextStorage
    public var web: WebState
    /// The address of the peer of the socket, before any proxy header is believed.
    public let socketAddress: String?

    public init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        socketAddress = source.channel.remoteAddress?.ipAddress
        web = WebState(clientAddress: source.channel.remoteAddress?.ipAddress ?? "")
    }
}

/// Light, dark, or whatever the reader's system says. Kept in the `theme` cookie.
public enum Theme: String, Sendable, Codable, CaseIterable {
    case system, light, dark

    /// The name of the cookie that remembers the choice.
    public static let cookieName = "theme"
}
