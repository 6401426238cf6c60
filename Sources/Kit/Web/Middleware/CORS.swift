import HTTPTypes
import Hummingbird

/// Lets listed origins call the API from a browser, never with cookies. Mounted at the root, because a preflight
/// has no route of its own.
public struct CORS<Context: WebContext>: RouterMiddleware {
    private let origins: Set<String>
    private let paths: APIPaths
    private let registry: RouteRegistry

    public init(origins: [String], paths: APIPaths, registry: RouteRegistry) {
        self.origins = Set(origins)
        self.paths = paths
        self.registry = registry
    }

    public func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard !origins.isEmpty, paths.contains(request.uri.path) else { return try await next(request, context) }
        let origin = request.headers[.origin]
        if request.method == .options, let origin, request.headers[.accessControlRequestMethod] != nil {
            return preflight(request, origin)
        }
        var response = try await next(request, context)
        response.headers[.vary] = response.headers[.vary].map { $0 + ", Origin" } ?? "Origin"
        if let origin, origins.contains(origin) {
            response.headers[.accessControlAllowOrigin] = origin
            response.headers[.accessControlExposeHeaders] =
                "ETag, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id"
            response.headers[.crossOriginResourcePolicy] = "cross-origin"
        }
        return response
    }

    private func preflight(_ request: Request, _ origin: String) -> Response {
        guard origins.contains(origin) else { return Response(status: .noContent, headers: [.vary: "Origin"]) }
        let methods = registry.methods(for: request.uri.path).map(\.rawValue).joined(separator: ", ")
        return Response(
            status: .noContent,
            headers: [
                .vary: "Origin",
                .accessControlAllowOrigin: origin,
                .accessControlAllowMethods: methods,
                .accessControlAllowHeaders:
                    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id",
                .accessControlMaxAge: "600",
            ])
    }
}

/// Which paths are answered for programs: errors there are problem documents.
public struct APIPaths: Sendable {
    private let prefixes: [String]

    /// - Parameter prefixes: for instance `/api/`, `/auth/`, `/health`
    public init(
        _ prefixes: [String] = ["/api/", "/auth/", "/platforms/", "/eyes/", "/webhooks/", "/health", "/metrics"]
    ) {
        self.prefixes = prefixes
    }

    public func contains(_ path: String) -> Bool {
        prefixes.contains { path.hasPrefix($0) }
    }
}
