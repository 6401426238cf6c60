import Accounts
import Tenancy
import Web

/// The feature as App mounts it.
public struct PlatformsFeature: Sendable {
    public let imports: Imports

    public init(imports: Imports) { self.imports = imports }

    public var pages: RouteTable<TenantPageContext> {
        let pages = ImportPages(imports: imports)
        return RouteTable(
            "imports",
            [
                .get("imports", .needs("customer:import"), name: "imports.index", pages.index),
                .post("imports", .needs("customer:import"), name: "imports.upload", body: .streaming, pages.upload),
                .get("imports/{id}", .needs("customer:import"), name: "imports.show", pages.show),
                .post("imports/{id}/mapping", .needs("customer:import"), name: "imports.map", pages.map),
                .post("imports/{id}/run", .needs("customer:import"), name: "imports.run", pages.run),
                .post("imports/{id}/undo", .needs("customer:import"), name: "imports.undo", pages.undo),
                .get("imports/{id}/errors.csv", .needs("customer:import"), name: "imports.errors", pages.errors),
                .get("imports/{id}/stream", .needs("customer:import"), name: "imports.stream", pages.stream),
            ])
    }

    public var api: APITable<APIContext> {
        let handlers = ImportsAPI(imports: imports)
        return APITable(
            "platforms",
            [
                APIRoute(
                    .get, "platforms", .needs("integration:view"), ImportSchemas.platforms, handler: handlers.platforms),
                connectRoute(ImportSchemas.connect),
                APIRoute(
                    .get, "connections", .needs("integration:view"), ImportSchemas.connections,
                    handler: handlers.connections),
                APIRoute(.get, "imports", .needs("customer:import"), ImportSchemas.list, handler: handlers.list),
                APIRoute(
                    .post, "imports", .needs("customer:import"), ImportSchemas.upload, body: .streaming,
                    handler: handlers.upload),
                APIRoute(.get, "imports/{id}", .needs("customer:import"), ImportSchemas.show, handler: handlers.show),
                APIRoute(
                    .put, "imports/{id}/mapping", .needs("customer:import"), ImportSchemas.map, handler: handlers.map),
                APIRoute(
                    .post, "imports/{id}/dry-run", .needs("customer:import"), ImportSchemas.dryRun,
                    handler: handlers.dryRun),
                APIRoute(
                    .post, "imports/{id}/run", .needs("customer:import"), ImportSchemas.run, handler: handlers.run),
                APIRoute(
                    .post, "imports/{id}/undo", .needs("customer:import"), ImportSchemas.undo, handler: handlers.undo),
                APIRoute(
                    .get, "imports/{id}/errors", .needs("customer:import"), ImportSchemas.errors,
                    handler: handlers.errors),
            ])
    }

    /// `POST /platforms/connect` without a prefix, as the founding document names it.
    public var aliases: APITable<APIContext> { APITable("platforms", [connectRoute(ImportSchemas.connect.alias)]) }

    private func connectRoute(_ operation: APIOperation) -> APIRoute<APIContext> {
        APIRoute(
            .post, "platforms/connect", .needs("integration:connect"), operation,
            handler: ImportsAPI(imports: imports).connect)
    }
}
