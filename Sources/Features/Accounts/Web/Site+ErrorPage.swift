import Web

extension Site {
    /// Error pages in the frame that the person knows: their organization's for an address below one of theirs, the
    /// public one with their name for any other, the visitors' for visitors. The address may belong to no route at all,
    /// so the sign-in is looked up here and not by the groups' middleware.
    public var errorPage: ErrorPageHook {
        let visitors = ErrorPage.hook(renderer)
        let unknown = ErrorPage.hook(renderer) { SessionCookie.value(in: $0) == nil }
        return { problem, request, context in
            guard let context = context as? BasicWebContext, let cookie = SessionCookie.value(in: request) else {
                return await visitors(problem, request, context)
            }
            // What is wrong may be the database; then it is not asked once more.
            guard problem.status.code != 503 else { return await unknown(problem, request, context) }
            do {
                guard let identity = try await self.accounts.identity(cookie: cookie) else {
                    return await visitors(problem, request, context)
                }
                return try await self.errorPage(problem, request, context, identity)
            } catch {
                return await unknown(problem, request, context)
            }
        }
    }

    private func errorPage(
        _ problem: Problem, _ request: Request, _ context: BasicWebContext, _ identity: Identity
    ) async throws -> Response {
        let cookies = CookieReader(request)
        var browser = try BrowserContext(context: context)
        browser.site = self
        browser.target = request.uri.string
        browser.adopt(identity, cookies: cookies)
        if let slug = Self.slug(in: request.uri.path),
            try await browser.enter(slug, identity, self, cookies: cookies)
        {
            let tenant = try TenantPageContext(context: browser)
            let page = Self.page(problem, tenant, tenant.localizer, start: tenant.path("/home"))
            return try await tenant.page(MemberErrorPage(page), status: problem.status)
        }
        let start = try await accounts.home(of: identity.user)
        return try await browser.page(
            Self.page(problem, browser, try browser.localizer, start: start), status: problem.status)
    }

    private static func page(
        _ problem: Problem, _ context: some WebContext, _ words: Localizer, start: String
    ) -> ErrorPage {
        ErrorPage(
            problem, requestID: context.requestID, words: words,
            links: [.init(words.t("accounts.forbidden.back"), start)])
    }

    /// The organization's part of `/o/{slug}/…`.
    private static func slug(in path: String) -> String? {
        let parts = path.split(separator: "/", maxSplits: 2)
        return parts.count >= 2 && parts[0] == "o" ? String(parts[1]) : nil
    }
}
