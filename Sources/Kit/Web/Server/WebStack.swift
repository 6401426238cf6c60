import Hummingbird

/// What the root middleware needs to know.
public struct WebStackOptions: Sendable {
    /// Proxies of ours in front of the server.
    public var trustedProxies: Int
    /// True when the public address is https.
    public var isHTTPS: Bool
    public var assets: StaticFiles
    public var observer: RequestObserver
    /// Paths whose successes are logged at debug only.
    public var quietPaths: Set<String>
    public var errorMappers: [ErrorMapper]
    /// Makes error pages for browsers; a plain page without it.
    public var errorPage: ErrorPageHook?
    /// Paths answered for programs.
    public var apiPaths: APIPaths
    /// Origins that may call the API from a browser.
    public var corsOrigins: [String]

    public init(
        trustedProxies: Int = 0, isHTTPS: Bool = false, assets: StaticFiles = .none,
        observer: RequestObserver = .none,
        quietPaths: Set<String> = ["/health", "/health/live", "/health/ready", "/metrics"],
        errorMappers: [ErrorMapper] = [], errorPage: ErrorPageHook? = nil, apiPaths: APIPaths = APIPaths(),
        corsOrigins: [String] = []
    ) {
        self.trustedProxies = trustedProxies
        self.isHTTPS = isHTTPS
        self.assets = assets
        self.observer = observer
        self.quietPaths = quietPaths
        self.errorMappers = errorMappers
        self.errorPage = errorPage
        self.apiPaths = apiPaths
        self.corsOrigins = corsOrigins
    }
}

/// The root router with the middleware every request passes, in the order of the architecture's request path.
/// Middleware applies to routes added after it, so this comes before any mounting.
public enum WebStack {
    public static func router(
        _ options: WebStackOptions, registry: RouteRegistry
    ) -> Router<BasicWebContext> {
        let router = Router(context: BasicWebContext.self, options: .autoGenerateHeadEndpoints)
        router.addMiddleware {
            RequestStart(trustedProxies: options.trustedProxies)
            AccessLog<BasicWebContext>(observer: options.observer, quietPaths: options.quietPaths)
            SecurityHeaders<BasicWebContext>(isHTTPS: options.isHTTPS)
            StaticFilesMiddleware<BasicWebContext>(options.assets)
            Compression<BasicWebContext>()
            CORS<BasicWebContext>(origins: options.corsOrigins, paths: options.apiPaths, registry: registry)
            ErrorPages<BasicWebContext>(
                mappers: options.errorMappers, registry: registry, apiPaths: options.apiPaths, page: options.errorPage)
        }
        return router
    }
}
