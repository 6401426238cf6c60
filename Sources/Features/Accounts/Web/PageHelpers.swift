import Tenancy
import Web

extension TenantPageContext {
    /// The page in the organization's frame: navigation by permission, switcher, person, waiting messages, banner.
    /// - Parameter refresh: seconds after which a page without scripts reloads itself
    public func page(
        _ page: some Page, status: HTTPResponse.Status = .ok, refresh: Int? = nil
    ) async throws -> Response {
        site.renderer.render(page, shell: try await shell(refresh: refresh), status: status)
    }

    /// 303 to a page of ours, with a message that waits there.
    public func redirect(to path: String, flash: Flash? = nil) async throws -> Response {
        if let flash { try await site.accounts.addFlash(flash, to: identity) }
        return .seeOther(path)
    }

    /// The frame by itself, for fragments and for pages that reload.
    /// - Parameter refresh: seconds after which a page without scripts reloads itself
    public func shell(refresh: Int? = nil) async throws -> Shell {
        let words = localizer
        let organization = scope.organization
        return Shell(
            locale: locale, theme: theme, home: path("/home"), path: target,
            organization: .init(name: organization.name, slug: organization.slug),
            organizations: choices(words), newOrganizationHref: identity.user.isDemo ? nil : "/organizations",
            user: .init(
                name: identity.user.name, email: identity.user.email,
                role: words.t("accounts.roles.\(scope.role.rawValue)")),
            userLinks: ShellParts.userLinks(identity.user, words), preferencesAction: "/preferences",
            nav: navigation(words), search: search, data: try await site.hooks.dataState(scope, words),
            banner: banner(words), alert: try await site.hooks.alert(scope, words),
            flash: try await site.accounts.flash(of: identity, words), requestID: requestID, refresh: refresh)
    }

    private func choices(_ words: Localizer) -> [Shell.OrganizationChoice] {
        places.map { place in
            .init(
                place.organization.name, "/o/\(place.organization.slug)/home",
                role: words.t("accounts.roles.\(place.role.rawValue)"),
                isCurrent: place.organization.id == scope.organizationID)
        }
    }

    private func navigation(_ words: Localizer) -> [Shell.NavGroup] {
        let prefix = path("")
        let current = target.prefix { $0 != "?" }.dropFirst(prefix.count)
        return site.navigation.compactMap { group in
            let items = group.items.filter { $0.permission.map(scope.can) ?? true }
            guard !items.isEmpty else { return nil }
            return Shell.NavGroup(
                words.t(group.titleKey),
                items.map { item in
                    Shell.NavItem(
                        words.t(item.titleKey), prefix + item.path, icon: item.icon,
                        isCurrent: item.covers(String(current)))
                })
        }
    }

    private var search: Shell.Search? {
        guard let search = site.hooks.search, can(search.permission) else { return nil }
        return .init(action: path(search.path))
    }

    private func banner(_ words: Localizer) -> Shell.Banner? {
        guard scope.organization.kind == .demo else { return nil }
        return .init(words.t("accounts.demo.banner"), action: site.hooks.demoRemoval(scope, words))
    }
}

extension BrowserContext {
    /// Words in the reader's language.
    public var localizer: Localizer {
        get throws { try requireSite().renderer.words(locale) }
    }

    /// The page in the public frame; it knows the person if there is one.
    public func page(_ page: some Page, status: HTTPResponse.Status = .ok) async throws -> Response {
        try requireSite().renderer.render(page, shell: try await shell(), status: status)
    }

    /// 303 to a page of ours; the message waits in the session, visitors get none.
    public func redirect(to path: String, flash: Flash? = nil) async throws -> Response {
        if let flash, let identity { try await requireSite().accounts.addFlash(flash, to: identity) }
        return .seeOther(path)
    }

    func requireSite() throws -> Site {
        guard let site else { throw Problem.internalError }
        return site
    }

    private func shell() async throws -> Shell {
        guard let identity else { return .anonymous(self, path: target, preferencesAction: "/preferences") }
        let site = try requireSite()
        let words = try localizer
        return Shell(
            locale: locale, theme: theme, home: try await site.accounts.home(of: identity.user), path: target,
            user: .init(name: identity.user.name, email: identity.user.email),
            userLinks: ShellParts.userLinks(identity.user, words), preferencesAction: "/preferences",
            flash: try await site.accounts.flash(of: identity, words), requestID: requestID)
    }
}

enum ShellParts {
    static func userLinks(_ user: User, _ words: Localizer) -> [Shell.Link] {
        guard !user.isDemo else { return [] }
        return [
            .init(words.t("accounts.menu.profile"), "/profile"),
            .init(words.t("accounts.menu.organizations"), "/organizations"),
        ]
    }
}

extension AccountsService {
    /// Leaves a message for the next page of this session.
    func addFlash(_ flash: Flash, to identity: Identity) async throws {
        try await sessions.addFlash(flash, id: identity.session.id)
        forget(sessionIDs: [identity.session.id])
    }

    /// Takes the waiting messages; asks the database only when the session is known to hold some.
    func flash(of identity: Identity, _ words: Localizer) async throws -> [Shell.Notice] {
        guard !identity.session.flash.isEmpty else { return [] }
        let taken = try await sessions.takeFlash(id: identity.session.id)
        forget(sessionIDs: [identity.session.id])
        return taken.map { Shell.Notice($0, words) }
    }

    /// Where a person starts: their only organization, or the list of them.
    func home(of user: User) async throws -> String {
        let places = try await memberships.memberships(of: user.id)
        return places.count == 1 ? "/o/\(places[0].organization.slug)/home" : "/organizations"
    }
}

extension Response {
    /// 303 to a path of ours; the library has a `redirect(to:)` of its own that does not check.
    static func seeOther(_ path: String) -> Response { .redirect(to: path, headers: [:]) }
}
