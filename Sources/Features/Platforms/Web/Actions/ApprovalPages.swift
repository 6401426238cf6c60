import Accounts
import Connectors
import Foundation
import Records
import Tenancy
import Vault
import Web

/// Proposing at a connection; the list of approvals and each by itself.
struct ApprovalPages: Sendable {
    let service: ConnectionsService

    private func words(_ context: TenantPageContext) -> ApprovalWords {
        ApprovalWords(words: context.localizer, now: service.clock.now())
    }

    func index(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let query = Query(request)
        let state = try query.choice("state", Approval.State.self)
        let place = try query.cursor(for: "actions")
        let before = place.flatMap { place -> (at: Date, id: String)? in
            guard let at = place["at"]?.int64Value, let id = place["id"]?.stringValue else { return nil }
            return (Date(timeIntervalSince1970: Double(at) / 1000), id)
        }
        let rows = try await service.approvals(
            context.scope, states: state.map { [$0] } ?? [], before: before, limit: ApprovalsPage.rowsPerPage + 1)
        let now = service.clock.now()
        let waiting = try await service.approvals(context.scope, states: [.proposed], limit: 100)
            .count { !$0.isExpired(at: now) }
        let shown = Array(rows.prefix(ApprovalsPage.rowsPerPage))
        let facts = ApprovalsPage.Facts(
            rows: shown, state: state, waiting: waiting,
            next: rows.count > shown.count ? shown.last.map(ActionsAPI.cursor) : nil,
            path: context.path("/approvals"), words: words(context))
        return try await context.page(ApprovalsPage(facts))
    }

    func show(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let approval = try await service.approval(context.scope, context.parameters.require("id"))
        let may = ApprovalPage.Rights(
            approve: context.can(.actionApprove), execute: context.can(.actionExecute), reader: context.scope.userID)
        return try await context.page(
            ApprovalPage(
                approval, list: context.path("/approvals"),
                connection: context.path("/connections/\(approval.connectionID)"), may: may, words(context)))
    }

    func approve(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let form = try await Form.read(request)
        let comment = try ActionsAPI.words(form["comment"], "comment")
        return try await act(context, "approvals.flash.approved") { id in
            _ = try await service.approve(
                context.scope, id, planHash: form["plan_hash"], comment: comment, requestID: context.requestID)
        }
    }

    func reject(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let comment = try ActionsAPI.words(try await Form.read(request)["comment"], "comment")
        return try await act(context, "approvals.flash.rejected") { id in
            _ = try await service.reject(context.scope, id, comment: comment, requestID: context.requestID)
        }
    }

    func execute(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let hash = try await Form.read(request)["plan_hash"]
        return try await act(context, "approvals.flash.started") { id in
            _ = try await service.execute(context.scope, id, planHash: hash, requestID: context.requestID)
        }
    }

    /// Does it and goes back to the approval, with what came of it, also a refusal.
    private func act(
        _ context: TenantPageContext, _ flash: String, _ body: (String) async throws -> Void
    ) async throws -> Response {
        let id = try context.parameters.require("id")
        let page = context.path("/approvals/\(id)")
        do {
            try await body(id)
        } catch ActionError.refused(let refusal) {
            return try await context.redirect(
                to: page, flash: Flash(.error, "approvals.refused.\(refusal.rawValue)"))
        }
        return try await context.redirect(to: page, flash: Flash(.success, flash))
    }

    // MARK: At a connection

    func preview(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let query = Query(request)
        return try await workOut(ActionForm { query[$0] }, context)
    }

    func propose(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let sent = try await Form.read(request)
        let form = ActionForm { sent.has($0) ? sent[$0] : nil }
        let id = try context.parameters.require("id")
        let reason = try ActionsAPI.words(sent["reason"], "reason")
        let connection = try await service.get(context.scope, id)
        do {
            guard let command = try form.command(currency: connection.accountCurrency) else {
                throw ActionError.invalid("type")
            }
            let approval = try await service.propose(
                context.scope, id, command, reason: reason, requestID: context.requestID)
            return try await context.redirect(
                to: context.path("/approvals/\(approval.id)"), flash: Flash(.success, "approvals.flash.proposed"))
        } catch is ActionError {
            // The page says why, with what was filled in.
            return try await workOut(form, context)
        }
    }

    private func workOut(_ form: ActionForm, _ context: TenantPageContext) async throws -> Response {
        let frame = try await frame(context)
        let kinds = try await service.actionKinds(context.scope, frame.connection.id)
        func page(_ outcome: ActionPage.Outcome, _ status: HTTPResponse.Status = .ok) async throws -> Response {
            let page = ActionPage(frame, kinds: kinds, form, outcome) { kind, field in
                service.actionOptions(frame.connection.platform, kind, field)
            }
            return try await context.page(page, status: status)
        }
        guard form.isFilled else { return try await page(.nothing) }
        do {
            guard let command = try form.command(currency: frame.connection.accountCurrency) else {
                return try await page(.nothing)
            }
            let run = try await service.dryRun(
                context.scope, frame.connection.id, command, requestID: context.requestID)
            return try await page(.run(run))
        } catch ActionError.invalid(let field) {
            return try await page(.invalid(field: field), .unprocessableContent)
        } catch let error as ActionError {
            return try await page(.refused(words(context).refusal(error.refusalCode)), .conflict)
        } catch ConnectionError.refused(_, let message) {
            let l = context.localizer
            let said = message.isEmpty ? "" : " " + l.t("approvals.said", ["text": message])
            return try await page(.refused(l.t("approvals.outcome.vendor") + said), .unprocessableContent)
        } catch ConnectionError.unreachable {
            return try await page(.refused(context.localizer.t("approvals.outcome.unreachable")), .serviceUnavailable)
        }
    }

    private func frame(_ context: TenantPageContext) async throws -> ConnectionFrame {
        let detail = try await service.detail(context.scope, context.parameters.require("id"))
        guard let offer = service.catalogue().first(where: { $0.platform == detail.connection.platform }) else {
            throw ConnectionError.unknownPlatform
        }
        return ConnectionFrame(
            detail: detail, offer: offer, list: context.path("/connections"),
            words: ConnectionWords(words: context.localizer, now: service.clock.now()), may: .init())
    }
}

extension ActionError {
    fileprivate var refusalCode: String {
        if case .refused(let refusal) = self { refusal.rawValue } else { "unsupported" }
    }
}
