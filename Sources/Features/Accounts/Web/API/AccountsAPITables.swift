import Tenancy
import Web

/// The feature's API routes: who may call them and what the documentation says.
public struct AccountsAPITables: Sendable {
    let auth: AuthAPI
    let profile: ProfileAPI
    let organizations: OrganizationsAPI
    let team: TeamAPI

    public init(_ accounts: AccountsService) {
        auth = AuthAPI(accounts: accounts)
        profile = ProfileAPI(accounts: accounts)
        organizations = OrganizationsAPI(accounts: accounts)
        team = TeamAPI(accounts: accounts)
    }

    /// Public routes; mount at `/api/v1` on the group of ``APIEntryContext``.
    public var entry: APITable<APIEntryContext> { APITable("auth", publicRoutes(suffix: "")) }

    /// The founding paths `/auth/…`: same handlers; mount at the root of the same group.
    public var aliases: APITable<APIEntryContext> { APITable("auth", publicRoutes(suffix: "Alias")) }

    /// `/.well-known/jwks.json`; mount at the root of the same group.
    public var wellKnown: APITable<APIEntryContext> {
        APITable(
            "auth",
            [
                APIRoute(
                    .get, "/.well-known/jwks.json", .open,
                    APIOperation(
                        id: "listSigningKeys", summary: "The public keys that verify access tokens (RFC 7517).",
                        responses: [.ok("Key set", .ref("JWKS", .object([.init("keys", .array(.map(.string)))])))]),
                    handler: auth.keys)
            ])
    }

    /// Routes behind a token; mount at `/api/v1` on the group of ``APIContext``.
    public var member: [APITable<APIContext>] { [authMember, organizationRoutes, teamRoutes] }

    private func publicRoutes(suffix: String) -> [APIRoute<APIEntryContext>] {
        [
            APIRoute(
                .post, "/auth/register", .open,
                APIOperation(
                    id: "register" + suffix, summary: "Make an account and its organization.",
                    body: APIBody(Self.registerSchema, example: Self.registerExample),
                    responses: [
                        APIResponse(201, "Account, organization and tokens", TokenResource.schema),
                        APIResponse(409, "The e-mail address or the slug is taken"),
                    ]), handler: auth.register),
            APIRoute(
                .post, "/auth/login", .open,
                APIOperation(
                    id: "login" + suffix, summary: "Sign in with e-mail and password.",
                    body: APIBody(
                        .object([
                            .init("email", .string), .init("password", .string),
                            .optional("organization", .string, "Slug; the first by name if left out."),
                        ]), example: ["email": "ana@acme.test", "password": "a long sentence of mine"]),
                    responses: [.ok("Tokens", TokenResource.schema)]), handler: auth.login),
            APIRoute(
                .post, "/auth/refresh", .open,
                APIOperation(
                    id: "refresh" + suffix, summary: "Exchange a refresh token for a new pair.",
                    body: APIBody(.object([.init("refresh_token", .string)]), example: ["refresh_token": "rt_…"]),
                    responses: [.ok("Tokens", TokenResource.schema)]), handler: auth.refresh),
        ]
    }

    private var authMember: APITable<APIContext> {
        APITable(
            "auth",
            [
                APIRoute(
                    .post, "/auth/logout", .signedIn,
                    APIOperation(id: "logout", summary: "End this session and its tokens.", responses: [Self.done]),
                    handler: auth.logout),
                APIRoute(
                    .post, "/auth/switch", .signedIn,
                    APIOperation(
                        id: "switchOrganization", summary: "Tokens for another organization of the caller.",
                        body: APIBody(
                            .object([.init("organization_id", .string)]), example: ["organization_id": "org_…"]),
                        responses: [.ok("Tokens", TokenResource.schema)]), handler: auth.switchOrganization),
                APIRoute(
                    .get, "/auth/me", .signedIn,
                    APIOperation(id: "getMe", summary: "The caller.", responses: [.ok("User", UserResource.schema)]),
                    handler: profile.me),
                APIRoute(
                    .patch, "/auth/me", .signedIn,
                    APIOperation(
                        id: "updateMe", summary: "Change name, language or colours.",
                        body: APIBody(
                            .object([
                                .optional("name", .string),
                                .optional("locale", .enumeration(OrganizationSettings.locales)),
                                .optional("theme", .enumeration(User.Theme.allCases.map(\.rawValue))),
                            ]), example: ["locale": "es"]),
                        responses: [.ok("User", UserResource.schema)]), handler: profile.update),
                APIRoute(
                    .post, "/auth/change-password", .signedIn,
                    APIOperation(
                        id: "changePassword",
                        summary: "Set a new password; all other sign-ins and all refresh tokens end.",
                        body: APIBody(
                            .object([.init("current_password", .string), .init("new_password", .string)]),
                            example: [
                                "current_password": "a long sentence of mine",
                                "new_password": "another sentence, longer",
                            ]),
                        responses: [Self.done]), handler: profile.changePassword),
                APIRoute(
                    .get, "/auth/sessions", .signedIn,
                    APIOperation(
                        id: "listSessions", summary: "The caller's sign-ins.",
                        responses: [.list("Sessions", of: SessionResource.schema)]), handler: profile.sessions),
                APIRoute(
                    .delete, "/auth/sessions/{id}", .signedIn,
                    APIOperation(id: "endSession", summary: "End one sign-in of the caller.", responses: [Self.done]),
                    handler: profile.endSession),
                APIRoute(
                    .delete, "/auth/sessions", .signedIn,
                    APIOperation(id: "endOtherSessions", summary: "End all other sign-ins.", responses: [Self.done]),
                    handler: profile.endOtherSessions),
            ])
    }

    private var organizationRoutes: APITable<APIContext> {
        let one = [APIResponse.ok("Organization", OrganizationResource.schema)]
        return APITable(
            "organizations",
            [
                APIRoute(
                    .get, "/organizations", .signedIn,
                    APIOperation(
                        id: "listOrganizations", summary: "Where the caller belongs.",
                        responses: [.list("Organizations", of: OrganizationResource.schema)]),
                    handler: organizations.list),
                APIRoute(
                    .post, "/organizations", .signedIn,
                    APIOperation(
                        id: "createOrganization", summary: "One more organization, owned by the caller.",
                        body: APIBody(Self.organizationSchema(nameRequired: true), example: ["name": "Acme Iberia"]),
                        responses: [APIResponse(201, "Organization", OrganizationResource.schema)]),
                    handler: organizations.create),
                APIRoute(
                    .get, "/organizations/current", .signedIn,
                    APIOperation(id: "getOrganization", summary: "The token's organization.", responses: one),
                    handler: organizations.current),
                APIRoute(
                    .patch, "/organizations/current", .needs(Permission.orgEdit.rawValue),
                    APIOperation(
                        id: "updateOrganization", summary: "Change name, slug, zone, currency, language.",
                        body: APIBody(
                            Self.organizationSchema(nameRequired: false), example: ["time_zone": "Europe/Madrid"]),
                        responses: one), handler: organizations.update),
            ])
    }

    private var teamRoutes: APITable<APIContext> {
        APITable(
            "team-roles",
            [
                APIRoute(
                    .get, "/users", .needs(Permission.userView.rawValue),
                    APIOperation(
                        id: "listUsers", summary: "The team.", responses: [.list("Users", of: UserResource.schema)]),
                    handler: team.users),
                APIRoute(
                    .get, "/users/{id}", .needs(Permission.userView.rawValue),
                    APIOperation(id: "getUser", summary: "One member.", responses: [.ok("User", UserResource.schema)]),
                    handler: team.user),
                APIRoute(
                    .patch, "/users/{id}", .needs(Permission.userEdit.rawValue),
                    APIOperation(
                        id: "changeRole", summary: "Give a member another role.",
                        body: APIBody(
                            .object([.init("role", .enumeration(RoleRules.order.map(\.rawValue)))]),
                            example: ["role": "manager"]),
                        responses: [
                            .ok("User", UserResource.schema), APIResponse(409, "The last owner keeps the role"),
                        ]),
                    handler: team.changeRole),
                APIRoute(
                    .delete, "/users/{id}", .needs(Permission.userDelete.rawValue),
                    APIOperation(id: "removeUser", summary: "Take a member out.", responses: [Self.done]),
                    handler: team.remove),
                APIRoute(
                    .get, "/invitations", .needs(Permission.userView.rawValue),
                    APIOperation(
                        id: "listInvitations", summary: "Open invitations.",
                        responses: [.list("Invitations", of: InvitationResource.schema)]), handler: team.invitations),
                APIRoute(
                    .post, "/invitations", .needs(Permission.userInvite.rawValue),
                    APIOperation(
                        id: "invite", summary: "Offer somebody a place; the answer holds the link, once.",
                        body: APIBody(
                            .object([
                                .init("email", .string), .init("role", .enumeration(RoleRules.order.map(\.rawValue))),
                            ]), example: ["email": "luis@acme.test", "role": "member"]),
                        responses: [APIResponse(201, "Invitation", InvitationResource.schema)]), handler: team.invite),
                APIRoute(
                    .delete, "/invitations/{id}", .needs(Permission.userInvite.rawValue),
                    APIOperation(id: "revokeInvitation", summary: "Take an invitation back.", responses: [Self.done]),
                    handler: team.revoke),
                APIRoute(
                    .get, "/permissions", .signedIn,
                    APIOperation(
                        id: "listPermissions", summary: "All permissions and who holds them.",
                        responses: [.list("Permissions", of: PermissionResource.schema)]), handler: team.permissions),
            ])
    }

    private static let done = APIResponse(204, "Done")

    private static let registerSchema = Schema.object([
        .init("email", .string), .init("password", .string, "At least 12 characters, none of the common ones."),
        .init("name", .string), .init("organization_name", .string),
        .optional("accepted_terms_version", .string, "The terms in force, if left out."), .optional("slug", .string),
        .optional("time_zone", .string), .optional("currency", .string),
        .optional("locale", .enumeration(OrganizationSettings.locales)),
    ])

    private static let registerExample: JSONValue = [
        "email": "ana@acme.test", "password": "a long sentence of mine", "name": "Ana", "organization_name": "Acme",
        "accepted_terms_version": "2026-10", "time_zone": "Europe/Madrid", "currency": "EUR", "locale": "es",
    ]

    private static func organizationSchema(nameRequired: Bool) -> Schema {
        .object(
            [
                nameRequired ? .init("name", .string) : .optional("name", .string), .optional("slug", .string),
                .optional("time_zone", .string), .optional("currency", .string),
                .optional("locale", .enumeration(OrganizationSettings.locales)),
            ] + (nameRequired ? [] : [.optional("week_start", .enumeration(OrganizationSettings.weekStarts))]))
    }
}
