import Tenancy
import Web

/// The feature's pages: path, access, handler.
public struct AccountsPageTables: Sendable {
    private let site: Site

    public init(_ site: Site) { self.site = site }

    /// Pages outside organizations; mount at the root of the group of ``BrowserContext``.
    public var browser: RouteTable<BrowserContext> {
        let signIn = SignInPages(site: site)
        let profile = ProfilePages(accounts: site.accounts)
        let organizations = OrganizationPages(accounts: site.accounts)
        let join = JoinPages(accounts: site.accounts)
        return RouteTable(
            "accounts",
            [
                .get("/login", .open, name: "accounts.login", signIn.loginForm),
                .post("/login", .open, name: "accounts.signIn", signIn.login),
                .post("/logout", .open, name: "accounts.signOut", signIn.logout),
                .get("/signup", .open, name: "accounts.signup", signIn.signupForm),
                .post("/signup", .open, name: "accounts.register", signIn.signup),
                .post("/demo", .open, name: "accounts.demo", signIn.demo),
                .post("/preferences", .open, name: "accounts.preferences", signIn.preferences),
                .get("/invite/{token}", .open, name: "accounts.invitation", join.show),
                .post("/invite/{token}", .open, name: "accounts.join", join.accept),
                // Open, because they send visitors to sign-in instead of refusing them.
                .get("/profile", .open, name: "accounts.profile", profile.show),
                .post("/profile", .signedIn, name: "accounts.saveProfile", profile.save),
                .post("/profile/password", .signedIn, name: "accounts.changePassword", profile.changePassword),
                .post("/profile/sessions/{id}/end", .signedIn, name: "accounts.endSession", profile.endSession),
                .post("/profile/sessions/end-others", .signedIn, name: "accounts.endOthers", profile.endOthers),
                .get("/organizations", .open, name: "accounts.organizations", organizations.list),
                .post("/organizations", .signedIn, name: "accounts.createOrganization", organizations.create),
            ])
    }

    /// Pages of one organization; mount at `/o/{slug}` on the group of ``TenantPageContext``.
    public var tenant: RouteTable<TenantPageContext> {
        let team = TeamPages(accounts: site.accounts)
        let organization = OrganizationPages(accounts: site.accounts)
        let view = RouteAccess.needs(Permission.userView.rawValue)
        let invite = RouteAccess.needs(Permission.userInvite.rawValue)
        let edit = RouteAccess.needs(Permission.userEdit.rawValue)
        let remove = RouteAccess.needs(Permission.userDelete.rawValue)
        return RouteTable(
            "settings",
            [
                .get("/settings/team", view, name: "team.index", team.index),
                .post("/settings/team/invitations", invite, name: "team.invite", team.invite),
                .post("/settings/team/invitations/{id}/revoke", invite, name: "team.revoke", team.revoke),
                .post("/settings/team/{id}/role", edit, name: "team.role", team.changeRole),
                .get("/settings/team/{id}/remove", remove, name: "team.confirmRemoval", team.confirmRemoval),
                .post("/settings/team/{id}/remove", remove, name: "team.remove", team.remove),
                .get(
                    "/settings/organization", .needs(Permission.settingsView.rawValue), name: "organization.settings",
                    organization.settings),
                .post(
                    "/settings/organization", .needs(Permission.orgEdit.rawValue), name: "organization.save",
                    organization.save),
            ])
    }
}
