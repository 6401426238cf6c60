import Accounts
import BSON
import Tenancy
import Web

/// The pages of outgoing webhooks, below the settings.
struct WebhookController: Sendable {
    let webhooks: EyesWebhooks

    static let shown = 50

    var routes: [PageRoute<TenantPageContext>] {
        let view = RouteAccess.needs("webhook:view")
        let manage = RouteAccess.needs("webhook:manage")
        return [
            .get("settings/webhooks", view, name: "webhooks.index", index),
            .post("settings/webhooks", manage, name: "webhooks.create", create),
            .post("settings/webhooks/deliveries/{id}/resend", manage, name: "webhooks.resend", resend),
            .get("settings/webhooks/{id}", view, name: "webhooks.show", show),
            .post("settings/webhooks/{id}", manage, name: "webhooks.change", change),
            .post("settings/webhooks/{id}/test", manage, name: "webhooks.test", test),
            .post("settings/webhooks/{id}/rotate", manage, name: "webhooks.rotate", rotate),
            .post("settings/webhooks/{id}/remove", manage, name: "webhooks.remove", remove),
        ]
    }

    private func base(_ context: TenantPageContext) -> String { context.path("/settings/webhooks") }

    private func pages(_ context: TenantPageContext) -> WebhookPages {
        WebhookPages(words: context.localizer, base: base(context), mayManage: context.can(.webhookManage))
    }

    private func endpoints(_ context: TenantPageContext) async throws -> [WebhookEndpoint] {
        try await webhooks.endpoints(context.scope).find(sort: [.ascending("created_at")], limit: WebhookEndpoint.most)
    }

    private func deliveries(_ context: TenantPageContext, to id: String? = nil) async throws -> [WebhookDelivery] {
        try await webhooks.deliveries(context.scope).find(
            id.map { .eq("endpoint_id", .string($0)) } ?? .all,
            sort: [.descending("created_at"), .descending("_id")], limit: Self.shown)
    }

    private func endpoint(_ context: TenantPageContext) async throws -> WebhookEndpoint {
        let id = try context.parameters.require("id")
        guard let found = try await webhooks.endpoints(context.scope).get(id: id) else { throw Problem.notFound() }
        return found
    }

    // MARK: All

    @Sendable func index(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        try await context.page(
            pages(context).list(try await endpoints(context), try await deliveries(context)))
    }

    /// The answer shows the secret, this once.
    @Sendable func create(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let form = WebhookForm(try await Form.read(request), isNew: true)
        do {
            let made = try await webhooks.create(context.scope, form.wish, requestID: context.requestID)
            return try await context.page(pages(context).show(made.endpoint, [], secret: made.secret))
        } catch let problem as WebhookProblem {
            return try await context.page(
                pages(context).list(
                    try await endpoints(context), try await deliveries(context), form: form, problem: problem),
                status: .unprocessableContent)
        }
    }

    // MARK: One

    @Sendable func show(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let endpoint = try await endpoint(context)
        return try await context.page(
            pages(context).show(endpoint, try await deliveries(context, to: endpoint.id)))
    }

    @Sendable func change(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let endpoint = try await endpoint(context)
        let form = WebhookForm(try await Form.read(request), isNew: false)
        do {
            _ = try await webhooks.change(context.scope, endpoint.id, requestID: context.requestID) { $0 = form.wish }
            return try await context.redirect(
                to: base(context) + "/" + endpoint.id, flash: Flash(.success, "webhooks.flash.changed"))
        } catch let problem as WebhookProblem {
            return try await context.page(
                pages(context).show(
                    endpoint, try await deliveries(context, to: endpoint.id), form: form, problem: problem),
                status: .unprocessableContent)
        }
    }

    @Sendable func rotate(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let id = try await endpoint(context).id
        let made = try await webhooks.rotate(context.scope, id, requestID: context.requestID)
        return try await context.page(
            pages(context).show(made.endpoint, try await deliveries(context, to: id), secret: made.secret))
    }

    @Sendable func test(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let id = try await endpoint(context).id
        _ = try await webhooks.test(context.scope, id)
        return try await context.redirect(
            to: base(context) + "/" + id, flash: Flash(.info, "webhooks.flash.tested"))
    }

    @Sendable func remove(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        try await webhooks.remove(context.scope, try await endpoint(context).id, requestID: context.requestID)
        return try await context.redirect(to: base(context), flash: Flash(.success, "webhooks.flash.removed"))
    }

    @Sendable func resend(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let sent = try await webhooks.resend(context.scope, try context.parameters.require("id"))
        return try await context.redirect(
            to: base(context) + "/" + sent.endpointID, flash: Flash(.info, "webhooks.flash.resent"))
    }
}
