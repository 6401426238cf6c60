import Accounts
import Connectors
import Foundation
import Tenancy
import Vault
import Web

extension PlatformsFeature {
    /// How fresh and whole the data are, and what was put aside, below `/o/{slug}`.
    public var healthPages: RouteTable<TenantPageContext> {
        let pages = HealthPages(service: connections)
        let manage = RouteAccess.needs("integration:manage")
        return RouteTable(
            "data-health",
            [
                .get("data-health", .needs("integration:view"), name: "data_health.index", pages.index),
                .post("quarantine/{id}/retry", manage, name: "quarantine.retry", pages.retry),
                .post("quarantine/{id}/ignore", manage, name: "quarantine.ignore", pages.ignore),
                .post("quarantine/{id}/restore", manage, name: "quarantine.restore", pages.restore),
                .post("connections/{id}/quarantine/retry", manage, name: "quarantine.retry_all", pages.retryAll),
            ])
    }

    /// The same for programs.
    public var healthAPI: APITable<APIContext> {
        let handlers = HealthAPI(service: connections)
        let view = RouteAccess.needs("integration:view")
        return APITable(
            "data-health",
            [
                APIRoute(.get, "data-health", view, HealthSchemas.health, handler: handlers.health),
                APIRoute(.get, "quarantine", view, HealthSchemas.quarantine, handler: handlers.quarantine),
                APIRoute(
                    .post, "quarantine/{id}/retry", .needs("integration:manage"), HealthSchemas.retry,
                    handler: handlers.retry),
                APIRoute(
                    .post, "quarantine/{id}/ignore", .needs("integration:manage"), HealthSchemas.ignore,
                    handler: handlers.ignore),
                APIRoute(
                    .post, "quarantine/{id}/restore", .needs("integration:manage"), HealthSchemas.restore,
                    handler: handlers.restore),
            ])
    }
}

/// The page of data health and the buttons of the quarantine.
struct HealthPages: Sendable {
    let service: ConnectionsService

    func index(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let isIgnored = Query(request)["aside"] == "ignored"
        let facts = DataHealthPage.Facts(
            sources: try await service.dataHealth(context.scope),
            aside: try await service.quarantined(
                context.scope, ignored: isIgnored, limit: DataHealthPage.asideShown),
            showsIgnored: isIgnored,
            hasIgnored: try await !service.quarantined(context.scope, ignored: true, limit: 1).isEmpty,
            names: Dictionary(uniqueKeysWithValues: service.catalogue().map { ($0.platform, $0.name) }),
            base: context.path(""), mayRetry: context.can(.integrationManage))
        let words = ConnectionWords(words: context.localizer, now: service.clock.now())
        return try await context.page(DataHealthPage(facts, words))
    }

    func retry(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        do {
            _ = try await service.retryQuarantined(
                context.scope, context.parameters.require("id"), requestID: context.requestID)
        } catch ConnectionError.rawGone {
            return try await context.redirect(
                to: context.path("/data-health"), flash: Flash(.warning, "health.flash.gone"))
        }
        return try await context.redirect(
            to: context.path("/data-health"), flash: Flash(.success, "health.flash.retried"))
    }

    func ignore(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        try await service.ignoreQuarantined(
            context.scope, context.parameters.require("id"), requestID: context.requestID)
        return try await context.redirect(
            to: context.path("/data-health"), flash: Flash(.success, "health.flash.ignored"))
    }

    func restore(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        try await service.restoreQuarantined(
            context.scope, context.parameters.require("id"), requestID: context.requestID)
        return try await context.redirect(
            to: context.path("/data-health"), flash: Flash(.success, "health.flash.restored"))
    }

    func retryAll(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let id = try context.parameters.require("id")
        _ = try await service.retryAllQuarantined(context.scope, connectionID: id, requestID: context.requestID)
        return try await context.redirect(
            to: context.path("/connections/\(id)"), flash: Flash(.success, "health.flash.retried"))
    }
}
