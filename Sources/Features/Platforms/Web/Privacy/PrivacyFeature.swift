import Accounts
import Web

extension PlatformsFeature {
    /// What platforms passed on about people's rights, below `/o/{slug}`.
    public var privacyPages: RouteTable<TenantPageContext> {
        let pages = DataRequestPages(service: connections)
        let (view, manage) = (RouteAccess.needs("privacy:view"), RouteAccess.needs("privacy:manage"))
        return RouteTable(
            "privacy",
            [
                .get("privacy/requests", view, name: "privacy.index", pages.index),
                .get("privacy/requests/{id}", view, name: "privacy.show", pages.show),
                .post("privacy/requests/{id}/complete", manage, name: "privacy.complete", pages.complete),
                .post("privacy/requests/{id}/refuse", manage, name: "privacy.refuse", pages.refuse),
            ])
    }

    /// The same for programs.
    public var privacyAPI: APITable<APIContext> {
        let api = DataRequestsAPI(service: connections)
        let (view, manage) = (RouteAccess.needs("privacy:view"), RouteAccess.needs("privacy:manage"))
        return APITable(
            "privacy",
            [
                APIRoute(.get, "data-requests", view, DataRequestSchemas.list, handler: api.list),
                APIRoute(.get, "data-requests/{id}", view, DataRequestSchemas.show, handler: api.show),
                APIRoute(
                    .post, "data-requests/{id}/complete", manage, DataRequestSchemas.complete, handler: api.complete),
                APIRoute(.post, "data-requests/{id}/refuse", manage, DataRequestSchemas.refuse, handler: api.refuse),
            ])
    }
}
