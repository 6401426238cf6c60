import BSON

/// A handler without its parameter type.
struct AnyJobHandler: Sendable {
    let kind: String
    let run: @Sendable (JobContext) async throws -> Void

    init(_ handler: some JobHandler) { self = Self.erase(handler) }

    private init(kind: String, run: @escaping @Sendable (JobContext) async throws -> Void) {
        self.kind = kind
        self.run = run
    }

    private static func erase<Handler: JobHandler>(_ handler: Handler) -> AnyJobHandler {
        AnyJobHandler(kind: Handler.kind) { context in
            let parameters: Handler.Parameters
            do {
                parameters = try BSONDecoder().decode(Handler.Parameters.self, from: context.job.parameters)
            } catch {
                throw JobFailure(key: JobErrorKey.parameters)
            }
            try await handler.run(parameters, context)
        }
    }
}
