import BSON
import FoundationEssentials
import Tenancy
import Web

/// The log over the API.
struct AuditAPI<Context: WebContext & TenantRequestContext>: Sendable {
    let routes: AuditRoutes

    func list(_ request: Request, _ context: Context) async throws -> Response {
        let parameters = Query(request)
        var query = AuditQuery()
        query.events = try parameters.choice("event", AuditEvent.self).map { [$0] } ?? []
        query.results = try parameters.choice("result", AuditResult.self).map { [$0] } ?? []
        query.actorID = parameters["actor_id"]
        query.resourceType = parameters["resource_type"]
        query.resourceID = parameters["resource_id"]
        query.action = parameters["action"]
        query.requestID = parameters["request_id"]
        query.from = try parameters.date("created_from")
        query.until = try parameters.date("created_to")
        let limit = try parameters.limit()
        let before = try parameters.cursor(for: "audit")?["seq"]?.int64Value.map { Int($0) }
        let found = try await routes.log.search(context.scope, query, before: before, limit: limit)
        let next = found.next.map { Cursor.encode(["seq": .int(Int64($0))], for: "audit") }
        return .json(
            ListEnvelope(found.records.map { AuditJSON(record: $0) }, page: PageInfo(limit: limit, nextCursor: next)))
    }

    func show(_ request: Request, _ context: Context) async throws -> Response {
        let id = try context.parameters.require("id")
        guard let record = try await routes.log.get(context.scope, id: id) else { throw Problem.notFound() }
        return .json(AuditJSON(record: record, isWhole: true))
    }

    func verify(_ request: Request, _ context: Context) async throws -> Response {
        let verdict = try await routes.log.verifyAndRecord(context.scope, requestID: context.requestID)
        return .json { json in
            json.object { json in
                json.field("intact", verdict.isIntact)
                json.field("rows_checked", verdict.rowsChecked)
                json.field("last_seq", verdict.head?.seq)
                json.field("last_hash", verdict.head?.hash)
                json.key("broken")
                guard let broken = verdict.broken else { return json.null() }
                json.object { json in
                    json.field("seq", broken.seq)
                    json.field("kind", broken.kind.rawValue)
                    json.field("in_details", broken.isInDetails)
                }
            }
        }
    }

    func export(_ request: Request, _ context: Context) async throws -> Response {
        try await routes.download(context.scope, requestID: context.requestID)
    }
}

/// A row as the API shows it.
struct AuditJSON: JSONWritable {
    let record: AuditRecord
    /// With readable details and the fields of the chain.
    var isWhole = false

    func write(to json: inout JSONWriter) {
        let row = record.row
        json.object { json in
            json.field("audit_id", row.id)
            json.field("seq", row.seq)
            json.field("ts", row.ts)
            json.field("event", row.event.rawValue)
            json.field("action", row.action)
            json.field("resource_type", row.resourceType)
            json.field("resource_id", row.resourceID)
            json.field("result", row.result.rawValue)
            json.field("actor_type", row.actorType)
            json.field("actor_id", row.actorID)
            json.field("actor_name", record.payload?.actorName)
            json.field("request_id", row.requestID)
            if isWhole { writeWhole(to: &json) }
        }
    }

    private func writeWhole(to json: inout JSONWriter) {
        let row = record.row
        json.field("address", record.payload?.address)
        json.field("user_agent", record.payload?.userAgent)
        write("details", record.payload?.details, to: &json)
        write("before", record.payload?.before, to: &json)
        write("after", record.payload?.after, to: &json)
        json.field("details_erased", record.payload == nil)
        json.field("retention_until", row.retentionUntil)
        json.field("payload_hash", row.payloadHash)
        json.field("prev_hash", row.prevHash)
        json.field("hash", row.hash)
    }

    private func write(_ name: String, _ document: BSONDocument?, to json: inout JSONWriter) {
        json.key(name)
        guard let document else { return json.null() }
        json.raw(String(decoding: CanonicalJSON.bytes(document), as: UTF8.self))
    }
}
