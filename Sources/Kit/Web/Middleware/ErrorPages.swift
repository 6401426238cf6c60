import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1

/// Makes an answer of a problem for a browser; nil falls back to a plain page.
public typealias ErrorPageHook = @Sendable (Problem, Request, any WebContext) async -> Response?

/// An answer as an error, for places that can only throw, such as a child context's init: a redirect to sign-in.
public struct EarlyResponse: Error, Sendable {
    public let response: Response
    public init(_ response: Response) { self.response = response }
}

/// Catches everything thrown below: problems become problem documents for programs and pages for people; what no
/// one knows is a 500 that shows only the request id and is logged with its cause.
public struct ErrorPages<Context: WebContext>: RouterMiddleware {
    private let mappers: [ErrorMapper]
    private let registry: RouteRegistry
    private let apiPaths: APIPaths
    private let page: ErrorPageHook?

    public init(
        mappers: [ErrorMapper] = [], registry: RouteRegistry, apiPaths: APIPaths = APIPaths(),
        page: ErrorPageHook? = nil
    ) {
        self.mappers = mappers
        self.registry = registry
        self.apiPaths = apiPaths
        self.page = page
    }

    public func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let early as EarlyResponse {
            return early.response
        } catch let error as HTTPParserError {
            // The connection speaks no HTTP any more; the server closes it.
            throw error
        } catch {
            let problem = problem(for: error, request)
            log(error, problem, context)
            return await response(to: request, problem, context)
        }
    }

    // MARK: Mapping

    private func problem(for error: any Error, _ request: Request) -> Problem {
        let problem = mapped(error)
        guard problem.status == .notFound else { return problem }
        let methods = registry.methods(for: request.uri.path)
        return methods.isEmpty || methods.contains(request.method) ? problem : .methodNotAllowed(methods)
    }

    private func mapped(_ error: any Error) -> Problem {
        if let problem = error as? Problem { return problem }
        for mapper in mappers {
            if let problem = mapper(error) { return problem }
        }
        if error is NIOTooManyBytesError { return .tooLarge(limit: BodyLimit.standardBytes) }
        if error is CancellationError { return .unavailable(retryAfter: 1) }
        if let error = error as? any HTTPResponseError {
            return known(error.status)
        }
        return .internalError
    }

    /// A status that the router or the library threw, in our words.
    private func known(_ status: HTTPResponse.Status) -> Problem {
        if status == .notFound { return .notFound() }
        if status == .internalServerError { return .internalError }
        let code = "http_\(status.code)"
        return Problem(status, code: status == .badRequest ? "bad_request" : code)
    }

    private func log(_ error: any Error, _ problem: Problem, _ context: Context) {
        guard problem.status.code >= 500 else { return }
        let cause = String(String(reflecting: error).prefix(2000))
        let level: Logger.Level = problem.status.code == 503 ? .warning : .error
        context.logger.log(
            level: level, "request failed",
            metadata: [
                "event": "request_failed", "status": .stringConvertible(problem.status.code), "error": .string(cause),
            ])
    }

    // MARK: Answer

    private func response(to request: Request, _ problem: Problem, _ context: Context) async -> Response {
        if apiPaths.contains(request.uri.path) || ErrorPages.prefersJSON(request.headers[.accept]) {
            return problem.response(instance: request.uri.path, requestID: context.requestID)
        }
        var shown = context
        let notes = context.notes.values
        if let locale = notes.locale { shown.web.locale = locale }
        if let theme = notes.theme { shown.web.theme = theme }
        var response = await page?(problem, request, shown) ?? PlainErrorPage.response(problem, shown)
        for field in problem.headers where response.headers[field.name] == nil { response.headers.append(field) }
        return response
    }

    /// True if a client names JSON and not HTML.
    static func prefersJSON(_ accept: String?) -> Bool {
        guard let accept else { return false }
        return accept.contains("json") && !accept.contains("text/html")
    }
}

/// The error page of last resort: no templates, no assets, no session.
enum PlainErrorPage {
    static func response(_ problem: Problem, _ context: some WebContext) -> Response {
        let html = HTMLWriter.build { html in
            html.raw("<!DOCTYPE html><html")
            html.attribute("lang", context.locale.rawValue)
            html.raw("><head><meta charset=\"utf-8\"><title>")
            html.text(problem.title)
            html.raw("</title></head><body><main><h1>")
            html.text(problem.title)
            html.raw("</h1>")
            if let detail = problem.detail { html.element("p", text: detail) }
            html.element("p", text: "\(problem.status.code) · \(context.requestID)")
            html.raw("<p><a href=\"/\">Omnify</a></p></main></body></html>")
        }
        let headers: HTTPFields = [.contentType: "text/html; charset=utf-8", .cacheControl: "no-store"]
        return Response(
            status: problem.status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: html.html)))
    }
}
