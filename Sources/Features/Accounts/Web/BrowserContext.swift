import Web

/// The context of everything a browser visits: knows the person behind the session cookie, if there is one.
public struct BrowserContext: ChildRequestContext, WebContext {
    public typealias ParentContext = BasicWebContext

    public var coreContext: CoreRequestContextStorage
    public var web: WebState
    /// Nil for visitors.
    public internal(set) var identity: Identity?
    /// What pages are made with; set by ``SessionMiddleware``.
    var site: Site?
    /// Path and query of the request; set by ``SessionMiddleware``.
    var target = "/"
    /// The outcome of looking up the organization in the path; set by ``TenantMiddleware``.
    var tenant: TenantLookup?

    public init(context: BasicWebContext) throws {
        coreContext = context.coreContext
        web = context.web
    }
}
