import Accounts
import Connectors
import Foundation
import Vault
import Web

/// The API over actions at platforms: dry run, proposal, approval, execution.
struct ActionsAPI: Sendable {
    let service: ConnectionsService

    func preview(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.parameters.require("id")
        let body = try await JSONBody.decode(PreviewBody.self, request, context)
        return .json(
            ActionDryRunJSON(
                run: try await service.dryRun(context.scope, id, body.action, requestID: context.requestID)))
    }

    func propose(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.parameters.require("id")
        let body = try await JSONBody.decode(ProposeBody.self, request, context)
        let approval = try await service.propose(
            context.scope, id, body.action, reason: try Self.words(body.reason, "reason"),
            requestID: context.requestID)
        return json(approval, status: .created, headers: [.location: "/api/v1/actions/\(approval.id)"])
    }

    func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let query = Query(request)
        let limit = try query.limit()
        let state = try query.choice("state", Approval.State.self)
        let place = try query.cursor(for: "actions")
        let before = place.flatMap { place -> (at: Date, id: String)? in
            guard let at = place["at"]?.int64Value, let id = place["id"]?.stringValue else { return nil }
            return (Date(timeIntervalSince1970: Double(at) / 1000), id)
        }
        let rows = try await service.approvals(
            context.scope, states: state.map { [$0] } ?? [], connectionID: query["connection_id"], before: before,
            limit: limit + 1)
        let shown = Array(rows.prefix(limit))
        let next = rows.count > limit ? shown.last.map(Self.cursor) : nil
        let now = service.clock.now()
        return .json(
            ListEnvelope(
                shown.map { ApprovalJSON(approval: $0, now: now) }, page: PageInfo(limit: limit, nextCursor: next)))
    }

    static func cursor(_ approval: Approval) -> String {
        let at = Int64((approval.createdAt.timeIntervalSince1970 * 1000).rounded())
        return Cursor.encode(["at": .int(at), "id": .string(approval.id)], for: "actions")
    }

    func show(_ request: Request, _ context: APIContext) async throws -> Response {
        json(try await service.approval(context.scope, context.parameters.require("id")))
    }

    func approve(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await JSONBody.decode(ApproveBody.self, request, context)
        return json(
            try await service.approve(
                context.scope, context.parameters.require("id"), planHash: body.planHash,
                comment: try Self.words(body.comment, "comment"), requestID: context.requestID))
    }

    func reject(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await JSONBody.decode(RejectBody.self, request, context)
        return json(
            try await service.reject(
                context.scope, context.parameters.require("id"), comment: try Self.words(body.comment, "comment"),
                requestID: context.requestID))
    }

    func execute(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await JSONBody.decode(ExecuteBody.self, request, context)
        let approval = try await service.execute(
            context.scope, context.parameters.require("id"), planHash: body.planHash, requestID: context.requestID)
        return json(
            approval, status: .accepted,
            headers: approval.jobID.map { [.location: "/api/v1/jobs/\($0)"] } ?? [:])
    }

    private func json(
        _ approval: Approval, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) -> Response {
        .json(ApprovalJSON(approval: approval, now: service.clock.now()), status: status, headers: headers)
    }

    /// A person's own words, of a length that can be shown.
    static func words(_ text: String?, _ field: String) throws -> String? {
        guard let text = text?.trimmingCharacters(in: .whitespacesAndNewlines), !text.isEmpty else { return nil }
        guard text.count <= 500 else {
            throw Problem.validation([.init(field: field, code: "too_long", message: "At most 500 characters.")])
        }
        return text
    }
}
