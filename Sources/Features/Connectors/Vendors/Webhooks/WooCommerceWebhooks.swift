import Foundation
import Records
import Vault
import Web

/// Webhooks of one WooCommerce shop, one for each topic. Five failed deliveries in a row disable one, so they are looked
/// at every day and enabled again.
extension WooCommerceConnector {
    private static let topics = [
        "customer.created", "customer.updated", "customer.deleted", "order.created", "order.updated", "order.deleted",
        "order.restored", "product.created", "product.updated", "product.deleted", "product.restored",
    ]

    public var registrar: WebhookRegistrar? {
        WebhookRegistrar(
            ensure: { target, _, client in
                let present = try await Self.ours(target.address, client)
                var ids: [String] = []
                for topic in Self.topics {
                    let hook = present.first { $0.at("topic")?.text == topic }
                    ids.append(try await Self.hook(topic, hook, target, client))
                }
                return WebhookOpening(ids: ids)
            },
            close: { target, _, client in
                for hook in try await Self.ours(target.address, client) {
                    guard let id = hook.at("id")?.text else { continue }
                    _ = try await client.send(
                        VendorRequest(.delete, "/webhooks/\(id)", query: ["force": "true"], endpoint: "write"))
                }
                return false
            })
    }

    private static func ours(_ address: String, _ client: VendorClient) async throws -> [JSONValue] {
        var found: [JSONValue] = []
        for page in 1...20 {
            let hooks = try await client.send(.get("/webhooks", ["per_page": "100", "page": String(page)])).json.list
            found += hooks.filter { $0.at("delivery_url")?.text == address }
            if hooks.count < 100 { break }
        }
        return found
    }

    /// The webhook of a topic, made, enabled or given another secret. Returns its id.
    private static func hook(
        _ topic: String, _ present: JSONValue?, _ target: WebhookTarget, _ client: VendorClient
    ) async throws -> String {
        let secret = JSONValue.string(target.secret.reveal())
        let made: VendorResponse
        if let id = present?.at("id")?.text {
            guard target.isNewSecret || present?.at("status")?.text != "active" else { return id }
            made = try await client.send(
                VendorRequest(
                    .put, "/webhooks/\(id)", body: .json(["status": "active", "secret": secret]), endpoint: "write"))
        } else {
            made = try await client.send(
                .post(
                    "/webhooks",
                    [
                        "name": .string("OmniFy \(topic)"), "topic": .string(topic),
                        "delivery_url": .string(target.address), "secret": secret,
                    ], endpoint: "write"))
        }
        guard let id = made.json.at("id")?.text else {
            throw VendorFault.schema(field: "id", message: "The webhook has no id.")
        }
        return id
    }
}
