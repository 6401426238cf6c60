import Accounts
import Foundation
import Platforms
import Telemetry
import Tenancy
import Web

/// Mounts every feature's route tables. Which permission a route needs stands in its table; here is only where the
/// tables hang and what every request of a group passes through.
struct Routers {
    let dependencies: Dependencies
    let registry = RouteRegistry()
    private let userLimit: RateLimiter?

    init(_ dependencies: Dependencies) {
        self.dependencies = dependencies
        let perMinute = dependencies.config.limits.userPerMinute
        userLimit = perMinute > 0 ? RateLimiter(name: "user", [RateLimit(perMinute, per: .seconds(60))]) : nil
    }

    func build() -> Router<BasicWebContext> {
        let config = dependencies.config
        let router = WebStack.router(
            WebStackOptions(
                trustedProxies: config.trustedProxies, isHTTPS: config.publicURL.hasPrefix("https://"),
                assets: dependencies.assets, observer: RequestMetrics().observer,
                errorMappers: ErrorMappers.all + [AccountProblems.map(dependencies.renderer.catalogue)],
                errorPage: dependencies.site.errorPage, corsOrigins: config.corsOrigins),
            registry: registry)
        mountSystem(router)
        mountPages(router)
        mountAPI(router)
        return router
    }

    /// What anyone may ask without signing in, outside the groups of browsers and of the API.
    private func mountSystem(_ router: Router<BasicWebContext>) {
        let system = SystemRoutes(
            health: dependencies.health, metrics: .shared, metricsToken: dependencies.config.metricsToken)
        let description = OpenAPIRoute(registry: registry, publicURL: dependencies.config.publicURL)
        let onlyOpen: @Sendable (RouteAccess, Request, BasicWebContext) async throws -> Void = { access, _, _ in
            guard access == .open else { throw Problem.forbidden() }
        }
        let platforms = dependencies.features.platforms
        for table in [system.table, description.table, platforms.webhooks] {
            table.mount(on: router, at: "", registry: registry, guard: onlyOpen)
        }
        platforms.webhookChallenges.mount(on: router, at: "", registry: registry, guard: onlyOpen)
    }

    private func mountPages(_ router: Router<BasicWebContext>) {
        let pages = AccountsPageTables(dependencies.site)
        let browser = router.group("", context: BrowserContext.self)
            .add(middleware: OriginCheck(publicOrigins: [dependencies.config.publicURL]))
            .add(middleware: SessionMiddleware(dependencies.site))
        pages.browser.mount(on: browser, at: "", registry: registry, guard: AccountsGuard.browser)
        for table in [LandingController(dependencies).pages, dependencies.features.platforms.browser] {
            table.mount(on: browser, at: "", registry: registry, guard: AccountsGuard.browser)
        }
        let tenant = browser.group("").add(middleware: TenantMiddleware())
            .group("", context: TenantPageContext.self)
        for table in [pages.tenant] + dependencies.features.pages {
            table.mount(on: tenant, at: "/o/{slug}", registry: registry, guard: pageGuard)
        }
    }

    private func mountAPI(_ router: Router<BasicWebContext>) {
        let accounts = AccountsAPITables(dependencies.accounts)
        let entry = router.group("", context: APIEntryContext.self)
            .add(middleware: BearerMiddleware(dependencies.accounts))
        accounts.entry.mount(on: entry, at: "/api/v1", registry: registry, guard: AccountsGuard.apiEntry)
        accounts.aliases.mount(on: entry, at: "", registry: registry, guard: AccountsGuard.apiEntry)
        accounts.wellKnown.mount(on: entry, at: "", registry: registry, guard: AccountsGuard.apiEntry)
        let member = entry.group("", context: APIContext.self)
        for table in accounts.member + dependencies.features.api {
            table.mount(on: member, at: "/api/v1", registry: registry, guard: apiGuard)
        }
        for table in dependencies.features.apiAliases {
            table.mount(on: member, at: "", registry: registry, guard: apiGuard)
        }
    }

    private var pageGuard: @Sendable (RouteAccess, Request, TenantPageContext) async throws -> Void {
        { [userLimit] access, request, context in
            try await AccountsGuard.page(access, request, context)
            try userLimit?.check(context.identity.user.id, in: context)
        }
    }

    private var apiGuard: @Sendable (RouteAccess, Request, APIContext) async throws -> Void {
        { [userLimit] access, request, context in
            try await AccountsGuard.api(access, request, context)
            try userLimit?.check(context.identity.user.id, in: context)
        }
    }
}
