import Accounts
import Web

extension WebhookAPI {
    private var endpoint: Schema {
        .object([
            SchemaField("id", .string), SchemaField("url", .string), SchemaField("events", .array(.string)),
            SchemaField("enabled", .boolean), .optional("description", .nullable(.string)),
            .optional("failing_since", .nullable(.dateTime)), .optional("created_at", .dateTime),
            .optional("secret", .string, "Only in the answer that made it."),
        ])
    }

    private var delivery: Schema {
        .object([
            SchemaField("id", .string), SchemaField("endpoint_id", .string), SchemaField("event", .string),
            SchemaField("state", .enumeration(WebhookDelivery.State.allCases.map(\.rawValue))),
            SchemaField("attempts", .integer), .optional("last_status", .nullable(.integer)),
            .optional("last_error", .nullable(.string)),
        ])
    }

    private var wish: APIBody {
        APIBody(
            .object([
                .optional("url", .string, "https; addresses within private networks are refused."),
                .optional("events", .array(.enumeration(WebhookEvent.allCases.map(\.rawValue)))),
                .optional("description", .string), .optional("enabled", .boolean),
            ]), example: ["url": "https://hooks.example.com/omnify", "events": ["eyes.published"]])
    }

    private func operation(
        _ id: String, _ summary: String, _ responses: [APIResponse], body: APIBody? = nil,
        _ parameters: [APIParameter] = []
    ) -> APIOperation {
        APIOperation(id: id, summary: summary, parameters: parameters, body: body, responses: responses)
    }

    var table: APITable<APIContext> { APITable("webhooks", endpointRoutes + deliveryRoutes) }

    private var endpointRoutes: [APIRoute<APIContext>] {
        let view = RouteAccess.needs("webhook:view")
        let manage = RouteAccess.needs("webhook:manage")
        return [
            APIRoute(
                .get, "webhooks", view,
                operation("listWebhooks", "Endpoints.", [.list("Endpoints.", of: endpoint)]), handler: list),
            APIRoute(
                .post, "webhooks", manage,
                operation(
                    "createWebhook", "A new endpoint.", [APIResponse(201, "With its secret.", endpoint)], body: wish),
                handler: create),
            APIRoute(
                .get, "webhooks/{id}", view, operation("getWebhook", "One endpoint.", [.ok("Endpoint.", endpoint)]),
                handler: show),
            APIRoute(
                .patch, "webhooks/{id}", manage,
                operation("changeWebhook", "Changes what is sent.", [.ok("Endpoint.", endpoint)], body: wish),
                handler: change),
            APIRoute(
                .delete, "webhooks/{id}", manage,
                operation("deleteWebhook", "Removes an endpoint.", [APIResponse(204, "Removed.")]), handler: remove),
            APIRoute(
                .post, "webhooks/{id}/test", manage,
                operation("testWebhook", "Sends webhook.test.", [APIResponse(202, "On its way.", delivery)]),
                handler: test),
            APIRoute(
                .post, "webhooks/{id}/rotate", manage,
                operation(
                    "rotateWebhook", "A new secret; the former signs beside it for a day.",
                    [.ok("With its secret.", endpoint)]), handler: rotate),
        ]
    }

    private var deliveryRoutes: [APIRoute<APIContext>] {
        [
            APIRoute(
                .get, "webhooks/deliveries", .needs("webhook:view"),
                operation(
                    "listWebhookDeliveries", "The latest messages and what became of them.",
                    [.list("Deliveries.", of: delivery)],
                    [
                        APIParameter("limit", .integer(minimum: 1, maximum: 100), "20 unless said."),
                        APIParameter("endpoint_id", .string, "Only to this endpoint."),
                        APIParameter(
                            "state", .enumeration(WebhookDelivery.State.allCases.map(\.rawValue)), "Only in this state."
                        ),
                    ]), handler: deliveries),
            APIRoute(
                .post, "webhooks/deliveries/{id}/resend", .needs("webhook:manage"),
                operation(
                    "resendWebhookDelivery", "Sends a message again.", [APIResponse(202, "On its way.", delivery)]),
                handler: resend),
        ]
    }
}
