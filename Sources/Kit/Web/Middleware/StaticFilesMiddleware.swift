import Hummingbird

/// Answers requests for the files of `Public/` before any session or error code runs.
public struct StaticFilesMiddleware<Context: WebContext>: RouterMiddleware {
    private let files: StaticFiles

    public init(_ files: StaticFiles) { self.files = files }

    public func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        if let response = files.response(to: request) {
            context.coreContext.endpointPath.value = "/assets"
            return response
        }
        return try await next(request, context)
    }
}
