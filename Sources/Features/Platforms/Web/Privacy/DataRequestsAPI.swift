import Accounts
import Connectors
import Foundation
import Tenancy
import Vault
import Web

/// The register of people's rights for programs.
struct DataRequestsAPI: Sendable {
    let service: ConnectionsService

    func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let query = Query(request)
        let limit = try query.limit()
        let before = try TimeCursor.read(query, list: "data-requests")
        let rows = try await DataRequests(service).list(
            context.scope, state: try query.choice("state", DataRequest.State.self), before: before,
            limit: limit + 1)
        let last = rows.count > limit ? rows[limit - 1] : nil
        let next = last.map { TimeCursor.text(at: $0.receivedAt, id: $0.id, list: "data-requests") }
        let shown = rows.prefix(limit).map { DataRequestJSON(request: $0) }
        return .json(ListEnvelope(shown, page: PageInfo(limit: limit, nextCursor: next)))
    }

    func show(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.parameters.require("id")
        return .json(DataRequestJSON(request: try await DataRequests(service).get(context.scope, id)))
    }

    func complete(_ request: Request, _ context: APIContext) async throws -> Response {
        try await close(request, context, as: .completed)
    }

    func refuse(_ request: Request, _ context: APIContext) async throws -> Response {
        try await close(request, context, as: .refused)
    }

    private func close(
        _ request: Request, _ context: APIContext, as state: DataRequest.State
    ) async throws -> Response {
        let id = try context.parameters.require("id")
        let body = try await JSONBody.decode(NoteBody.self, request, context)
        let done = try await DataRequests(service).close(
            context.scope, id, as: state, note: body.note ?? "", requestID: context.requestID)
        return .json(DataRequestJSON(request: done))
    }
}

struct NoteBody: Decodable, Sendable {
    var note: String?
}

struct DataRequestJSON: JSONWritable {
    let request: DataRequest

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", request.id)
            json.field("kind", request.kind.rawValue)
            json.field("state", request.state.rawValue)
            json.field("platform", request.platform)
            json.field("connection_id", request.connectionID)
            json.field("source_event_id", request.sourceEventID)
            json.field("subject_token", request.subjectToken)
            json.field("customer_id", request.customerID)
            json.field("received_at", request.receivedAt)
            json.field("due_at", request.dueAt)
            json.field("closed_at", request.closedAt)
            json.field("closed_by", request.closedBy)
            json.field("note", request.note)
        }
    }
}

/// What the OpenAPI document says about it.
enum DataRequestSchemas {
    private static let states = Schema.enumeration(DataRequest.State.allCases.map(\.rawValue))
    private static let row = Schema.ref(
        "DataRequest",
        .object([
            .init("id", .string), .init("kind", .enumeration(DataRequest.Kind.allCases.map(\.rawValue))),
            .init("state", states), .init("platform", .string), .init("connection_id", .string),
            .init("source_event_id", .string),
            .init("subject_token", .nullable(.string), "Null where it is about a whole account."),
            .init("customer_id", .nullable(.string)), .init("received_at", .dateTime),
            .init("due_at", .dateTime, "By the platform's own rule."), .init("closed_at", .nullable(.dateTime)),
            .init("closed_by", .nullable(.string)), .init("note", .nullable(.string)),
        ]))
    private static let note = APIBody(.object([.optional("note", .string)]), example: ["note": "Removed on 3 May."])

    static let list = APIOperation(
        id: "listDataRequests", summary: "What platforms passed on about people's rights, newest first.",
        parameters: APIParameter.paging + [APIParameter("state", states, "Only these.")],
        responses: [.list("Requests.", of: row)])
    static let show = APIOperation(
        id: "getDataRequest", summary: "One request.", responses: [.ok("The request.", row)])
    static let complete = APIOperation(
        id: "completeDataRequest", summary: "Says that it was done.", body: note,
        responses: [.ok("The request.", row)])
    static let refuse = APIOperation(
        id: "refuseDataRequest", summary: "Says that it is not done, and why.", body: note,
        responses: [.ok("The request.", row)])
}
