import Tenancy
import Web

/// Looks up the organization in the path for the person in the context; the child context then takes the answer or
/// refuses. Sits on the group `/o/{slug}`.
public struct TenantMiddleware: RouterMiddleware {
    public typealias Context = BrowserContext

    public init() {}

    public func handle(
        _ request: Request, context: BrowserContext, next: (Request, BrowserContext) async throws -> Response
    ) async throws -> Response {
        guard let site = context.site, let slug = context.parameters.get("slug") else { throw Problem.notFound() }
        guard let identity = context.identity else { return try SignInPath.demand(request) }
        var context = context
        guard try await context.enter(slug, identity, site, cookies: CookieReader(request)) else {
            return try await redirectFromFormerSlug(slug, identity, site.accounts.memberships, request)
        }
        return try await next(request, context)
    }

    /// An address from before a change of slug leads on, for members only; everybody else gets 404.
    private func redirectFromFormerSlug(
        _ slug: String, _ identity: Identity, _ memberships: Memberships, _ request: Request
    ) async throws -> Response {
        guard request.method == .get || request.method == .head,
            let current = try await memberships.currentSlug(formerly: slug),
            try await memberships.scope(userID: identity.user.id, slug: current) != nil
        else { throw Problem.notFound() }
        let tail = request.uri.string.dropFirst("/o/".count + slug.count)
        return .seeOther("/o/" + current + tail)
    }
}

extension BrowserContext {
    /// Takes the person into the organization with this slug, and speaks its language where they chose none. The demo is
    /// for visitors and speaks theirs.
    /// - Returns: false where there is none or it is not theirs
    mutating func enter(
        _ slug: String, _ identity: Identity, _ site: Site, cookies: CookieReader
    ) async throws -> Bool {
        let memberships = site.accounts.memberships
        guard let scope = try await memberships.scope(userID: identity.user.id, slug: slug) else { return false }
        let places = try await memberships.memberships(of: identity.user.id)
        tenant = TenantLookup(
            scope: scope, places: places.map { MembershipSummary(organization: $0.organization, role: $0.role) })
        if identity.user.locale == nil, cookies[AppLocale.cookieName] == nil, scope.organization.kind != .demo,
            let locale = AppLocale(rawValue: scope.organization.locale)
        {
            web.locale = locale
        }
        let locale = web.locale
        notes.update {
            $0.organizationID = scope.organizationID
            $0.locale = locale
        }
        return true
    }
}

/// Sends a visitor to the sign-in page and back.
enum SignInPath {
    /// 303 for reading; 401 for everything else, because a form's content would be lost.
    static func demand(_ request: Request) throws -> Response {
        guard request.method == .get || request.method == .head else { throw Problem.unauthorized() }
        return .seeOther(path(returningTo: request.uri.string))
    }

    static func path(returningTo target: String) -> String {
        guard let local = SafeRedirect.local(target) else { return "/login" }
        let allowed = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/".utf8)
        var encoded = ""
        for byte in local.utf8 {
            if allowed.contains(byte) {
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                encoded += "%" + (digits.count == 1 ? "0" + digits : digits)
            }
        }
        return "/login?next=" + encoded
    }
}
