import Foundation
import Records
import Vault
import Web

/// A Klaviyo account's webhook, for accounts that were connected over OAuth: Klaviyo gives webhooks to apps only.
extension KlaviyoConnector {
    public var registrar: WebhookRegistrar? {
        WebhookRegistrar(
            methods: ["oauth"],
            ensure: { target, _, client in
                let all = try await Self.ours(target.address, client)
                if let id = all.first, !target.isNewSecret { return WebhookOpening(ids: [id]) }
                let topics = try await client.send(.get("/api/webhook-topics")).json.at("data")?.list ?? []
                let known = topics.compactMap { $0.at("id")?.text }.filter { $0.hasPrefix("event:klaviyo.") }.sorted()
                let made = try await client.send(
                    .post("/api/webhooks", Self.body(target, topics: known), endpoint: "write"))
                guard let id = made.json.at("data.id")?.text else {
                    throw VendorFault.schema(field: "data.id", message: "The webhook has no id.")
                }
                try await Self.remove(all, client)
                return WebhookOpening(ids: [id])
            },
            close: { target, _, client in
                try await Self.remove(try await Self.ours(target.address, client), client)
                return false
            })
    }

    /// A private key is no app.
    public func webhookWay(method: String?) -> WebhookWay? { method == "oauth" ? .registered : nil }

    private static func body(_ target: WebhookTarget, topics: [String]) -> JSONValue {
        [
            "data": [
                "type": "webhook",
                "attributes": [
                    "name": "OmniFy", "endpoint_url": .string(target.address),
                    "secret_key": .string(target.secret.reveal()), "description": "News for OmniFy",
                ],
                "relationships": [
                    "webhook-topics": [
                        "data": .array(topics.map { ["type": "webhook-topic", "id": .string($0)] })
                    ]
                ],
            ]
        ]
    }

    private static func ours(_ address: String, _ client: VendorClient) async throws -> [String] {
        let all = try await client.send(.get("/api/webhooks")).json.at("data")?.list ?? []
        return all.filter { $0.at("attributes.endpoint_url")?.text == address }.compactMap { $0.at("id")?.text }
    }

    private static func remove(_ ids: [String], _ client: VendorClient) async throws {
        for id in ids {
            _ = try await client.send(
                VendorRequest(.delete, "/api/webhooks/\(PercentCoding.encode(id))", endpoint: "write"))
        }
    }
}
