import Accounts
import Connectors
import Foundation
import Records
import Tenancy
import Web

/// Reconciliation for programs.
struct ReconciliationAPI: Sendable {
    let service: ReconciliationService

    func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let query = Query(request)
        let isFile = request.headers[.accept]?.contains("text/csv") == true
        let limit = isFile ? 5000 : try query.limit()
        let place = try query.cursor(for: "reconciliation")
        let before = place?["day"]?.stringValue.flatMap { day in place?["id"]?.stringValue.map { (day, $0) } }
        let days = try await service.list(
            context.scope, connectionID: query["source"], from: try day(query, "from"), to: try day(query, "to"),
            onlyOff: try query.flag("off") ?? false, before: before, limit: limit + 1)
        if isFile { return ReconciliationFile.days(days) }
        let shown = days.prefix(limit)
        let next =
            days.count > limit
            ? shown.last.map {
                Cursor.encode(
                    ["day": .string($0.day), "id": .string($0.connectionID)], for: "reconciliation")
            } : nil
        return .json(
            ListEnvelope(shown.map { DayJSON(day: $0, rows: nil) }, page: PageInfo(limit: limit, nextCursor: next)))
    }

    func show(_ request: Request, _ context: APIContext) async throws -> Response {
        let query = Query(request)
        let day = try await service.show(
            context.scope, source: context.parameters.require("source"), day: context.parameters.require("day"))
        let choice = ReconciliationDayPage.Choice(
            metric: try query.choice("metric", SummaryMetric.self), cause: try query.choice("cause", GapCause.self))
        let rows = choice.rows(of: day)
        if request.headers[.accept]?.contains("text/csv") == true { return ReconciliationFile.rows(rows, of: day) }
        return .json(DayJSON(day: day, rows: rows))
    }

    private func day(_ query: Query, _ name: String) throws -> Day? {
        guard let text = query[name] else { return nil }
        guard text.utf8.count == 10, VendorTime.parse(text + "T00:00:00Z") != nil else {
            throw Problem.badRequest("invalid_parameter", "\(name) is a day: YYYY-MM-DD.")
        }
        return text
    }
}

/// A day as the API shows it.
struct DayJSON: JSONWritable {
    let day: ReconciliationDay
    let rows: [GapRow]?

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("source", day.connectionID)
            json.field("platform", day.platform)
            json.field("day", day.day)
            json.field("time_zone", day.timeZone)
            json.field("currency", day.currency)
            json.field("as_of", day.sourceReadAt)
            json.field("own_as_of", day.ownAsOf)
            json.field("off", day.isOff)
            json.array("figures", day.figures) { json, figure in write(figure, to: &json) }
            if let rows { json.array("rows", rows) { json, row in write(row, to: &json) } }
        }
    }

    private func write(_ figure: ReconciliationDay.Figure, to json: inout JSONWriter) {
        json.object { json in
            json.field("metric", figure.metric.rawValue)
            json.field("ours", figure.ours)
            json.field("theirs", figure.theirs)
            json.field("gap", figure.gap)
            json.array("causes", figure.causes) { json, cause in
                json.object { json in
                    json.field("cause", cause.cause.rawValue)
                    json.field("amount", cause.amount)
                    json.field("rows", cause.rows)
                }
            }
            json.field("unexplained", figure.unexplained)
            json.field("unexplained_share", figure.share)
            json.field("target", GapSplit.target(figure.metric))
            json.field("off", figure.isOff)
        }
    }

    private func write(_ row: GapRow, to json: inout JSONWriter) {
        json.object { json in
            json.field("metric", row.metric.rawValue)
            json.field("cause", row.cause.rawValue)
            json.field("external_id", row.externalID)
            json.field("record_id", row.recordID.isEmpty ? nil : row.recordID)
            json.field("at", row.at)
            json.field("ours", row.oursMinor)
            json.field("theirs", row.theirsMinor)
            json.field("gap", row.amount)
        }
    }
}

/// What the OpenAPI document says about the reconciliation.
enum ReconciliationSchemas {
    private static let metric = Schema.enumeration(SummaryMetric.allCases.map(\.rawValue))
    private static let cause = Schema.enumeration(GapCause.allCases.map(\.rawValue))
    private static let figure = Schema.ref(
        "ReconciliationFigure",
        .object([
            .init("metric", metric), .init("ours", .integer, "In minor units, or a number of orders or people."),
            .init("theirs", .integer), .init("gap", .integer, "Ours less theirs."),
            .init(
                "causes",
                .array(.object([.init("cause", cause), .init("amount", .integer), .init("rows", .integer)]))),
            .init("unexplained", .integer, "With the causes it adds up to the gap."),
            .init("unexplained_share", .number), .init("target", .nullable(.number)), .init("off", .boolean),
        ]))
    private static let row = Schema.object([
        .init("metric", metric), .init("cause", cause), .init("external_id", .string),
        .init("record_id", .nullable(.string)), .init("at", .nullable(.dateTime)), .init("ours", .integer),
        .init("theirs", .integer), .init("gap", .integer),
    ])
    private static let day = Schema.ref(
        "ReconciliationDay",
        .object([
            .init("source", .string, "The connection."), .init("platform", .string), .init("day", .date),
            .init("time_zone", .string), .init("currency", .string), .init("as_of", .dateTime),
            .init("own_as_of", .nullable(.dateTime)), .init("off", .boolean), .init("figures", .array(figure)),
            .optional("rows", .array(row)),
        ]))

    static let list = APIOperation(
        id: "listReconciliation", summary: "Our figures against each source's own, by day, with the gap by cause.",
        details: "Accept: text/csv gives all days of the filter as a file.",
        parameters: APIParameter.paging + [
            APIParameter("source", .string, "Only this connection."), APIParameter("from", .date, "First day."),
            APIParameter("to", .date, "Last day."),
            APIParameter("off", .boolean, "Only days with more unexplained than is allowed."),
        ], responses: [.list("Days, newest first.", of: day)])
    static let show = APIOperation(
        id: "getReconciliationDay", summary: "One day of a source with the rows behind each cause.",
        details: "The source is a connection, or a platform of which there is one. Accept: text/csv gives the rows.",
        parameters: [
            APIParameter("metric", metric, "Only rows of this figure."),
            APIParameter("cause", cause, "Only rows of this cause."),
        ], responses: [APIResponse(200, "The day.", day)])
}
