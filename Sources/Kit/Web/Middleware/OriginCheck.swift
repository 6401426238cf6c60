import HTTPTypes
import Hummingbird

/// Refuses forged requests to browser routes. Unsafe methods must come from our own pages: browsers say so in
/// `Sec-Fetch-Site`; where that is missing, `Origin` must be our configured public origin; where both are missing,
/// the request is refused. Token clients use other routes, without cookies.
public struct OriginCheck<Context: WebContext>: RouterMiddleware {
    private let origins: Set<String>

    /// - Parameter publicOrigins: scheme, host and port as browsers write them, for instance `https://app.example.com`
    public init(publicOrigins: [String]) { origins = Set(publicOrigins.map { $0.lowercased() }) }

    public func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard isAllowed(request) else {
            throw Problem.forbidden("This form was sent from another site.", code: "cross_site")
        }
        return try await next(request, context)
    }

    func isAllowed(_ request: Request) -> Bool {
        switch request.method {
        case .get, .head, .options: return true
        default: break
        }
        if let site = request.headers[.secFetchSite] { return site == "same-origin" || site == "none" }
        guard let origin = request.headers[.origin] else { return false }
        return origins.contains(origin.lowercased())
    }
}
