import Foundation
import Records
import Vault
import Web

/// The webhook subscription of a Square application that was connected with its own token. Square makes the signature
/// key. Merchants who signed in over our application have our application's subscription.
extension SquareConnector {
    private static let path = "/v2/webhooks/subscriptions"

    private static let eventTypes = [
        "customer.created", "customer.updated", "customer.deleted", "order.created", "order.updated",
        "payment.created", "payment.updated", "refund.created", "refund.updated", "subscription.updated",
        "catalog.version.updated", "oauth.authorization.revoked",
    ]

    public var registrar: WebhookRegistrar? {
        WebhookRegistrar(
            methods: ["token"], secret: .vendors,
            ensure: { target, present, client in
                let all = try await Self.ours(target.address, client)
                let kept = all.first { present?.ids.contains($0.at("id")?.text ?? "") == true }
                if let kept, let id = kept.at("id")?.text, !target.isNewSecret {
                    if kept.at("enabled")?.flag == false {
                        let change: JSONValue = ["subscription": ["enabled": true]]
                        _ = try await client.send(
                            VendorRequest(.put, "\(Self.path)/\(id)", body: .json(change), endpoint: "write"))
                    }
                    return WebhookOpening(ids: [id])
                }
                let made = try await client.send(.post(Self.path, Self.body(target, client), endpoint: "write")).json
                guard let id = made.at("subscription.id")?.text,
                    let key = made.at("subscription.signature_key")?.text
                else { throw VendorFault.schema(field: "signature_key", message: "The subscription has no key.") }
                try await Self.remove(all, client)
                return WebhookOpening(ids: [id], secret: SecretValue(key))
            },
            close: { target, _, client in
                try await Self.remove(try await Self.ours(target.address, client), client)
                return false
            })
    }

    public func webhookWay(method: String?) -> WebhookWay? { method == "token" ? .registered : .app }

    private static func body(_ target: WebhookTarget, _ client: VendorClient) -> JSONValue {
        [
            "idempotency_key": .string(RandomToken.make(bytes: 24)),
            "subscription": [
                "name": "OmniFy", "event_types": .array(eventTypes.map { .string($0) }),
                "notification_url": .string(target.address), "api_version": .string(client.settings.version),
            ],
        ]
    }

    private static func ours(_ address: String, _ client: VendorClient) async throws -> [JSONValue] {
        let all = try await client.send(.get(path, ["limit": "100"])).json.at("subscriptions")?.list ?? []
        return all.filter { $0.at("notification_url")?.text == address }
    }

    private static func remove(_ subscriptions: [JSONValue], _ client: VendorClient) async throws {
        for id in subscriptions.compactMap({ $0.at("id")?.text }) {
            _ = try await client.send(VendorRequest(.delete, "\(path)/\(id)", endpoint: "write"))
        }
    }
}
