import Foundation
import Records
import Vault
import Web

/// Errors, webhooks, the way out, and actions.
extension SquareConnector {
    public func fault(in response: VendorResponse) -> VendorFault? {
        let error = response.json.at("errors.0")
        let message = error?.at("detail")?.text ?? response.json.at("message")?.text ?? response.excerpt
        switch error?.at("code")?.text {
        case "ACCESS_TOKEN_REVOKED": return .actionRequired(.reconnect, message: message)
        case "INSUFFICIENT_SCOPES": return .actionRequired(.addScope, message: message)
        case "RATE_LIMITED": return .rateLimited(wait: response.retryAfter, policy: "RATE_LIMITED")
        default: return .standard(response, message: message)
        }
    }

    public func revocation(_ credentials: Credentials, _ settings: PlatformSettings) -> VendorRequest? {
        guard let token = credentials.accessToken, let id = settings.clientID, let secret = settings.clientSecret
        else { return nil }
        return VendorRequest(
            .post, "", base: "revoke", headers: ["Authorization": "Client \(secret.reveal())"],
            body: .json(["client_id": .string(id), "access_token": .string(token)]), isSigned: false)
    }

    // MARK: Webhooks

    public var webhooks: WebhookScheme? {
        WebhookScheme(
            .hmac(header: "x-square-hmacsha256-signature", .base64, message: [.url, .body]),
            secret: .connectionField("webhook_secret"))
    }

    public func events(in delivery: WebhookDelivery) throws -> [WebhookEvent] {
        let body = delivery.json
        guard let id = body.at("event_id")?.text, let type = body.at("type")?.text else {
            throw MappingProblem("event_id")
        }
        return [
            WebhookEvent(
                id: id, topic: type, Self.meaning(type, body), account: body.at("merchant_id")?.text.map { .id($0) })
        ]
    }

    private static func meaning(_ type: String, _ body: JSONValue) -> WebhookEvent.Meaning {
        switch type {
        case "customer.deleted": .deleted(Deletion(.customer, body.at("data.id")?.text ?? ""))
        case "oauth.authorization.revoked": .revoked
        case "catalog.version.updated": .changed(streams: ["products"])
        case _ where type.hasPrefix("customer."): .changed(streams: ["customers"])
        // The body holds an id and a version only.
        case _ where type.hasPrefix("order."): .changed(streams: ["orders"])
        case _ where type.hasPrefix("payment."): .changed(streams: ["payments"])
        case _ where type.hasPrefix("refund."): .changed(streams: ["refunds", "orders"])
        case _ where type.hasPrefix("subscription."): .changed(streams: ["subscriptions"])
        default: .ignored
        }
    }

    // MARK: Actions

    public func request(
        for action: PlatformAction, fields: [String: String], settings: PlatformSettings
    ) -> VendorRequest? {
        func part(_ text: String) -> String { PercentCoding.encode(text) }
        switch action {
        case .addToList(let group, let ids):
            guard ids.count == 1 else { return nil }
            return VendorRequest(.put, "/v2/customers/\(part(ids[0]))/groups/\(part(group))", endpoint: "write")
        case .removeFromList(let group, let ids):
            guard ids.count == 1 else { return nil }
            return VendorRequest(.delete, "/v2/customers/\(part(ids[0]))/groups/\(part(group))", endpoint: "write")
        case .setStatus("subscription", let id, let active):
            return .post("/v2/subscriptions/\(part(id))/\(active ? "resume" : "pause")", [:], endpoint: "write")
        case .cancelSubscription(let id, true):
            return .post("/v2/subscriptions/\(part(id))/cancel", [:], endpoint: "write")
        default: return nil
        }
    }
}
