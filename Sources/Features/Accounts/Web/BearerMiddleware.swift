import Tenancy
import Web

/// Reads the bearer token of API requests. A token that is sent and not good is 401 at once, also on public routes;
/// the API takes no cookies.
public struct BearerMiddleware: RouterMiddleware {
    public typealias Context = APIEntryContext

    private let accounts: AccountsService

    public init(_ accounts: AccountsService) { self.accounts = accounts }

    public func handle(
        _ request: Request, context: APIEntryContext, next: (Request, APIEntryContext) async throws -> Response
    ) async throws -> Response {
        guard let header = request.headers[.authorization] else { return try await next(request, context) }
        guard header.count > 7, header.prefix(7).lowercased() == "bearer " else {
            throw Problem.unauthorized("Send “Authorization: Bearer” with an access token.")
        }
        var context = context
        do {
            let grant = try await accounts.grant(accessToken: String(header.dropFirst(7)))
            context.grant = grant
            context.notes.update {
                $0.userID = grant.identity.user.id
                $0.organizationID = grant.scope.organizationID
            }
        } catch AccountError.unauthenticated {
            throw Problem.unauthorized("The access token is not valid or has run out.", code: "invalid_token")
        }
        return try await next(request, context)
    }
}
