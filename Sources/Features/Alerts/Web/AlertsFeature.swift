import Accounts
import Tenancy
import Web

/// The feature as App mounts it.
public struct AlertsFeature: Sendable {
    public let service: AlertsService

    public init(_ service: AlertsService) { self.service = service }

    public var pages: RouteTable<TenantPageContext> {
        let pages = AlertPages(service: service)
        let (view, manage) = (RouteAccess.needs("alert:view"), RouteAccess.needs("alert:manage"))
        return RouteTable(
            "alerts",
            [
                .get("alerts", view, name: "alerts.index", pages.index),
                .get("alerts/{id}", view, name: "alerts.show", pages.show),
                .post("alerts/{id}/acknowledge", manage, name: "alerts.acknowledge", pages.acknowledge),
                .post("alerts/{id}/resolve", manage, name: "alerts.resolve", pages.resolve),
                .post("alerts/{id}/mute", manage, name: "alerts.mute", pages.mute),
            ])
    }

    public var api: APITable<APIContext> {
        let api = AlertsAPI(service: service)
        let (view, manage) = (RouteAccess.needs("alert:view"), RouteAccess.needs("alert:manage"))
        return APITable(
            "alerts",
            [
                APIRoute(.get, "alerts", view, AlertSchemas.list, handler: api.list),
                APIRoute(.get, "alerts/{id}", view, AlertSchemas.show, handler: api.show),
                APIRoute(
                    .post, "alerts/{id}/acknowledge", manage, AlertSchemas.acknowledge, handler: api.acknowledge),
                APIRoute(.post, "alerts/{id}/resolve", manage, AlertSchemas.resolve, handler: api.resolve),
                APIRoute(.post, "alerts/{id}/mute", manage, AlertSchemas.mute, handler: api.mute),
            ])
    }

    /// The line on top of every page while something waits for a person; nil where nothing does.
    public func notice(_ scope: TenantScope, _ l: Localizer) async throws -> Shell.Banner? {
        guard scope.can(.alertView) else { return nil }
        let pressing = try await service.pressing(scope)
        guard let first = pressing.first else { return nil }
        let list = "/o/\(scope.organization.slug)/alerts"
        if pressing.count == 1 {
            return Shell.Banner(
                AlertWords(first, l).title + ".", link: .init(l.t("alerts.notice.one"), list + "/" + first.id))
        }
        return Shell.Banner(
            l.t("alerts.notice.text", count: pressing.count), link: .init(l.t("alerts.notice.all"), list))
    }
}
