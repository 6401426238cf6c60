import Tenancy
import Web

/// Checks a route's declared access before its handler runs. Handed to `mount`, so that no route can do without.
public enum AccountsGuard {
    /// Pages of an organization. Refusals say who can do it and who could grant it.
    public static let page: @Sendable (RouteAccess, Request, TenantPageContext) async throws -> Void = {
        access, _, context in
        guard let permission = try permission(of: access), !context.can(permission) else { return }
        throw EarlyResponse(try await context.forbidden(permission))
    }

    /// Pages outside organizations: signed in or not is all there is to ask.
    public static let browser: @Sendable (RouteAccess, Request, BrowserContext) async throws -> Void = {
        access, _, context in
        switch access {
        case .open: return
        case .signedIn: if context.identity == nil { throw Problem.unauthorized() }
        case .needs: throw Problem.forbidden()
        }
    }

    public static let api: @Sendable (RouteAccess, Request, APIContext) async throws -> Void = { access, _, context in
        guard let permission = try permission(of: access), !context.can(permission) else { return }
        throw Problem.forbidden("This needs the permission \(permission.rawValue).", code: "missing_permission")
    }

    public static let apiEntry: @Sendable (RouteAccess, Request, APIEntryContext) async throws -> Void = {
        access, _, context in
        switch access {
        case .open: return
        case .signedIn: if context.grant == nil { throw Problem.unauthorized() }
        case .needs: throw Problem.forbidden()
        }
    }

    /// A permission that no role knows closes the route instead of opening it.
    private static func permission(of access: RouteAccess) throws -> Permission? {
        guard case .needs(let name) = access else { return nil }
        guard let permission = byName[name] else { throw Problem.forbidden() }
        return permission
    }

    private static let byName = Dictionary(uniqueKeysWithValues: Permission.allCases.map { ($0.rawValue, $0) })
}

extension TenantPageContext {
    func forbidden(_ permission: Permission) async throws -> Response {
        let page = ForbiddenPage(
            title: localizer.t("accounts.forbidden.title"), message: try await whoCan(permission), home: path("/home"))
        return try await self.page(page, status: .forbidden)
    }

    /// "Managers and above can do this. Ask Ana or Luis."
    func whoCan(_ permission: Permission) async throws -> String {
        let words = localizer
        let role = words.t("accounts.roles.\(permission.lowestRole.rawValue)")
        let members = try await site.accounts.memberships.members(scope)
        let granters = members.filter { $0.role.can(.userEdit) && $0.userID != identity.user.id }.prefix(2).map(
            \.userName)
        let key = permission.lowestRole == .owner ? "accounts.forbidden.owner" : "accounts.forbidden.role"
        let sentence = words.t(key, ["role": role])
        guard !granters.isEmpty else { return sentence }
        return sentence + " "
            + words.t(
                "accounts.forbidden.ask\(granters.count)",
                [
                    "first": granters[0], "second": granters.last ?? "",
                ])
    }
}
