import HTTPTypes
import Hummingbird

/// The API routes of one module, mounted together; the area is their tag in the documentation.
public struct APITable<Context: WebContext>: Sendable {
    public let area: String
    public let routes: [APIRoute<Context>]

    public init(_ area: String, _ routes: [APIRoute<Context>]) {
        self.area = area
        self.routes = routes
    }

    /// Puts the routes on a router or group. Query parameters that a route does not declare are answered with 400.
    /// - Parameters: as for `RouteTable.mount`
    public func mount(
        on router: some RouterMethods<Context>, at prefix: String = "/api/v1", registry: RouteRegistry,
        guard check: @escaping @Sendable (RouteAccess, Request, Context) async throws -> Void
    ) {
        for route in routes {
            let path = joinedPath(prefix, route.path)
            registry.add(
                RouteDescription(
                    kind: .api, method: route.method, path: path, access: route.access,
                    name: "\(area).\(route.operation.id)", operation: route.operation))
            let known = route.operation.queryNames
            router.on(RouterPath(path), method: route.method) { request, context in
                let context = try context.decodingParameters()
                try route.bodyLimit.check(request)
                try await check(route.access, request, context)
                try Query.refuseUnknown(request, known: known)
                return try await route.handler(request, context)
            }
        }
    }
}
