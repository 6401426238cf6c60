import Tenancy
import Web

/// A person's own record and sessions.
struct ProfileAPI: Sendable {
    let accounts: AccountsService

    struct ProfileBody: Decodable {
        let name, locale: String?
        let theme: User.Theme?
    }

    func me(_ request: Request, _ context: APIContext) async throws -> Response {
        .json(UserResource(user: context.identity.user, role: context.scope.role))
    }

    func update(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await JSONBody.decode(ProfileBody.self, request, context)
        let user = try await accounts.updateProfile(
            context.identity, name: body.name, locale: body.locale, theme: body.theme, client: context.client(request))
        return .json(UserResource(user: user, role: context.scope.role))
    }

    struct PasswordBody: Decodable {
        let currentPassword, newPassword: String

        enum CodingKeys: String, CodingKey {
            case currentPassword = "current_password"
            case newPassword = "new_password"
        }
    }

    func changePassword(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await JSONBody.decode(PasswordBody.self, request, context)
        try await accounts.changePassword(
            context.identity, current: body.currentPassword, new: body.newPassword, client: context.client(request))
        return .noContent
    }

    func sessions(_ request: Request, _ context: APIContext) async throws -> Response {
        let current = context.identity.session.id
        let sessions = try await accounts.sessions(of: context.identity)
        return .json(WholeList(items: sessions.map { SessionResource(session: $0, isCurrent: $0.id == current) }))
    }

    func endSession(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.parameters.require("id")
        try await accounts.endSession(context.identity, id: id, client: context.client(request))
        return .noContent
    }

    func endOtherSessions(_ request: Request, _ context: APIContext) async throws -> Response {
        _ = try await accounts.endOtherSessions(context.identity, client: context.client(request))
        return .noContent
    }
}
