import Tenancy
import Vault
import Web

/// The people of an organization: roles, removal, invitations.
struct TeamPages: Sendable {
    let accounts: AccountsService

    func index(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        try await page(context)
    }

    func invite(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let form = try await Form.read(request)
        var shown = InviteForm(email: form.trimmed("email"), role: form["role"])
        guard let role = Role(rawValue: shown.role) else {
            shown.errors = FieldErrors([FieldIssue("role", "role-unknown").error])
            return try await page(context, form: shown, status: .unprocessableContent)
        }
        do {
            let new = try await accounts.invite(
                context.scope, email: shown.email, role: role, by: context.identity.user,
                client: context.client(request))
            let link = accounts.settings.invitationLink(new.token)
            // The link exists only in this answer, so it cannot wait for a redirect.
            return try await page(context, new: (new.invitation.email, link), status: .created)
        } catch let error as AccountError {
            guard let errors = error.fieldErrors else { throw error }
            shown.errors = errors
            return try await page(context, form: shown, status: .unprocessableContent)
        }
    }

    func revoke(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let id = try context.parameters.require("id")
        try await accounts.revokeInvitation(context.scope, id: id, client: context.client(request))
        return try await context.redirect(
            to: context.path("/settings/team"), flash: Flash(.success, "accounts.flash.revoked"))
    }

    func changeRole(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let id = try context.parameters.require("id")
        guard let role = Role(rawValue: try await Form.read(request)["role"]) else {
            throw AccountError.invalid([FieldIssue("role", "role-unknown")])
        }
        let member = try await accounts.member(context.scope, userID: id)
        do {
            try await accounts.changeRole(context.scope, userID: id, to: role, client: context.client(request))
        } catch let error as AccountError {
            return try await refused(error, context)
        } catch TenancyError.lastOwner {
            return try await refused(.lastOwner, context)
        }
        let words = context.localizer
        return try await context.redirect(
            to: context.path("/settings/team"),
            flash: Flash(
                .success, "accounts.flash.roleChanged", ["name": member.user.name, "role": words.role(role.rawValue)]))
    }

    func confirmRemoval(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let member = try await accounts.member(context.scope, userID: try context.parameters.require("id"))
        return try await context.page(RemoveMemberPage(member, context))
    }

    func remove(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let member = try await accounts.member(context.scope, userID: try context.parameters.require("id"))
        do {
            try await accounts.removeMember(context.scope, userID: member.user.id, client: context.client(request))
        } catch TenancyError.lastOwner {
            return try await refusedRemoval(.lastOwner, member, context)
        } catch AccountError.roleAboveOwn {
            return try await refusedRemoval(.roleAboveOwn, member, context)
        }
        let flash = Flash(.success, "accounts.flash.removed", ["name": member.user.name])
        if member.user.id == context.identity.user.id { return .seeOther("/organizations") }
        return try await context.redirect(to: context.path("/settings/team"), flash: flash)
    }

    private func page(
        _ context: TenantPageContext, form: InviteForm = InviteForm(), new: (email: String, link: String)? = nil,
        status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        let page = TeamPage(
            try await accounts.members(context.scope), try await accounts.openInvitations(context.scope), form: form,
            new: new, context, now: accounts.clock.now())
        return try await context.page(page, status: status)
    }

    private func refused(_ error: AccountError, _ context: TenantPageContext) async throws -> Response {
        guard error.fieldErrors != nil else { throw error }
        return try await context.redirect(
            to: context.path("/settings/team"), flash: Flash(.error, "accounts.errors.\(error.code)"))
    }

    private func refusedRemoval(
        _ error: AccountError, _ member: TeamMember, _ context: TenantPageContext
    ) async throws -> Response {
        let page = RemoveMemberPage(member, errors: error.fieldErrors ?? FieldErrors(), context)
        return try await context.page(page, status: .conflict)
    }
}
