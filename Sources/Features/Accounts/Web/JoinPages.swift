import Tenancy
import Web

/// Opening an invitation link.
struct JoinPages: Sendable {
    let accounts: AccountsService

    func show(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let token = try context.parameters.require("token")
        do {
            let view = try await accounts.invitation(token: token)
            return try await context.page(JoinPage(view, token: token, context.identity?.user, try context.localizer))
        } catch AccountError.invitationInvalid {
            return try await gone(context)
        }
    }

    func accept(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let token = try context.parameters.require("token")
        let form = try await Form.read(request)
        let client = context.client(request)
        do {
            if let identity = context.identity {
                let scope = try await accounts.accept(token: token, as: identity, client: client)
                return try await context.redirect(
                    to: "/o/\(scope.organization.slug)/home", flash: welcome(scope.organization.name))
            }
            let person = JoinAsNewPerson(name: form["name"], password: form["password"])
            let joined = try await accounts.accept(token: token, as: person, client: client)
            let signedIn = try await accounts.openBrowserSession(for: joined.user, method: "invitation", client: client)
            let organization = joined.scope.organization
            try await accounts.addFlash(welcome(organization.name), to: signedIn.identity)
            var response = Response.seeOther("/o/\(organization.slug)/home")
            SessionCookie.set(signedIn.cookie, on: &response, maxAge: accounts.settings.sessions.absolute)
            return response
        } catch AccountError.invitationInvalid {
            return try await gone(context)
        } catch AccountError.emailTaken {
            return .seeOther(SignInPath.path(returningTo: "/invite/" + token))
        } catch let error as AccountError {
            guard let errors = error.fieldErrors else { throw error }
            let view = try await accounts.invitation(token: token)
            let page = JoinPage(
                view, token: token, name: form.trimmed("name"), errors: errors, context.identity?.user,
                try context.localizer)
            return try await context.page(page, status: .unprocessableContent)
        }
    }

    private func gone(_ context: BrowserContext) async throws -> Response {
        try await context.page(JoinPage.gone(try context.localizer), status: .gone)
    }

    private func welcome(_ organization: String) -> Flash {
        Flash(.success, "accounts.flash.joined", ["organization": organization])
    }
}
