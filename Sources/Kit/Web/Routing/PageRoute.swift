import HTTPTypes
import Hummingbird

/// A route that answers a browser: a page, a form's POST, a download, a stream.
public struct PageRoute<Context: WebContext>: Sendable {
    /// What answers the request.
    public typealias Handler = @Sendable (Request, Context) async throws -> Response

    public let method: HTTPRequest.Method
    /// Pattern below the table's prefix; parameters as `{id}`.
    public let path: String
    public let access: RouteAccess
    /// `area.action`, used in logs and by tests.
    public let name: String
    public let bodyLimit: BodyLimit
    public let handler: Handler

    public init(
        _ method: HTTPRequest.Method, _ path: String, _ access: RouteAccess, name: String,
        body: BodyLimit = .standard, handler: @escaping Handler
    ) {
        self.method = method
        self.path = path
        self.access = access
        self.name = name
        self.bodyLimit = body
        self.handler = handler
    }

    /// A page.
    public static func get(
        _ path: String, _ access: RouteAccess, name: String, _ handler: @escaping Handler
    ) -> PageRoute {
        PageRoute(.get, path, access, name: name, handler: handler)
    }

    /// A form's target.
    public static func post(
        _ path: String, _ access: RouteAccess, name: String, body: BodyLimit = .standard, _ handler: @escaping Handler
    ) -> PageRoute {
        PageRoute(.post, path, access, name: name, body: body, handler: handler)
    }
}

/// The pages of one area, mounted together.
public struct RouteTable<Context: WebContext>: Sendable {
    public let area: String
    public let routes: [PageRoute<Context>]

    public init(_ area: String, _ routes: [PageRoute<Context>]) {
        self.area = area
        self.routes = routes
    }

    /// Puts the routes on a router or group.
    /// - Parameters:
    ///   - router: a group with an empty path; `prefix` is added here so that the registry knows the whole path
    ///   - prefix: for instance `/o/{slug}`
    ///   - registry: learns of each route
    ///   - check: runs before each handler with the route's declared access; throws what the caller shall see
    public func mount(
        on router: some RouterMethods<Context>, at prefix: String = "", registry: RouteRegistry,
        guard check: @escaping @Sendable (RouteAccess, Request, Context) async throws -> Void
    ) {
        for route in routes {
            let path = joinedPath(prefix, route.path)
            registry.add(
                RouteDescription(
                    kind: .page, method: route.method, path: path, access: route.access,
                    name: route.name))
            router.on(RouterPath(path), method: route.method) { request, context in
                let context = try context.decodingParameters()
                try route.bodyLimit.check(request)
                try await check(route.access, request, context)
                return try await route.handler(request, context)
            }
        }
    }
}

/// `/o/{slug}` + `eyes/runs` → `/o/{slug}/eyes/runs`.
func joinedPath(_ prefix: String, _ path: String) -> String {
    let parts = prefix.split(separator: "/") + path.split(separator: "/")
    return "/" + parts.joined(separator: "/")
}

extension WebContext {
    /// The context with its path parameters percent-decoded; the router hands them over as they were sent. What does
    /// not decode names nothing here: 404.
    func decodingParameters() throws -> Self {
        guard coreContext.parameters.contains(where: { $0.value.utf8.contains(UInt8(ascii: "%")) }) else { return self }
        var copy = self
        copy.coreContext.parameters = Parameters(
            try coreContext.parameters.map { parameter in
                guard let value = PercentCoding.decode(parameter.value), !value.utf8.contains(0) else {
                    throw Problem.notFound()
                }
                return (key: parameter.key, value: value[...])
            })
        return copy
    }
}

extension BodyLimit {
    /// Refuses a declared length above the limit before a byte is read; bodies without a length are counted by
    /// whoever reads them.
    func check(_ request: Request) throws {
        guard let maximum, let declared = request.headers[.contentLength] else { return }
        guard let length = Int(declared), length >= 0 else { throw Problem.badRequest("content_length") }
        if length > maximum { throw Problem.tooLarge(limit: maximum) }
    }
}
