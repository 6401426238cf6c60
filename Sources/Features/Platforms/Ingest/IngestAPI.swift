import Accounts
import Customers
import Jobs
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
        var answer = IngestAnswer(type, id: run.source.importID)
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

    func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let query = Query(request)
        let limit = try query.limit()
        var rows = try await ingest.list(
            context.scope, before: try TimeCursor.read(query, list: "ingest_requests"), limit: limit + 1)
        let hasMore = rows.count > limit
        if hasMore { rows.removeLast() }
        let next =
            hasMore
            ? rows.last.map { TimeCursor.text(at: $0.createdAt, id: $0.id, list: "ingest_requests") } : nil
        return .json(ListEnvelope(rows.map(IngestRequestJSON.init), page: PageInfo(limit: limit, nextCursor: next)))
    }

    func show(_ request: Request, _ context: APIContext) async throws -> Response {
        .json(IngestRequestJSON(try await ingest.request(context.scope, context.parameters.require("id"))))
    }

    func undo(_ request: Request, _ context: APIContext) async throws -> Response {
        let (request, job) = try await ingest.startUndo(
            context.scope, context.parameters.require("id"), requestID: context.requestID)
        return .json(status: .accepted, headers: [.location: "/api/v1/jobs/\(job.id)"]) { json in
            json.object { json in
                json.field("job_id", job.id)
                json.field("request_id", request.id)
                json.field("state", request.state.rawValue)
            }
        }
    }
}

/// A request of a program as a row of the API.
struct IngestRequestJSON: JSONWritable {
    let row: IngestRequest

    init(_ row: IngestRequest) { self.row = row }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", row.id)
            json.field("type", row.type.rawValue)
            json.field("state", row.state.rawValue)
            json.field("connection_id", row.connectionID)
            json.field("received", row.counts.received)
            json.object("counts") { json in
                json.field("created", row.counts.created)
                json.field("updated", row.counts.updated)
                json.field("unchanged", row.counts.unchanged)
                json.field("superseded", row.counts.superseded)
                json.field("refused", row.counts.refused)
            }
            json.field("sent_by", row.sentBy)
            json.field("created_at", row.createdAt)
            json.field("finished_at", row.finishedAt)
            json.field("expires_at", row.expiresAt)
        }
    }
}
