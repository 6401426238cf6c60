import Tenancy
import Web

/// Registration, sign-in and tokens for programs.
struct AuthAPI: Sendable {
    let accounts: AccountsService

    struct RegisterBody: Decodable {
        let email, password, name, organizationName, acceptedTermsVersion: String?
        let slug, timeZone, currency, locale: String?

        enum CodingKeys: String, CodingKey {
            case email, password, name, slug, currency, locale
            case organizationName = "organization_name"
            case acceptedTermsVersion = "accepted_terms_version"
            case timeZone = "time_zone"
        }
    }

    struct LoginBody: Decodable {
        let email, password: String
        let organization: String?
    }

    struct RefreshBody: Decodable {
        let refreshToken: String
        enum CodingKeys: String, CodingKey { case refreshToken = "refresh_token" }
    }

    struct SwitchBody: Decodable {
        let organizationID: String
        enum CodingKeys: String, CodingKey { case organizationID = "organization_id" }
    }

    func register(_ request: Request, _ context: APIEntryContext) async throws -> Response {
        let body = try await JSONBody.decode(RegisterBody.self, request, context)
        var draft = RegisterAccount.Draft()
        draft.email = body.email ?? ""
        draft.password = body.password ?? ""
        draft.name = body.name ?? ""
        draft.organizationName = body.organizationName ?? ""
        draft.slug = body.slug
        draft.timeZone = body.timeZone
        draft.currency = body.currency
        draft.locale = body.locale
        draft.acceptedTermsVersion = body.acceptedTermsVersion ?? RegisterAccount.currentTerms
        let client = context.client(request)
        let registered = try await accounts.register(try draft.checked(), client: client)
        let pair = try await accounts.openAPISession(
            for: registered.user, organization: registered.scope.organization.slug, client: client)
        return .json(TokenResource(pair: pair), status: .created)
    }

    func login(_ request: Request, _ context: APIEntryContext) async throws -> Response {
        let body = try await JSONBody.decode(LoginBody.self, request, context)
        let client = context.client(request)
        let user = try await accounts.checkPassword(email: body.email, password: body.password, client: client)
        let pair = try await accounts.openAPISession(for: user, organization: body.organization, client: client)
        return .json(TokenResource(pair: pair))
    }

    func refresh(_ request: Request, _ context: APIEntryContext) async throws -> Response {
        let body = try await JSONBody.decode(RefreshBody.self, request, context)
        return .json(
            TokenResource(pair: try await accounts.refresh(body.refreshToken, client: context.client(request))))
    }

    func logout(_ request: Request, _ context: APIContext) async throws -> Response {
        try await accounts.signOut(context.identity, client: context.client(request))
        return .noContent
    }

    func switchOrganization(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await JSONBody.decode(SwitchBody.self, request, context)
        return .json(
            TokenResource(pair: try await accounts.switchOrganization(context.identity, to: body.organizationID)))
    }

    /// The keys that verify our access tokens (RFC 7517).
    func keys(_ request: Request, _ context: APIEntryContext) async throws -> Response {
        let keys = try await accounts.tokens.publicKeys()
        return Response.json(headers: [.cacheControl: "public, max-age=300"]) { json in
            json.object { json in
                json.array("keys") { json in
                    for key in keys {
                        json.object { json in
                            json.field("kty", "EC")
                            json.field("crv", "P-256")
                            json.field("use", "sig")
                            json.field("alg", "ES256")
                            json.field("kid", key.kid)
                            json.field("x", key.x)
                            json.field("y", key.y)
                        }
                    }
                }
            }
        }
    }
}
