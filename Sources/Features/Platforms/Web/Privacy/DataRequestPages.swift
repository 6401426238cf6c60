import Accounts
import Connectors
import Foundation
import Tenancy
import Vault
import Web

/// The register of what platforms passed on about people's rights: the list, and each by itself.
struct DataRequestPages: Sendable {
    static let shown = 100

    let service: ConnectionsService

    func index(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let isHistory = Query(request)["state"] == "all"
        let rows = try await DataRequests(service).list(
            context.scope, state: isHistory ? nil : .open, limit: Self.shown)
        let facts = DataRequestsPage.Facts(
            rows: rows, isHistory: isHistory, base: context.path("/privacy/requests"), names: names(),
            now: service.clock.now())
        return try await context.page(DataRequestsPage(facts, context.localizer))
    }

    func show(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let found = try await DataRequests(service).get(context.scope, context.parameters.require("id"))
        return try await show(found, context)
    }

    private func show(
        _ found: DataRequest, _ context: TenantPageContext, error: String? = nil
    ) async throws -> Response {
        let place = DataRequestPage.Place(
            home: context.path(""), name: names()[found.platform] ?? found.platform,
            mayManage: context.can(.privacyManage), maySeeCustomer: context.can(.customerView),
            now: service.clock.now(), error: error)
        return try await context.page(
            DataRequestPage(found, place, context.localizer), status: error == nil ? .ok : .unprocessableContent)
    }

    func complete(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        try await close(request, context, as: .completed)
    }

    func refuse(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        try await close(request, context, as: .refused)
    }

    private func close(
        _ request: Request, _ context: TenantPageContext, as state: DataRequest.State
    ) async throws -> Response {
        let id = try context.parameters.require("id")
        let note = try await Form.read(request)["note"]
        do {
            _ = try await DataRequests(service).close(
                context.scope, id, as: state, note: note, requestID: context.requestID)
        } catch ConnectionError.invalidField {
            let found = try await DataRequests(service).get(context.scope, id)
            return try await show(found, context, error: context.localizer.t("privacy.show.note_missing"))
        } catch ConnectionError.unsupported {
            return try await context.redirect(
                to: context.path("/privacy/requests/\(id)"), flash: Flash(.warning, "privacy.flash.closed_already"))
        }
        return try await context.redirect(
            to: context.path("/privacy/requests"), flash: Flash(.success, "privacy.flash.\(state.rawValue)"))
    }

    private func names() -> [String: String] {
        Dictionary(service.catalogue().map { ($0.platform, $0.name) }) { first, _ in first }
    }
}
