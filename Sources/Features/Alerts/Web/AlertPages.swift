import Accounts
import Foundation
import Mail
import Tenancy
import Vault
import Web

/// The list of alerts, and each by itself with what can be done about it.
struct AlertPages: Sendable {
    static let shown = 100
    static let muteHours = [1, 8, 24, 168]

    let service: AlertsService

    func index(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let isHistory = Query(request)["state"] == "all"
        let rows = try await service.list(
            context.scope, AlertFilter(isOpen: !isHistory), after: nil, limit: Self.shown)
        let facts = AlertsPage.Facts(
            rows: rows, isHistory: isHistory, base: context.path("/alerts"),
            mail: try await service.outbox.status(partition: context.scope.organizationID),
            now: service.clock.now())
        return try await context.page(AlertsPage(facts, context.localizer))
    }

    func show(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let alert = try await service.get(context.scope, context.parameters.require("id"))
        return try await context.page(
            AlertPage(
                alert, home: context.path(""), mayManage: context.can(.alertManage), now: service.clock.now(),
                context.localizer))
    }

    func acknowledge(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        try await act(context, "alerts.flash.acknowledged") { id in
            try await service.acknowledge(context.scope, id, requestID: context.requestID)
        }
    }

    func resolve(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        try await act(context, "alerts.flash.resolved") { id in
            try await service.resolve(context.scope, id, requestID: context.requestID)
        }
    }

    func mute(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let hours = Int(try await Form.read(request).trimmed("hours")).flatMap {
            Self.muteHours.contains($0) ? $0 : nil
        }
        guard let hours else { throw Problem.badRequest("hours", "This is none of the offered times.") }
        let until = service.clock.now().addingTimeInterval(Double(hours) * 3600)
        return try await act(context, "alerts.flash.muted") { id in
            try await service.mute(context.scope, id, until: until, requestID: context.requestID)
        }
    }

    private func act(
        _ context: TenantPageContext, _ flash: String, _ body: (String) async throws -> AlertRecord
    ) async throws -> Response {
        let id = try context.parameters.require("id")
        do {
            let alert = try await body(id)
            return try await context.redirect(
                to: context.path("/alerts"),
                flash: Flash(.success, flash, ["title": AlertWords(alert, context.localizer).title]))
        } catch let problem as Problem where problem.status == .conflict {
            return try await context.redirect(
                to: context.path("/alerts/\(id)"), flash: Flash(.warning, "alerts.flash.not_now"))
        }
    }
}
