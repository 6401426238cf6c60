import Tenancy
import Web

/// The caller's organizations, and the one their token is for.
struct OrganizationsAPI: Sendable {
    let accounts: AccountsService

    struct CreateBody: Decodable {
        let name: String
        let slug, timeZone, currency, locale: String?
        enum CodingKeys: String, CodingKey {
            case name, slug, currency, locale
            case timeZone = "time_zone"
        }
    }

    struct UpdateBody: Decodable {
        let name, slug, timeZone, currency, locale, weekStart: String?
        enum CodingKeys: String, CodingKey {
            case name, slug, currency, locale
            case timeZone = "time_zone"
            case weekStart = "week_start"
        }
    }

    func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let places = try await accounts.memberships.memberships(of: context.identity.user.id)
        return .json(
            WholeList(items: places.map { OrganizationResource(organization: $0.organization, role: $0.role) }))
    }

    func create(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await JSONBody.decode(CreateBody.self, request, context)
        let own = context.scope.organization
        let scope = try await accounts.createOrganization(
            NewOrganization(
                name: body.name, slug: body.slug, timeZone: body.timeZone ?? own.timeZone,
                currency: body.currency ?? own.currency, locale: body.locale ?? own.locale),
            owner: context.identity, client: context.client(request))
        return .json(OrganizationResource(organization: scope.organization, role: scope.role), status: .created)
    }

    func current(_ request: Request, _ context: APIContext) async throws -> Response {
        .json(OrganizationResource(organization: context.scope.organization, role: context.scope.role))
    }

    func update(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await JSONBody.decode(UpdateBody.self, request, context)
        var settings = OrganizationSettings(context.scope.organization)
        if let name = body.name { settings.name = name }
        if let slug = body.slug { settings.slug = slug }
        if let timeZone = body.timeZone { settings.timeZone = timeZone }
        if let currency = body.currency { settings.currency = currency }
        if let locale = body.locale { settings.locale = locale }
        if let weekStart = body.weekStart { settings.weekStart = weekStart }
        let updated = try await accounts.updateOrganization(context.scope, settings, client: context.client(request))
        return .json(OrganizationResource(organization: updated, role: context.scope.role))
    }
}
