import Accounts
import BSON
import Foundation
import Tenancy
import Web

/// Outgoing webhooks over JSON (08 §4).
struct WebhookAPI: Sendable {
    let webhooks: EyesWebhooks

    struct Body: Decodable, Sendable {
        var url: String?
        var events: [String]?
        var description: String?
        var enabled: Bool?
    }

    @Sendable func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let found = try await webhooks.endpoints(context.scope).find(sort: [.ascending("created_at")], limit: 100)
        return .json { json in
            json.object { json in
                json.array("data", found) { json, endpoint in EndpointResource(endpoint: endpoint).write(to: &json) }
                EyesAPI.page(&json, limit: 100, total: found.count, next: nil)
            }
        }
    }

    @Sendable func create(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await JSONBody.decode(Body.self, request, context)
        let wish = EyesWebhooks.Wish(
            url: body.url ?? "", events: body.events ?? [], description: body.description,
            enabled: body.enabled ?? true)
        let made = try await webhooks.create(context.scope, wish, requestID: context.requestID)
        return .json(
            EndpointResource(endpoint: made.endpoint, secret: made.secret), status: .created,
            headers: [.location: "/api/v1/webhooks/\(made.endpoint.id)"])
    }

    @Sendable func show(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.parameters.require("id")
        guard let endpoint = try await webhooks.endpoints(context.scope).get(id: id) else { throw Problem.notFound() }
        return .json(EndpointResource(endpoint: endpoint))
    }

    @Sendable func change(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await JSONBody.decode(Body.self, request, context)
        let changed = try await webhooks.change(
            context.scope, try context.parameters.require("id"), requestID: context.requestID
        ) { wish in
            if let url = body.url { wish.url = url }
            if let events = body.events { wish.events = events }
            if let description = body.description { wish.description = description }
            if let enabled = body.enabled { wish.enabled = enabled }
        }
        return .json(EndpointResource(endpoint: changed))
    }

    @Sendable func remove(_ request: Request, _ context: APIContext) async throws -> Response {
        try await webhooks.remove(
            context.scope, try context.parameters.require("id"), requestID: context.requestID)
        return Response(status: .noContent)
    }

    @Sendable func rotate(_ request: Request, _ context: APIContext) async throws -> Response {
        let made = try await webhooks.rotate(
            context.scope, try context.parameters.require("id"), requestID: context.requestID)
        return .json(EndpointResource(endpoint: made.endpoint, secret: made.secret))
    }

    @Sendable func test(_ request: Request, _ context: APIContext) async throws -> Response {
        let sent = try await webhooks.test(context.scope, try context.parameters.require("id"))
        return .json(DeliveryResource(delivery: sent), status: .accepted)
    }

    @Sendable func resend(_ request: Request, _ context: APIContext) async throws -> Response {
        let sent = try await webhooks.resend(context.scope, try context.parameters.require("id"))
        return .json(DeliveryResource(delivery: sent), status: .accepted)
    }

    @Sendable func deliveries(_ request: Request, _ context: APIContext) async throws -> Response {
        let query = Query(request)
        let limit = try query.limit()
        var filters: [Filter] = []
        if let endpoint = query["endpoint_id"] { filters.append(.eq("endpoint_id", .string(endpoint))) }
        if let state = try query.choice("state", WebhookDelivery.State.self) {
            filters.append(.eq("state", .string(state.rawValue)))
        }
        let found = try await webhooks.deliveries(context.scope).find(
            filters.isEmpty ? .all : .and(filters), sort: [.descending("created_at"), .descending("_id")],
            limit: limit)
        return .json { json in
            json.object { json in
                json.array("data", found) { json, delivery in DeliveryResource(delivery: delivery).write(to: &json) }
                EyesAPI.page(&json, limit: limit, total: found.count, next: nil)
            }
        }
    }
}

/// An endpoint in JSON; its secret only where it was just made.
struct EndpointResource: JSONWritable {
    let endpoint: WebhookEndpoint
    var secret: String?

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", endpoint.id)
            json.field("url", endpoint.url)
            json.array("events", endpoint.events) { json, event in json.value(event) }
            json.field("description", endpoint.description)
            json.field("enabled", endpoint.enabled)
            json.field("failing_since", endpoint.failingSince)
            json.field("created_at", endpoint.createdAt)
            if let secret { json.field("secret", secret) }
        }
    }
}

/// A delivery in JSON.
struct DeliveryResource: JSONWritable {
    let delivery: WebhookDelivery

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", delivery.id)
            json.field("endpoint_id", delivery.endpointID)
            json.field("event", delivery.event)
            json.field("state", delivery.state.rawValue)
            json.field("attempts", delivery.attempts)
            json.field("last_status", delivery.lastStatus)
            json.field("last_error", delivery.lastError)
            json.field("created_at", delivery.createdAt)
            json.field("delivered_at", delivery.deliveredAt)
        }
    }
}
