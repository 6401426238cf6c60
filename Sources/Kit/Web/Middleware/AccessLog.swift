import HTTPTypes
import Hummingbird
import Logging

/// What is known about a request when its answer is ready.
public struct RequestSummary: Sendable {
    public let method: String
    /// The route's pattern, never the path with its ids; `unmatched` if there is no such route.
    public let route: String
    public let status: Int
    /// Seconds from the first middleware to the answer; for streams, to their start.
    public let seconds: Double
    /// True for server-sent events, which are no measure of latency.
    public let isStream: Bool
}

/// Where request figures go; Telemetry's registry in the server, nothing in most tests.
public struct RequestObserver: Sendable {
    public let started: @Sendable () -> Void
    public let finished: @Sendable (RequestSummary) -> Void

    public init(
        started: @escaping @Sendable () -> Void, finished: @escaping @Sendable (RequestSummary) -> Void
    ) {
        self.started = started
        self.finished = finished
    }

    public static let none = RequestObserver(started: {}, finished: { _ in })
}

/// One log line and one observation per request. The body is left alone, so that buffered answers keep their
/// single write.
public struct AccessLog<Context: WebContext>: RouterMiddleware {
    private let observer: RequestObserver
    private let quietPaths: Set<String>
    private let clock = ContinuousClock()

    /// - Parameter quietPaths: paths whose successes are logged at debug only, for instance health checks
    public init(observer: RequestObserver = .none, quietPaths: Set<String> = []) {
        self.observer = observer
        self.quietPaths = quietPaths
    }

    public func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let start = clock.now
        observer.started()
        do {
            let response = try await next(request, context)
            record(request, context, response.status, since: start, type: response.headers[.contentType])
            return response
        } catch {
            record(request, context, .internalServerError, since: start, type: nil)
            throw error
        }
    }

    private func record(
        _ request: Request, _ context: Context, _ status: HTTPResponse.Status, since start: ContinuousClock.Instant,
        type: String?
    ) {
        let elapsed = start.duration(to: clock.now)
        let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
        let method = AccessLog.known(request.method)
        let endpoint = context.endpointPath
        let route = endpoint == nil || endpoint == "NotFound" ? "unmatched" : endpoint ?? ""
        let isStream = type?.hasPrefix("text/event-stream") ?? false
        observer.finished(
            RequestSummary(method: method, route: route, status: status.code, seconds: seconds, isStream: isStream))
        log(request, context, method: method, route: route, status: status.code, seconds: seconds)
    }

    private func log(
        _ request: Request, _ context: Context, method: String, route: String, status: Int, seconds: Double
    ) {
        let isQuiet = status < 400 && quietPaths.contains(request.uri.path)
        let level: Logger.Level = isQuiet ? .debug : .info
        let logger = context.logger
        guard logger.logLevel <= level else { return }
        var metadata: Logger.Metadata = [
            "event": "request",
            "method": .string(method),
            "route": .string(route),
            "status": .stringConvertible(status),
            "ms": .stringConvertible((seconds * 100_000).rounded() / 100),
        ]
        if logger[metadataKey: "request_id"] == nil { metadata["request_id"] = .string(context.requestID) }
        let notes = context.notes.values
        if let user = notes.userID { metadata["user_id"] = .string(user) }
        if let organization = notes.organizationID { metadata["organization_id"] = .string(organization) }
        logger.log(level: level, "request", metadata: metadata)
    }

    /// The method as a bounded label.
    private static func known(_ method: HTTPRequest.Method) -> String {
        switch method {
        case .get, .head, .post, .put, .patch, .delete, .options: method.rawValue
        default: "other"
        }
    }
}
