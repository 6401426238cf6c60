import Accounts
import Connectors
import Web

extension PlatformsFeature {
    /// Settings of connections, readings and reports, for programs.
    var connectionLogAPI: [APIRoute<APIContext>] {
        let settings = ConnectionSettingsAPI(service: connections)
        let log = ConnectionLogAPI(service: connections)
        let (view, manage) = (RouteAccess.needs("integration:view"), RouteAccess.needs("integration:manage"))
        return [
            APIRoute(.patch, "connections/{id}", manage, ConnectionSchemas.change, handler: settings.change),
            APIRoute(.post, "connections/{id}/test", manage, ConnectionSchemas.test, handler: settings.test),
            APIRoute(.get, "connections/{id}/accounts", view, ConnectionSchemas.accounts, handler: settings.accounts),
            APIRoute(
                .put, "connections/{id}/accounts", manage, ConnectionSchemas.chooseAccounts,
                handler: settings.chooseAccounts),
            APIRoute(.post, "oauth/{platform}/refresh", manage, ConnectionSchemas.refresh, handler: settings.refresh),
            APIRoute(.post, "oauth/{platform}/revoke", manage, ConnectionSchemas.revoke, handler: settings.revoke),
            APIRoute(.post, "sync/all", manage, ConnectionSchemas.syncAll, handler: log.syncAll),
            APIRoute(.get, "sync/runs", view, ConnectionSchemas.allRuns, handler: log.runs),
            APIRoute(.get, "sync/runs/{id}", view, ConnectionSchemas.oneRun, handler: log.run),
            APIRoute(.post, "sync/runs/{id}/cancel", manage, ConnectionSchemas.cancelRun, handler: log.cancel),
            APIRoute(.get, "webhook-events", view, ConnectionSchemas.events, handler: log.events),
            APIRoute(.get, "webhook-events/{id}", view, ConnectionSchemas.oneEvent, handler: log.event),
        ]
    }
}
