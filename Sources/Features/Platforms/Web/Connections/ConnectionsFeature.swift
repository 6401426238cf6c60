import Accounts
import Connectors
import Web

extension PlatformsFeature {
    /// Gallery and connections below `/o/{slug}`.
    public var connectionPages: RouteTable<TenantPageContext> {
        let pages = ConnectionPages(service: connections, imports: imports, publicURL: publicURL)
        let connect = RouteAccess.needs("integration:connect")
        let manage = RouteAccess.needs("integration:manage")
        let view = RouteAccess.needs("integration:view")
        let end = RouteAccess.needs("integration:disconnect")
        return RouteTable(
            "connections",
            [
                .get("connections", view, name: "connections.index", pages.index),
                .get("connections/new/{platform}", connect, name: "connections.new", pages.connectForm),
                .post("connections/new/{platform}", connect, name: "connections.connect", pages.connect),
                .get("connections/callback/{platform}", connect, name: "connections.finish", pages.finish),
                .get("connections/choose/{id}", connect, name: "connections.choose", pages.chooseForm),
                .post("connections/choose/{id}", connect, name: "connections.chosen", pages.choose),
                .get("connections/{id}/accounts", manage, name: "connections.accounts", pages.accountsForm),
                .post("connections/{id}/accounts", manage, name: "connections.add_accounts", pages.addAccounts),
                .get("connections/{id}", view, name: "connections.show", pages.show),
                .get("connections/{id}/stream", view, name: "connections.stream", pages.stream),
                .post("connections/sync-all", manage, name: "connections.sync_all", pages.syncAll),
                .get("connections/{id}/settings", manage, name: "connections.settings", pages.settings),
                .post("connections/{id}/settings", manage, name: "connections.change", pages.changeSettings),
                .post("connections/{id}/test", manage, name: "connections.test", pages.test),
                .post("connections/{id}/sync", manage, name: "connections.sync", pages.sync),
                .post("connections/{id}/pause", manage, name: "connections.pause", pages.pause),
                .post("connections/{id}/resume", manage, name: "connections.resume", pages.resume),
                .post("connections/{id}/rebuild", manage, name: "connections.rebuild", pages.rebuild),
                .post("connections/{id}/webhook", manage, name: "connections.webhook", pages.webhook),
                .post(
                    "connections/{id}/webhook-secret", manage, name: "connections.webhook_secret", pages.webhookSecret),
                .get("connections/{id}/reconnect", manage, name: "connections.again", pages.reconnectForm),
                .post("connections/{id}/reconnect", manage, name: "connections.reconnect", pages.reconnect),
                .post("connections/{id}/consent", .needs("consent:edit"), name: "connections.consent", pages.consent),
                .get("connections/{id}/disconnect", end, name: "connections.end", pages.confirmDisconnect),
                .post("connections/{id}/disconnect", end, name: "connections.disconnect", pages.disconnect),
            ])
    }

    /// Where vendors' pages send browsers back to; mount at the root on the group of browsers.
    public var browser: RouteTable<BrowserContext> {
        RouteTable(
            "connections",
            [
                .get(
                    "oauth/{platform}/callback", .signedIn, name: "connections.callback",
                    OAuthReturn(service: connections).callback),
                .get(
                    "privacy/deletion/{code}", .open, name: "privacy.deletion",
                    DeletionStatusRoute(connections).show),
            ])
    }

    /// Where vendors report what happened; mount at the root, open to anyone.
    public var webhooks: APITable<BasicWebContext> {
        let intake = WebhookIntake(service: connections, publicURL: publicURL)
        return APITable(
            "connections",
            [
                APIRoute(
                    .post, "webhooks/{platform}/{token}", .open, ConnectionSchemas.webhook,
                    body: .bytes(WebhookIntake.largestBody), handler: intake.receive),
                APIRoute(
                    .post, "webhooks/{platform}", .open, ConnectionSchemas.appWebhook,
                    body: .bytes(WebhookIntake.largestBody), handler: intake.receiveForApp),
            ])
    }

    /// Vendors that ask whether the address is ours do it by GET, with parameters of their own.
    public var webhookChallenges: RouteTable<BasicWebContext> {
        let intake = WebhookIntake(service: connections, publicURL: publicURL)
        return RouteTable(
            "connections",
            [
                .get("webhooks/{platform}/{token}", .open, name: "connections.challenge", intake.receive),
                .get("webhooks/{platform}", .open, name: "connections.app_challenge", intake.receiveForApp),
            ])
    }

    /// Platforms and connections for programs.
    var connectionAPI: [APIRoute<APIContext>] {
        let handlers = ConnectionsAPI(service: connections, imports: imports, publicURL: publicURL)
        let view = RouteAccess.needs("integration:view")
        let manage = RouteAccess.needs("integration:manage")
        func route(
            _ method: HTTPRequest.Method, _ path: String, _ access: RouteAccess, _ operation: APIOperation,
            _ handler: @escaping APIRoute<APIContext>.Handler
        ) -> APIRoute<APIContext> { APIRoute(method, path, access, operation, handler: handler) }
        return [
            route(.get, "platforms", view, ConnectionSchemas.platforms, handlers.platforms),
            route(.get, "platforms/{platform}", view, ConnectionSchemas.platform, handlers.platform),
            connectRoute(ConnectionSchemas.connect),
            route(
                .get, "oauth/{platform}/authorize", .needs("integration:connect"), ConnectionSchemas.authorize,
                handlers.authorize),
            route(.get, "connections", view, ConnectionSchemas.connections, handlers.connections),
            route(.get, "connections/{id}", view, ConnectionSchemas.show, handlers.show),
            route(
                .delete, "connections/{id}", .needs("integration:disconnect"), ConnectionSchemas.disconnect,
                handlers.disconnect),
            route(.get, "connections/{id}/streams", view, ConnectionSchemas.streams, handlers.streams),
            route(.get, "connections/{id}/runs", view, ConnectionSchemas.runs, handlers.runs),
            route(.post, "connections/{id}/sync", manage, ConnectionSchemas.sync, handlers.sync),
            route(.post, "connections/{id}/replay", manage, ConnectionSchemas.rebuild, handlers.rebuild),
            route(.post, "connections/{id}/pause", manage, ConnectionSchemas.pause, handlers.pause),
            route(.post, "connections/{id}/resume", manage, ConnectionSchemas.resume, handlers.resume),
            route(
                .post, "connections/{id}/reauthorize", manage, ConnectionSchemas.reauthorize, handlers.reauthorize),
            route(
                .get, "connections/{id}/consent-policy", .needs("consent:view"), ConnectionSchemas.consentPolicy,
                handlers.consentPolicy),
            route(
                .put, "connections/{id}/consent-policy", .needs("consent:edit"), ConnectionSchemas.setConsentPolicy,
                handlers.setConsentPolicy),
        ]
    }

    func connectRoute(_ operation: APIOperation) -> APIRoute<APIContext> {
        let handlers = ConnectionsAPI(service: connections, imports: imports, publicURL: publicURL)
        return APIRoute(
            .post, "platforms/connect", .needs("integration:connect"), operation, handler: handlers.connect)
    }
}
