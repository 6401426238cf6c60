import Vault
import Web

/// A person's own page: name, language, sign-ins.
struct ProfilePages: Sendable {
    let accounts: AccountsService

    func show(_ request: Request, _ context: BrowserContext) async throws -> Response {
        guard let identity = context.identity else { return try SignInPath.demand(request) }
        return try await page(identity, name: identity.user.name, locale: identity.user.locale ?? "", context)
    }

    func save(_ request: Request, _ context: BrowserContext) async throws -> Response {
        guard let identity = context.identity else { throw Problem.unauthorized() }
        let form = try await Form.read(request)
        let (name, locale) = (form.trimmed("name"), form["locale"])
        do {
            _ = try await accounts.updateProfile(
                identity, name: name, locale: locale, theme: nil, client: context.client(request))
            var response = try await context.redirect(
                to: "/profile", flash: Flash(.success, "accounts.flash.profileSaved"))
            SessionCookie.setPreference(AppLocale.cookieName, locale, on: &response)
            return response
        } catch let error as AccountError {
            guard let errors = error.fieldErrors else { throw error }
            return try await page(
                identity, name: name, locale: locale, errors: errors, context, status: .unprocessableContent)
        }
    }

    func changePassword(_ request: Request, _ context: BrowserContext) async throws -> Response {
        guard let identity = context.identity else { throw Problem.unauthorized() }
        let form = try await Form.read(request)
        do {
            try await accounts.changePassword(
                identity, current: form["current_password"], new: form["new_password"], client: context.client(request))
            return try await context.redirect(
                to: "/profile", flash: Flash(.success, "accounts.flash.passwordChanged"))
        } catch let error as AccountError {
            guard let errors = error.fieldErrors else { throw error }
            return try await page(
                identity, name: identity.user.name, locale: identity.user.locale ?? "", errors: errors, context,
                status: .unprocessableContent)
        }
    }

    func endSession(_ request: Request, _ context: BrowserContext) async throws -> Response {
        guard let identity = context.identity else { throw Problem.unauthorized() }
        let id = try context.parameters.require("id")
        try await accounts.endSession(identity, id: id, client: context.client(request))
        return try await context.redirect(to: "/profile", flash: Flash(.success, "accounts.flash.sessionEnded"))
    }

    func endOthers(_ request: Request, _ context: BrowserContext) async throws -> Response {
        guard let identity = context.identity else { throw Problem.unauthorized() }
        let count = try await accounts.endOtherSessions(identity, client: context.client(request))
        return try await context.redirect(
            to: "/profile", flash: Flash(.success, "accounts.flash.sessionsEnded", ["count": String(count)]))
    }

    private func page(
        _ identity: Identity, name: String, locale: String, errors: FieldErrors = FieldErrors(),
        _ context: BrowserContext,
        status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        let page = ProfilePage(
            name: name, locale: locale, errors: errors, identity, try await accounts.sessions(of: identity),
            try context.localizer, now: accounts.clock.now())
        return try await context.page(page, status: status)
    }
}
