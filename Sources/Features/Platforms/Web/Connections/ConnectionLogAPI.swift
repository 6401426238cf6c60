import Accounts
import Connectors
import Foundation
import Jobs
import Web

/// The API over readings and over what platforms reported.
struct ConnectionLogAPI: Sendable {
    let service: ConnectionsService

    func runs(_ request: Request, _ context: APIContext) async throws -> Response {
        let query = Query(request)
        let limit = try query.limit()
        let state = try query.choice("state", RunState.self)
        let choice = RunQuery(connectionID: query["connection_id"], stream: query["stream"], state: state?.rawValue)
        let rows = try await service.runs(
            context.scope, choice, after: try Self.place(query, "sync_runs"), limit: limit + 1)
        let next = rows.count > limit ? Self.cursor(rows[limit - 1].startedAt, rows[limit - 1].id, "sync_runs") : nil
        return .json(
            ListEnvelope(rows.prefix(limit).map(SyncRunJSON.init), page: PageInfo(limit: limit, nextCursor: next)))
    }

    func run(_ request: Request, _ context: APIContext) async throws -> Response {
        .json(SyncRunJSON(try await service.run(context.scope, context.parameters.require("id"))))
    }

    func cancel(_ request: Request, _ context: APIContext) async throws -> Response {
        let job = try await service.cancelRun(
            context.scope, context.parameters.require("id"), requestID: context.requestID)
        return .json(status: .accepted, headers: [.location: "/api/v1/jobs/\(job.id)"]) { json in
            json.object { json in
                json.field("job_id", job.id)
                json.field("state", job.state.rawValue)
            }
        }
    }

    func syncAll(_ request: Request, _ context: APIContext) async throws -> Response {
        let started = try await service.syncAll(context.scope, requestID: context.requestID)
        return .json(status: .accepted) { json in
            json.object { json in
                json.array("data") { json in
                    for entry in started {
                        json.object { json in
                            json.field("connection_id", entry.connectionID)
                            json.field("job_id", entry.job.id)
                            json.field("state", entry.job.state.rawValue)
                        }
                    }
                }
            }
        }
    }

    func events(_ request: Request, _ context: APIContext) async throws -> Response {
        let query = Query(request)
        let limit = try query.limit()
        let rows = try await service.webhookEvents(
            context.scope, connectionID: query["connection_id"],
            status: try query.choice("status", WebhookState.self)?.rawValue,
            after: try Self.place(query, "webhook_events"), limit: limit + 1)
        let next =
            rows.count > limit ? Self.cursor(rows[limit - 1].receivedAt, rows[limit - 1].id, "webhook_events") : nil
        return .json(
            ListEnvelope(
                rows.prefix(limit).map { WebhookEventJSON(row: $0) }, page: PageInfo(limit: limit, nextCursor: next)))
    }

    func event(_ request: Request, _ context: APIContext) async throws -> Response {
        .json(WebhookEventJSON(row: try await service.webhookEvent(context.scope, context.parameters.require("id"))))
    }

    private static func place(_ query: Query, _ list: String) throws -> LogPlace? {
        guard let cursor = try query.cursor(for: list), let at = cursor["at"]?.int64Value,
            let id = cursor["id"]?.stringValue
        else { return nil }
        return LogPlace(at: Date(timeIntervalSince1970: Double(at) / 1000), id: id)
    }

    private static func cursor(_ at: Date, _ id: String, _ list: String) -> String {
        Cursor.encode(
            ["at": .int(Int64((at.timeIntervalSince1970 * 1000).rounded())), "id": .string(id)], for: list)
    }
}

/// How a reading stands.
enum RunState: String, CaseIterable { case running, finished, failed, waiting }

/// How far the work on a report is.
enum WebhookState: String, CaseIterable { case queued, done, ignored }

/// What a platform reported, without what it was about.
struct WebhookEventJSON: JSONWritable {
    let row: WebhookEventRow

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", row.id)
            json.field("connection_id", row.connectionID)
            json.field("platform", row.platform)
            json.field("vendor_event_id", row.vendorEventID)
            json.field("topic", row.topic)
            json.field("signature_ok", row.signatureOK)
            json.field("status", row.status)
            json.field("received_at", row.receivedAt)
            json.field("expires_at", row.expiresAt)
        }
    }
}
