import Accounts
import BSON
import Foundation
import Tenancy
import Vault
import Web

/// Alerts for programs.
struct AlertsAPI: Sendable {
    let service: AlertsService

    func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let query = Query(request)
        let limit = try query.limit()
        let choice = AlertFilter(
            state: try query.choice("state", AlertRecord.State.self),
            severity: try query.choice("severity", AlertSeverity.self), kind: query["kind"])
        let after = try query.cursor(for: "alerts").flatMap { AlertPlace($0) }
        let rows = try await service.list(context.scope, choice, after: after, limit: limit + 1)
        let next = rows.count > limit ? AlertPlace(rows[limit - 1]).cursor : nil
        return .json(
            ListEnvelope(rows.prefix(limit).map { resource($0) }, page: PageInfo(limit: limit, nextCursor: next)))
    }

    func show(_ request: Request, _ context: APIContext) async throws -> Response {
        .json(resource(try await service.get(context.scope, context.parameters.require("id"))))
    }

    func acknowledge(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.parameters.require("id")
        return .json(
            resource(try await service.acknowledge(context.scope, id, requestID: context.requestID)))
    }

    func resolve(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.parameters.require("id")
        return .json(resource(try await service.resolve(context.scope, id, requestID: context.requestID)))
    }

    func mute(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.parameters.require("id")
        _ = try await service.get(context.scope, id)
        let body = try await JSONBody.decode(MuteBody.self, request, context)
        let now = service.clock.now()
        guard body.until > now, body.until < now.addingTimeInterval(MuteBody.longest) else {
            throw Problem.validation([
                .init(field: "until", code: "range", message: "Must be within the next 90 days.")
            ])
        }
        return .json(
            resource(try await service.mute(context.scope, id, until: body.until, requestID: context.requestID)))
    }

    private func resource(_ alert: AlertRecord) -> AlertJSON {
        AlertJSON(alert: alert, words: AlertWords(alert, service.words(.en, .utc)))
    }
}

struct MuteBody: Decodable, Sendable {
    static let longest: TimeInterval = 90 * 86_400

    var until: Date
}

/// Which alerts are meant.
struct AlertFilter: Sendable {
    /// Nil: all.
    var state: AlertRecord.State?
    var severity: AlertSeverity?
    var kind: String?
    /// Only those that are not over.
    var isOpen = false

    var filter: Filter {
        var filters: [Filter] = []
        if let state { filters.append(.eq("state", .string(state.rawValue))) }
        if let severity { filters.append(.eq("severity", .string(severity.rawValue))) }
        if let kind { filters.append(.eq("kind", .string(kind))) }
        if isOpen { filters.append(.eq("is_open", true)) }
        return .and(filters)
    }
}

/// A place in the list, newest first.
struct AlertPlace: Sendable {
    let openedAt: Date
    let id: String

    init(_ alert: AlertRecord) {
        openedAt = alert.openedAt
        id = alert.id
    }

    init?(_ cursor: JSONValue) {
        guard let at = cursor["at"]?.int64Value, let id = cursor["id"]?.stringValue else { return nil }
        openedAt = Date(timeIntervalSince1970: Double(at) / 1000)
        self.id = id
    }

    var cursor: String {
        Cursor.encode(
            ["at": .int(Int64((openedAt.timeIntervalSince1970 * 1000).rounded())), "id": .string(id)], for: "alerts")
    }

    var rest: Filter {
        .or([
            .lt("opened_at", .date(openedAt)),
            .and([.eq("opened_at", .date(openedAt)), .lt("_id", .string(id))]),
        ])
    }
}

extension AlertsService {
    /// Newest first.
    func list(_ scope: TenantScope, _ choice: AlertFilter, after: AlertPlace?, limit: Int) async throws
        -> [AlertRecord]
    {
        try await rows(scope).find(
            .and([choice.filter, after?.rest ?? .all]), sort: [.descending("opened_at"), .descending("_id")],
            limit: limit)
    }
}

/// An alert as the API shows it; words in English.
struct AlertJSON: JSONWritable {
    let alert: AlertRecord
    let words: AlertWords

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", alert.id)
            json.field("kind", alert.kind)
            json.field("severity", alert.severity.rawValue)
            json.field("state", alert.state.rawValue)
            json.object("subject") { json in
                json.field("type", alert.subject.type)
                json.field("id", alert.subject.id)
                json.field("label", alert.subject.label)
            }
            json.field("title", words.title)
            json.field("text", words.text)
            json.field("step", words.step)
            json.field("occurrences", alert.occurrences)
            json.field("mails", alert.mails)
            json.field("opened_at", alert.openedAt)
            json.field("last_seen_at", alert.lastSeenAt)
            json.field("acknowledged_at", alert.acknowledgedAt)
            json.field("acknowledged_by", alert.acknowledgedBy)
            json.field("resolved_at", alert.resolvedAt)
            json.field("resolved_by", alert.resolvedBy)
            json.field("muted_until", alert.mutedUntil)
        }
    }
}
