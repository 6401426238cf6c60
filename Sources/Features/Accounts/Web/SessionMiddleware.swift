import Foundation
import Web

/// Reads the session cookie and puts the person into the context. Never adopts an unknown value: whoever sends
/// one is a visitor. A session whose rights changed gets a new value with this answer.
public struct SessionMiddleware: RouterMiddleware {
    public typealias Context = BrowserContext

    private let site: Site

    public init(_ site: Site) { self.site = site }

    public func handle(
        _ request: Request, context: BrowserContext, next: (Request, BrowserContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.site = site
        context.target = request.uri.string
        guard let cookie = SessionCookie.value(in: request) else { return try await next(request, context) }
        guard let identity = try await site.accounts.identity(cookie: cookie) else {
            // Left alone: taking it away could take the value that a parallel request has just renewed.
            return try await next(request, context)
        }
        context.adopt(identity, cookies: CookieReader(request))
        guard identity.session.rotationDue, request.method == .get,
            let fresh = try await site.accounts.rotate(identity, cookie: cookie)
        else { return try await next(request, context) }
        var response = try await next(request, context)
        SessionCookie.set(fresh, on: &response, maxAge: site.accounts.settings.sessions.absolute)
        return response
    }
}

extension BrowserContext {
    /// A choice made in this browser wins over the person's stored one, which wins over what the browser sends.
    mutating func adopt(_ identity: Identity, cookies: CookieReader) {
        self.identity = identity
        if cookies[AppLocale.cookieName] == nil, let locale = identity.user.locale.flatMap(AppLocale.init(rawValue:)) {
            web.locale = locale
        }
        if cookies[Theme.cookieName] == nil, let theme = Theme(rawValue: identity.user.theme.rawValue) {
            web.theme = theme
        }
        let (locale, theme) = (web.locale, web.theme)
        notes.update {
            $0.userID = identity.user.id
            $0.locale = locale
            $0.theme = theme
        }
    }
}

extension WebContext {
    /// Where this request comes from, for sessions and the audit log.
    public func client(_ request: Request) -> ClientInfo {
        ClientInfo(address: clientAddress, userAgent: request.headers[.userAgent] ?? "", requestID: requestID)
    }
}
