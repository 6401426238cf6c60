import Accounts
import Connectors
import Foundation
import Records
import Tenancy
import Vault
import Web

/// The feature as App mounts it: its pages and its part of the API.
public struct ReconciliationFeature: Sendable {
    public let service: ReconciliationService

    public init(_ service: ReconciliationService) { self.service = service }

    public var pages: RouteTable<TenantPageContext> {
        let pages = ReconciliationPages(service: service)
        let view = RouteAccess.needs("integration:view")
        return RouteTable(
            "reconciliation",
            [
                .get("reconciliation", view, name: "reconciliation.index", pages.index),
                .post(
                    "reconciliation", .needs("integration:manage"), name: "reconciliation.compare", pages.compare),
                .get("reconciliation/days.csv", view, name: "reconciliation.days", pages.daysFile),
                .get("reconciliation/{source}/{day}", view, name: "reconciliation.show", pages.show),
                .get("reconciliation/{source}/{day}/rows.csv", view, name: "reconciliation.rows", pages.rowsFile),
            ])
    }

    public var api: APITable<APIContext> {
        let handlers = ReconciliationAPI(service: service)
        let view = RouteAccess.needs("integration:view")
        return APITable(
            "reconciliation",
            [
                APIRoute(.get, "reconciliation", view, ReconciliationSchemas.list, handler: handlers.list),
                APIRoute(
                    .get, "reconciliation/{source}/{day}", view, ReconciliationSchemas.show, handler: handlers.show),
            ])
    }
}

/// The pages of the reconciliation.
struct ReconciliationPages: Sendable {
    let service: ReconciliationService

    func index(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let scope = context.scope
        let details = try await service.connections.list(scope).filter { $0.connection.status != "disabled" }
        let offers = service.connections.catalogue()
        let facts = ReconciliationPage.Facts(
            connections: details, days: try await recent(scope, days: ReconciliationPage.daysShown),
            stating: Set(offers.map(\.platform).filter { service.connections.summaryRules($0) != nil }),
            names: Dictionary(uniqueKeysWithValues: offers.map { ($0.platform, $0.name) }),
            base: context.path("/reconciliation"), mayCompare: context.can(.integrationManage))
        return try await context.page(ReconciliationPage(facts, words(context)))
    }

    func compare(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        try await service.start(context.scope)
        return try await context.redirect(
            to: context.path("/reconciliation"), flash: Flash(.success, "reconciliation.started"))
    }

    func show(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let day = try await day(context)
        let label = try? await service.connections.get(context.scope, day.connectionID).label
        let name = service.connections.platformName(day.platform)
        return try await context.page(
            ReconciliationDayPage(
                day, label: label ?? name, name: name, choice: try choice(request),
                base: context.path("/reconciliation"), words(context)))
    }

    func daysFile(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        ReconciliationFile.days(try await recent(context.scope, days: 90))
    }

    func rowsFile(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let day = try await day(context)
        return ReconciliationFile.rows(try choice(request).rows(of: day), of: day)
    }

    private func recent(_ scope: TenantScope, days: Int) async throws -> [ReconciliationDay] {
        let today = VendorTime.day(service.clock.now(), in: scope.organization.timeZone)
        return try await service.list(scope, from: VendorTime.day(today, plus: -days), limit: 5000)
    }

    private func day(_ context: TenantPageContext) async throws -> ReconciliationDay {
        try await service.show(
            context.scope, source: context.parameters.require("source"), day: context.parameters.require("day"))
    }

    private func choice(_ request: Request) throws -> ReconciliationDayPage.Choice {
        let query = Query(request)
        return ReconciliationDayPage.Choice(
            metric: try query.choice("metric", SummaryMetric.self), cause: try query.choice("cause", GapCause.self))
    }

    private func words(_ context: TenantPageContext) -> ReconciliationWords {
        ReconciliationWords(l: context.localizer, now: service.clock.now())
    }
}
