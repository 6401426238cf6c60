import Tenancy
import Web

/// People, invitations and permissions of the token's organization.
struct TeamAPI: Sendable {
    let accounts: AccountsService

    struct RoleBody: Decodable { let role: Role }

    struct InviteBody: Decodable {
        let email: String
        let role: Role
    }

    func users(_ request: Request, _ context: APIContext) async throws -> Response {
        .json(WholeList(items: try await accounts.members(context.scope).map(Self.resource)))
    }

    func user(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.parameters.require("id")
        return .json(Self.resource(try await accounts.member(context.scope, userID: id)))
    }

    func changeRole(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.parameters.require("id")
        let body = try await JSONBody.decode(RoleBody.self, request, context)
        try await accounts.changeRole(context.scope, userID: id, to: body.role, client: context.client(request))
        return .json(Self.resource(try await accounts.member(context.scope, userID: id)))
    }

    func remove(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.parameters.require("id")
        try await accounts.removeMember(context.scope, userID: id, client: context.client(request))
        return .noContent
    }

    func invitations(_ request: Request, _ context: APIContext) async throws -> Response {
        let open = try await accounts.openInvitations(context.scope)
        return .json(WholeList(items: open.map { InvitationResource(invitation: $0) }))
    }

    func invite(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await JSONBody.decode(InviteBody.self, request, context)
        let new = try await accounts.invite(
            context.scope, email: body.email, role: body.role, by: context.identity.user,
            client: context.client(request))
        let resource = InvitationResource(invitation: new.invitation, link: accounts.settings.invitationLink(new.token))
        return .json(resource, status: .created)
    }

    func revoke(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.parameters.require("id")
        try await accounts.revokeInvitation(context.scope, id: id, client: context.client(request))
        return .noContent
    }

    func permissions(_ request: Request, _ context: APIContext) async throws -> Response {
        let role = context.scope.role
        return .json(WholeList(items: Permission.allCases.map { PermissionResource(permission: $0, role: role) }))
    }

    private static func resource(_ member: TeamMember) -> UserResource {
        UserResource(user: member.user, role: member.role, joinedAt: member.joinedAt)
    }
}

/// One of the 83 permissions, with the roles that hold it and whether the caller does.
struct PermissionResource: JSONWritable {
    let permission: Permission
    let role: Role

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("permission", permission.rawValue)
            json.array("roles") { json in
                for holder in RoleRules.order where holder.can(permission) { json.value(holder.rawValue) }
            }
            json.field("granted", role.can(permission))
        }
    }

    static let schema = Schema.ref(
        "Permission",
        .object([
            .init("permission", .string), .init("roles", .array(.enumeration(RoleRules.order.map(\.rawValue)))),
            .init("granted", .boolean, "Whether the caller has it."),
        ]))
}

extension AccountsSettings {
    func invitationLink(_ token: String) -> String { publicURL + "/invite/" + token }
}
