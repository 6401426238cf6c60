import Accounts
import Connectors
import Web

extension PlatformsFeature {
    /// Proposing at a connection, and the list of approvals, below `/o/{slug}`.
    public var actionPages: RouteTable<TenantPageContext> {
        let pages = ApprovalPages(service: connections)
        let propose = RouteAccess.needs("action:propose")
        let view = RouteAccess.needs("action:view")
        let approve = RouteAccess.needs("action:approve")
        return RouteTable(
            "approvals",
            [
                .get("connections/{id}/preview", propose, name: "connections.preview", pages.preview),
                .post("connections/{id}/actions", propose, name: "connections.propose", pages.propose),
                .get("approvals", view, name: "approvals.index", pages.index),
                .get("approvals/{id}", view, name: "approvals.show", pages.show),
                .post("approvals/{id}/approve", approve, name: "approvals.approve", pages.approve),
                .post("approvals/{id}/reject", approve, name: "approvals.reject", pages.reject),
                .post(
                    "approvals/{id}/execute", .needs("action:execute"), name: "approvals.execute", pages.execute),
            ])
    }

    /// Actions for programs.
    var actionAPI: [APIRoute<APIContext>] {
        let handlers = ActionsAPI(service: connections)
        let propose = RouteAccess.needs("action:propose")
        let view = RouteAccess.needs("action:view")
        let approve = RouteAccess.needs("action:approve")
        return [
            APIRoute(
                .post, "connections/{id}/actions/preview", propose, ActionSchemas.preview, handler: handlers.preview),
            APIRoute(.post, "connections/{id}/actions", propose, ActionSchemas.propose, handler: handlers.propose),
            APIRoute(.get, "actions", view, ActionSchemas.list, handler: handlers.list),
            APIRoute(.get, "actions/{id}", view, ActionSchemas.show, handler: handlers.show),
            APIRoute(.post, "actions/{id}/approve", approve, ActionSchemas.approve, handler: handlers.approve),
            APIRoute(.post, "actions/{id}/reject", approve, ActionSchemas.reject, handler: handlers.reject),
            APIRoute(
                .post, "actions/{id}/execute", .needs("action:execute"), ActionSchemas.execute,
                handler: handlers.execute),
        ]
    }
}
