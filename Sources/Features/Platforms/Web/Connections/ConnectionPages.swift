import Accounts
import Connectors
import Customers
import Foundation
import Records
import Tenancy
import Vault
import Web

/// The pages of connections: all of them with the gallery, and each by itself.
struct ConnectionPages: Sendable {
    let service: ConnectionsService
    let imports: Imports
    /// The origin that vendors send browsers back to.
    let publicURL: String

    func index(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let scope = context.scope
        let facts = ConnectionsPage.Facts(
            details: try await service.list(scope),
            files: try await imports.connections(in: scope).filter { $0.platform == Platform.csv.rawValue },
            offers: service.catalogue(), mayConnect: context.can(.integrationConnect),
            mayImport: context.can(.customerImport), mayManage: context.can(.integrationManage), base: context.path(""))
        return try await context.page(ConnectionsPage(facts, words(context)))
    }

    func show(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        try await context.page(ConnectionPage(try await frame(context)))
    }

    /// Status and progress while a sync works; the page is loaded again when it ends.
    func stream(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let first = try await frame(context)
        let (scope, service, id, base) = (context.scope, service, first.connection.id, first.base)
        return try context.events(request, needs: .integrationView) { sink in
            while true {
                let frame = ConnectionFrame(
                    detail: try await service.detail(scope, id), offer: first.offer, list: first.list,
                    words: ConnectionWords(words: first.words.words, now: service.clock.now()), may: first.may)
                guard frame.isMoving else { return try await sink.send(ServerEvent(event: "done", data: base)) }
                let markup = StatusPart(frame: frame).html + SyncProgress(frame: frame).html
                try await sink.send(ServerEvent(event: "fragment", data: markup.html))
                try await Task.sleep(for: .milliseconds(700))
            }
        }
    }

    func sync(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        try await act(context, "connections.flash.sync") { id in
            try await service.syncNow(context.scope, id, requestID: context.requestID)
        }
    }

    func pause(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        try await act(context, "connections.flash.paused") { id in
            try await service.pause(context.scope, id, requestID: context.requestID)
        }
    }

    func resume(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        try await act(context, "connections.flash.resumed") { id in
            try await service.resume(context.scope, id, requestID: context.requestID)
        }
    }

    func rebuild(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        try await act(context, "connections.flash.rebuild") { id in
            try await service.rebuild(context.scope, id, requestID: context.requestID)
        }
    }

    func consent(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let form = ConsentForm(try await Form.read(request))
        return try await act(context, "connections.flash.consent") { id in
            _ = try await service.setConsentPolicy(context.scope, id, form.policy, requestID: context.requestID)
        }
    }

    /// Makes a new address for the vendor's messages; it is shown in this answer and never again.
    func webhook(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let id = try context.parameters.require("id")
        let path = try await service.webhookPath(context.scope, id, requestID: context.requestID)
        return try await context.page(
            ConnectionPage(try await frame(context), webhookAddress: publicURL + path), status: .created)
    }

    /// Has the vendor given another secret; the one before is good for a day more.
    func webhookSecret(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        try await act(context, "connections.flash.webhook_secret") { id in
            try await service.renewWebhookSecret(context.scope, id, requestID: context.requestID)
        }
    }

    func confirmDisconnect(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        try await context.page(DisconnectPage(try await frame(context)))
    }

    func disconnect(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let erases = try await Form.read(request)["data"] == "erase"
        let connection = try await service.get(context.scope, context.parameters.require("id"))
        try await service.disconnect(
            context.scope, connection.id, erasesData: erases, requestID: context.requestID)
        let key = erases ? "connections.flash.erased" : "connections.flash.disconnected"
        return try await context.redirect(
            to: context.path("/connections"), flash: Flash(.success, key, ["name": connection.label]))
    }

    // MARK: Shared

    func words(_ context: TenantPageContext) -> ConnectionWords {
        ConnectionWords(words: context.localizer, now: service.clock.now())
    }

    func offer(_ platform: String) throws -> PlatformOffer {
        guard let offer = service.catalogue().first(where: { $0.platform == platform }) else {
            throw ConnectionError.unknownPlatform
        }
        return offer
    }

    func frame(_ context: TenantPageContext) async throws -> ConnectionFrame {
        let detail = try await service.detail(context.scope, context.parameters.require("id"))
        return ConnectionFrame(
            detail: detail, offer: try offer(detail.connection.platform), list: context.path("/connections"),
            words: words(context),
            may: .init(
                manage: context.can(.integrationManage), disconnect: context.can(.integrationDisconnect),
                editConsent: context.can(.consentEdit), propose: context.can(.actionPropose)),
            news: try await service.webhookNews(context.scope, detail.connection),
            aside: try await service.quarantined(context.scope, connectionID: detail.connection.id, limit: 50),
            retold: try await CustomerFigures(context.scope, service.database).retoldOrders(of: detail.connection.id))
    }

    /// Does it and goes back to the connection, with a message there.
    private func act(
        _ context: TenantPageContext, _ flash: String, _ body: (String) async throws -> Void
    ) async throws -> Response {
        let id = try context.parameters.require("id")
        let label = try await service.get(context.scope, id).label
        do {
            try await body(id)
        } catch ConnectionError.unsupported {
            return try await context.redirect(
                to: context.path("/connections/\(id)"), flash: Flash(.warning, "connections.flash.not_now"))
        } catch ConnectionError.invalidField {
            return try await context.redirect(
                to: context.path("/connections/\(id)"), flash: Flash(.error, "connections.flash.invalid"))
        }
        return try await context.redirect(
            to: context.path("/connections/\(id)"), flash: Flash(.success, flash, ["name": label]))
    }
}
