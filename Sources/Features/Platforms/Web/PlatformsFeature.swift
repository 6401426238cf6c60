import Accounts
import Connectors
import Tenancy
import Web

/// The feature as App mounts it.
public struct PlatformsFeature: Sendable {
    public let imports: Imports
    public let connections: ConnectionsService
    /// The origin that browsers and vendors use.
    let publicURL: String

    public init(imports: Imports, connections: ConnectionsService, publicURL: String) {
        self.imports = imports
        self.connections = connections
        self.publicURL = publicURL
    }

    public var pages: RouteTable<TenantPageContext> {
        let pages = ImportPages(imports: imports)
        return RouteTable(
            "imports",
            [
                .get("imports", .needs("customer:import"), name: "imports.index", pages.index),
                .post("imports", .needs("customer:import"), name: "imports.upload", body: .streaming, pages.upload),
                .get(
                    "imports/samples/{name}", .needs("customer:import"), name: "imports.sample", pages.sample),
                .post(
                    "imports/requests/{id}/undo", .needs("customer:import"), name: "imports.undo_request",
                    pages.undoRequest),
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
        let ingest = IngestAPI(ingest: Ingest(imports: imports))
        return APITable(
            "platforms",
            connectionAPI + connectionLogAPI + actionAPI + [
                APIRoute(.get, "imports", .needs("customer:import"), ImportSchemas.list, handler: handlers.list),
                APIRoute(
                    .post, "imports", .needs("customer:import"), ImportSchemas.upload, body: .streaming,
                    handler: handlers.upload),
                APIRoute(
                    .get, "imports/templates", .needs("customer:import"), ImportSchemas.templates,
                    handler: handlers.templates),
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
                APIRoute(
                    .post, "ingest/{type}", .needs("customer:import"), IngestSchemas.receive, body: .streaming,
                    handler: ingest.receive),
                APIRoute(
                    .get, "ingest/requests", .needs("customer:import"), IngestSchemas.list, handler: ingest.list),
                APIRoute(
                    .get, "ingest/requests/{id}", .needs("customer:import"), IngestSchemas.show, handler: ingest.show),
                APIRoute(
                    .post, "ingest/requests/{id}/undo", .needs("customer:import"), IngestSchemas.undo,
                    handler: ingest.undo),
            ])
    }

    /// `POST /platforms/connect` without a prefix, as the founding document names it.
    public var aliases: APITable<APIContext> { APITable("platforms", [connectRoute(ConnectionSchemas.connect.alias)]) }
}
