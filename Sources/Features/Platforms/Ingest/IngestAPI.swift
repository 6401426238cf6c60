import Accounts
import Tenancy
import Web

/// `POST /ingest/{type}`.
struct IngestAPI: Sendable {
    let ingest: Ingest
    /// Requests of one organization (product 01 §16: organization × route).
    let limiter = RateLimiter(name: "ingest", [RateLimit(300, per: .seconds(60))])

    func receive(_ request: Request, _ context: APIContext) async throws -> Response {
        guard let type = IngestType(rawValue: try context.parameters.require("type")) else { throw Problem.notFound() }
        try limiter.check(context.scope.organizationID, in: context)
        let body = try await IngestBody.read(request)
        let run = try await ingest.open(context.scope, type, requestID: context.requestID)
        var answer = IngestAnswer(type)
        do {
            try await body.forEachPortion { lines in
                answer.add(try await run.take(lines))
                try await ingest.hold(context.scope, run)
            }
        } catch {
            // What was stored before the stream broke off stays, and has to count.
            try await ingest.close(context.scope, run, answer, requestID: context.requestID)
            throw error
        }
        try await ingest.close(context.scope, run, answer, requestID: context.requestID)
        return .json(answer, status: .init(code: 207, reasonPhrase: "Multi-Status"))
    }
}
