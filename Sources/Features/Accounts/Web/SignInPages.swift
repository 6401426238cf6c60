import Foundation
import Tenancy
import Web

/// Sign-in, sign-up, sign-out, the demo by one click, and the choice of language and colours.
struct SignInPages: Sendable {
    let site: Site

    private var accounts: AccountsService { site.accounts }

    func loginForm(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let query = Query(request)
        let next = SafeRedirect.local(query["next"])
        if context.identity != nil { return .seeOther(try await start(context, next: next)) }
        let words = try context.localizer
        let notice = query["notice"] == "signed-out" ? words.t("accounts.notices.signedOut") : nil
        return try await context.page(
            LoginPage(email: "", next: next, notice: notice, hasDemo: try await hasDemo, words))
    }

    func login(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let form = try await Form.read(request)
        let next = SafeRedirect.local(form["next"])
        do {
            let client = context.client(request)
            let user = try await accounts.checkPassword(
                email: form["email"], password: form["password"], client: client)
            return try await signIn(user, method: "pwd", next: next, replacing: context.identity, client)
        } catch AccountError.invalidCredentials {
            let words = try context.localizer
            let page = LoginPage(
                email: form.trimmed("email"), next: next, notice: nil, hasDemo: try await hasDemo,
                general: words.t("accounts.errors.invalid-credentials"), words)
            return try await context.page(page, status: .unprocessableContent)
        }
    }

    func logout(_ request: Request, _ context: BrowserContext) async throws -> Response {
        if let identity = context.identity { try await accounts.signOut(identity, client: context.client(request)) }
        var response = Response.seeOther("/login?notice=signed-out")
        SessionCookie.clear(on: &response)
        return response
    }

    func signupForm(_ request: Request, _ context: BrowserContext) async throws -> Response {
        if context.identity != nil { return .seeOther(try await start(context, next: nil)) }
        let words = try context.localizer
        guard accounts.settings.registration == .instant else {
            return try await context.page(SignupPage.closed(words))
        }
        return try await context.page(SignupPage(SignupForm(locale: context.locale), errors: FieldErrors(), words))
    }

    func signup(_ request: Request, _ context: BrowserContext) async throws -> Response {
        var form = SignupForm(try await Form.read(request))
        form.locale = context.locale.rawValue
        let client = context.client(request)
        do {
            let registered = try await accounts.register(try form.validate().get(), client: client)
            let organization = registered.scope.organization
            let signedIn = try await accounts.openBrowserSession(for: registered.user, method: "signup", client: client)
            try await accounts.addFlash(
                Flash(
                    .success, "accounts.flash.welcome",
                    ["name": registered.user.name, "organization": organization.name]), to: signedIn.identity)
            return response(signedIn, to: "/o/\(organization.slug)/home")
        } catch let errors as FieldErrors {
            return try await again(form, errors, context)
        } catch let error as AccountError {
            guard let errors = error.fieldErrors else { throw error }
            return try await again(form, errors, context)
        }
    }

    /// Everybody who tries the demo is the same person, whose rights end at what would spoil it for the others.
    func demo(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let client = context.client(request)
        try accounts.tries.take(address: client.address, account: nil)
        guard let user = try await accounts.demoUser() else { throw Problem.notFound() }
        return try await signIn(user, method: "demo", next: nil, replacing: context.identity, client)
    }

    /// Colours and language: a cookie for this browser, and the person's row for their other ones.
    func preferences(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let form = try await Form.read(request)
        var response = Response.seeOther(LocalPath(form["return"])?.text ?? "/")
        let locale = AppLocale(rawValue: form["locale"])
        let theme = Theme(rawValue: form["theme"])
        if let locale { SessionCookie.setPreference(AppLocale.cookieName, locale.rawValue, on: &response) }
        if let theme { SessionCookie.setPreference(Theme.cookieName, theme.rawValue, on: &response) }
        if let identity = context.identity, !identity.user.isDemo, locale != nil || theme != nil {
            _ = try await accounts.updateProfile(
                identity, name: nil, locale: locale?.rawValue,
                theme: theme.flatMap { User.Theme(rawValue: $0.rawValue) },
                client: context.client(request))
        }
        return response
    }

    private var hasDemo: Bool {
        get async throws { try await accounts.demoUser() != nil }
    }

    private func again(_ form: SignupForm, _ errors: FieldErrors, _ context: BrowserContext) async throws -> Response {
        try await context.page(SignupPage(form, errors: errors, try context.localizer), status: .unprocessableContent)
    }

    /// Opens a new session under a new id; the one the browser came with, if any, ends.
    private func signIn(
        _ user: User, method: String, next: String?, replacing old: Identity?, _ client: ClientInfo
    ) async throws -> Response {
        let signedIn = try await accounts.openBrowserSession(for: user, method: method, client: client)
        if let old { try await accounts.signOut(old, client: client) }
        let target = if let next { next } else { try await accounts.home(of: user) }
        return response(signedIn, to: target)
    }

    private func response(_ signedIn: BrowserSignIn, to target: String) -> Response {
        var response = Response.seeOther(target)
        SessionCookie.set(signedIn.cookie, on: &response, maxAge: accounts.settings.sessions.absolute)
        return response
    }

    private func start(_ context: BrowserContext, next: String?) async throws -> String {
        if let next { return next }
        guard let identity = context.identity else { return "/" }
        return try await accounts.home(of: identity.user)
    }
}
