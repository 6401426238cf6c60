import Tenancy
import Web

/// Settings of one organization, and the list of all of a person's.
struct OrganizationPages: Sendable {
    let accounts: AccountsService

    func settings(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        try await context.page(
            OrganizationPage(OrganizationForm(OrganizationSettings(context.scope.organization)), context))
    }

    func save(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let form = OrganizationForm(try await Form.read(request))
        do {
            let organization = try await accounts.updateOrganization(
                context.scope, try form.validate().get(), client: context.client(request))
            return try await context.redirect(
                to: "/o/\(organization.slug)/settings/organization",
                flash: Flash(.success, "accounts.flash.organizationSaved"))
        } catch let errors as FieldErrors {
            return try await context.page(
                OrganizationPage(form, errors: errors, context), status: .unprocessableContent)
        } catch let error as AccountError {
            guard let errors = error.fieldErrors else { throw error }
            return try await context.page(
                OrganizationPage(form, errors: errors, context), status: .unprocessableContent)
        }
    }

    func list(_ request: Request, _ context: BrowserContext) async throws -> Response {
        guard let identity = context.identity else { return try SignInPath.demand(request) }
        return try await page(identity, context)
    }

    func create(_ request: Request, _ context: BrowserContext) async throws -> Response {
        guard let identity = context.identity else { throw Problem.unauthorized() }
        let form = NewOrganizationForm(try await Form.read(request))
        do {
            var new = try form.validate().get()
            new.locale = context.locale.rawValue
            let scope = try await accounts.createOrganization(new, owner: identity, client: context.client(request))
            return try await context.redirect(
                to: "/o/\(scope.organization.slug)/home",
                flash: Flash(
                    .success, "accounts.flash.organizationCreated", ["organization": scope.organization.name]))
        } catch let errors as FieldErrors {
            return try await page(identity, context, form: form, errors: errors, status: .unprocessableContent)
        } catch let error as AccountError {
            guard let errors = error.fieldErrors else { throw error }
            return try await page(identity, context, form: form, errors: errors, status: .unprocessableContent)
        }
    }

    private func page(
        _ identity: Identity, _ context: BrowserContext, form: NewOrganizationForm = NewOrganizationForm(),
        errors: FieldErrors = FieldErrors(), status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        let places = try await accounts.memberships.memberships(of: identity.user.id)
        let page = OrganizationsPage(
            places, form: form, errors: errors, canCreate: !identity.user.isDemo, try context.localizer)
        return try await context.page(page, status: status)
    }
}
