import Accounts
import Connectors
import Foundation
import Jobs
import Records
import Tenancy
import Vault
import Web

/// Data health and quarantine for programs.
struct HealthAPI: Sendable {
    let service: ConnectionsService

    func health(_ request: Request, _ context: APIContext) async throws -> Response {
        let sources = try await service.dataHealth(context.scope)
        return .json { json in
            json.object { json in
                json.field("as_of", service.clock.now())
                json.array("data", sources) { json, source in json.value(SourceHealthJSON(source: source)) }
            }
        }
    }

    func quarantine(_ request: Request, _ context: APIContext) async throws -> Response {
        let query = Query(request)
        let limit = try query.limit()
        let place = try query.cursor(for: "quarantine")
        let before = place?["at"]?.int64Value.flatMap { at in
            place?["id"]?.stringValue.map { (at: Date(timeIntervalSince1970: Double(at) / 1000), id: $0) }
        }
        let rows = try await service.quarantined(
            context.scope, connectionID: query["connection_id"], stream: query["stream"],
            ignored: try query.choice("state", QuarantineState.self) == .ignored, before: before, limit: limit + 1)
        let shown = rows.prefix(limit)
        let next =
            rows.count > limit
            ? shown.last.map {
                Cursor.encode(
                    [
                        "at": .int(Int64(($0.lastSeenAt.timeIntervalSince1970 * 1000).rounded())),
                        "id": .string($0.id),
                    ], for: "quarantine")
            } : nil
        return .json(
            ListEnvelope(shown.map(QuarantineJSON.init), page: PageInfo(limit: limit, nextCursor: next)))
    }

    func retry(_ request: Request, _ context: APIContext) async throws -> Response {
        let job = try await service.retryQuarantined(
            context.scope, context.parameters.require("id"), requestID: context.requestID)
        return .json(status: .accepted, headers: [.location: "/api/v1/jobs/\(job.id)"]) { json in
            json.object { json in
                json.field("job_id", job.id)
                json.field("state", job.state.rawValue)
            }
        }
    }
}

extension HealthAPI {
    func ignore(_ request: Request, _ context: APIContext) async throws -> Response {
        try await service.ignoreQuarantined(
            context.scope, context.parameters.require("id"), requestID: context.requestID)
        return Response(status: .noContent)
    }

    func restore(_ request: Request, _ context: APIContext) async throws -> Response {
        try await service.restoreQuarantined(
            context.scope, context.parameters.require("id"), requestID: context.requestID)
        return Response(status: .noContent)
    }
}

/// Whether a record waits for somebody, or was left aside for good.
enum QuarantineState: String, CaseIterable { case open, ignored }

/// A source with the parts of its health and its streams.
struct SourceHealthJSON: JSONWritable {
    let source: SourceHealth

    func write(to json: inout JSONWriter) {
        let (connection, parts) = (source.detail.connection, source.detail.healthParts)
        json.object { json in
            json.field("connection_id", connection.id)
            json.field("platform", connection.platform)
            json.field("label", connection.label)
            json.field("state", source.detail.status.state.rawValue)
            json.field("as_of", source.asOf)
            json.field("last_sync", connection.lastSync)
            json.field("quarantined", source.quarantined)
            json.field("health_score", parts.score)
            json.object("health_parts") { json in
                json.field("freshness", parts.freshness)
                json.field("success", parts.success)
                json.field("quota_headroom", parts.headroom)
                json.field("reconciliation", parts.reconciliation)
            }
            json.field("reconciled_at", connection.reconciledAt)
            json.field("unexplained_share", connection.unexplainedShare)
            json.array("streams", source.streams) { json, stream in write(stream, to: &json) }
        }
    }

    private func write(_ stream: StreamHealth, to json: inout JSONWriter) {
        json.object { json in
            json.field("stream", stream.stream)
            json.field("state", stream.state.rawValue)
            json.field("last_ok_at", stream.lastOkAt)
            json.field("as_of", stream.asOf)
            json.field("late_seconds", Int(stream.lateness))
            json.field("every_seconds", Int(stream.every))
            json.field("rows", stream.rows)
            json.field("quarantined", stream.quarantined)
            json.field("error", stream.errorCode)
            json.field("error_detail", stream.errorDetail)
        }
    }
}

/// A record that was put aside.
struct QuarantineJSON: JSONWritable {
    let row: QuarantinedRow

    init(_ row: QuarantinedRow) { self.row = row }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", row.id)
            json.field("connection_id", row.connectionID)
            json.field("platform", row.platform)
            json.field("stream", row.stream)
            json.field("external_id", row.externalID)
            json.field("field", row.field)
            json.field("reason", row.reason)
            json.field("raw_ref", row.rawID)
            json.field("run_id", row.runID)
            json.field("first_seen_at", row.firstSeenAt)
            json.field("last_seen_at", row.lastSeenAt)
            json.field("ignored_at", row.ignoredAt)
        }
    }
}

/// What the OpenAPI document says about data health and quarantine.
enum HealthSchemas {
    private static let stream = Schema.ref(
        "StreamHealth",
        .object([
            .init("stream", .string), .init("state", .enumeration(StreamHealth.State.allCases.map(\.rawValue))),
            .init("last_ok_at", .nullable(.dateTime)), .init("as_of", .nullable(.dateTime)),
            .init("late_seconds", .integer), .init("every_seconds", .integer), .init("rows", .integer),
            .init("quarantined", .integer), .init("error", .nullable(.string)),
            .init("error_detail", .nullable(.string)),
        ]))
    private static let source = Schema.ref(
        "SourceHealth",
        .object([
            .init("connection_id", .string), .init("platform", .string), .init("label", .string),
            .init("state", .enumeration(ConnectionState.allCases.map(\.rawValue))),
            .init("as_of", .nullable(.dateTime)), .init("last_sync", .nullable(.dateTime)),
            .init("quarantined", .integer), .init("health_score", .integer(minimum: 0, maximum: 100)),
            .init(
                "health_parts",
                .object([
                    .init("freshness", .integer(minimum: 0, maximum: 40)),
                    .init("success", .integer(minimum: 0, maximum: 30)),
                    .init("quota_headroom", .integer(minimum: 0, maximum: 20)),
                    .init("reconciliation", .integer(minimum: 0, maximum: 10)),
                ])),
            .init("reconciled_at", .nullable(.dateTime)), .init("unexplained_share", .nullable(.number)),
            .init("streams", .array(stream)),
        ]))
    private static let row = Schema.ref(
        "QuarantinedRecord",
        .object([
            .init("id", .string), .init("connection_id", .string), .init("platform", .string),
            .init("stream", .string), .init("external_id", .string), .init("field", .string),
            .init("reason", .string), .init("raw_ref", .nullable(.string)), .init("run_id", .string),
            .init("first_seen_at", .dateTime), .init("last_seen_at", .dateTime),
            .init("ignored_at", .nullable(.dateTime)),
        ]))

    static let health = APIOperation(
        id: "getDataHealth", summary: "How fresh and whole the data of every source and stream are.",
        responses: [
            APIResponse(
                200, "Sources.", .object([.init("as_of", .dateTime), .init("data", .array(source))]))
        ])
    static let quarantine = APIOperation(
        id: "listQuarantine", summary: "Records that could not be taken, with the reason.",
        parameters: APIParameter.paging + [
            APIParameter("connection_id", .string, "Only of this connection."),
            APIParameter("stream", .string, "Only of this stream."),
            APIParameter(
                "state", .enumeration(QuarantineState.allCases.map(\.rawValue)),
                "Those that wait for somebody, which is the standard, or those left aside for good."),
        ], responses: [.list("Records, latest first.", of: row)])
    static let retry = APIOperation(
        id: "retryQuarantined", summary: "Tries a record again from the page it is kept on.",
        responses: [APIResponse(202, "Started.", .object([.init("job_id", .string), .init("state", .string)]))])
    static let ignore = APIOperation(
        id: "ignoreQuarantined", summary: "Leaves a record aside for good: neither listed nor counted any more.",
        details: "A later state of it that can be taken is taken all the same.",
        responses: [APIResponse(204, "Left aside.")])
    static let restore = APIOperation(
        id: "restoreQuarantined", summary: "Lists an ignored record again.",
        responses: [APIResponse(204, "Listed again.")])
}
