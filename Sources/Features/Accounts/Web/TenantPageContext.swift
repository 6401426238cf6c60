import Tenancy
import Web

/// The context of every page under `/o/{slug}`: there is a person, and a place of theirs in this organization. It
/// cannot exist without both, so a route in this group cannot forget to ask.
public struct TenantPageContext: ChildRequestContext, WebContext, TenantRequestContext {
    public typealias ParentContext = BrowserContext

    public var coreContext: CoreRequestContextStorage
    public var web: WebState
    public let scope: TenantScope
    public let identity: Identity
    let site: Site
    let target: String
    let places: [MembershipSummary]

    /// - Throws: 401 without a session, 404 for an organization that does not exist or is not the person's.
    public init(context: BrowserContext) throws {
        guard let site = context.site, let identity = context.identity else { throw Problem.unauthorized() }
        guard let tenant = context.tenant else { throw Problem.notFound() }
        coreContext = context.coreContext
        web = context.web
        scope = tenant.scope
        places = tenant.places
        target = context.target
        self.identity = identity
        self.site = site
    }

    public var slug: String { scope.organization.slug }

    /// The address of a page of this organization: `path("/eyes")` is `/o/acme/eyes`.
    public func path(_ tail: String) -> String { "/o/" + slug + tail }

    public func can(_ permission: Permission) -> Bool { scope.can(permission) }

    /// Words in the reader's language, times in the organization's zone.
    public var localizer: Localizer {
        site.renderer.words(locale, zone: ZoneRules.named(scope.organization.timeZone) ?? .utc)
    }
}

/// What ``TenantMiddleware`` found for the slug in the path.
struct TenantLookup: Sendable {
    let scope: TenantScope
    let places: [MembershipSummary]
}

/// One line of the organization switcher.
struct MembershipSummary: Sendable {
    let organization: Organization
    let role: Role
}
