import Foundation
import Records
import Web

/// A shop's webhook subscriptions, made by our app and signed with its secret. The three topics about people's rights
/// belong to the app itself: they come to the address of the installation.
extension ShopifyConnector {
    private static let topics = [
        "ORDERS_CREATE", "ORDERS_UPDATED", "REFUNDS_CREATE", "CUSTOMERS_CREATE", "CUSTOMERS_UPDATE",
        "CUSTOMERS_DELETE", "CUSTOMERS_MARKETING_CONSENT_UPDATE", "CUSTOMERS_EMAIL_MARKETING_CONSENT_UPDATE",
        "PRODUCTS_UPDATE", "CHECKOUTS_CREATE", "APP_UNINSTALLED",
    ]

    public var registrar: WebhookRegistrar? {
        WebhookRegistrar(
            methods: ["oauth"], secret: .apps,
            ensure: { target, _, client in
                let present = try await Self.ours(target.address, client)
                var ids: [String] = []
                for topic in Self.topics {
                    if let id = present.first(where: { $0.at("topic")?.text == topic })?.at("id")?.text {
                        ids.append(id)
                    } else {
                        ids.append(try await Self.subscribe(topic, target.address, client))
                    }
                }
                return WebhookOpening(ids: ids)
            },
            close: { target, _, client in
                for id in try await Self.ours(target.address, client).compactMap({ $0.at("id")?.text }) {
                    let reply = try await client.send(Self.mutation(Self.deletion, ["id": .string(id)]))
                    try Self.refuse(reply.json.at("data.webhookSubscriptionDelete.userErrors"))
                }
                return false
            })
    }

    /// A custom app's token says nothing of the secret that the shop's own webhooks are signed with.
    public func webhookWay(method: String?) -> WebhookWay? { method == "oauth" ? .registered : nil }

    private static let listing =
        "query($first: Int!) { webhookSubscriptions(first: $first) { nodes { id topic uri } } }"
    private static let creation =
        "mutation($topic: WebhookSubscriptionTopic!, $webhookSubscription: WebhookSubscriptionInput!) { "
        + "webhookSubscriptionCreate(topic: $topic, webhookSubscription: $webhookSubscription) { "
        + "webhookSubscription { id } userErrors { field message } } }"
    private static let deletion =
        "mutation($id: ID!) { webhookSubscriptionDelete(id: $id) { deletedWebhookSubscriptionId "
        + "userErrors { field message } } }"

    private static func mutation(_ query: String, _ variables: JSONValue) -> VendorRequest {
        var request = post(query, variables)
        request.endpoint = "write"
        return request
    }

    private static func ours(_ address: String, _ client: VendorClient) async throws -> [JSONValue] {
        let reply = try await client.send(post(listing, ["first": 100])).json
        return (reply.at("data.webhookSubscriptions.nodes")?.list ?? []).filter { $0.at("uri")?.text == address }
    }

    private static func subscribe(_ topic: String, _ address: String, _ client: VendorClient) async throws -> String {
        let reply = try await client.send(
            mutation(
                creation,
                [
                    "topic": .string(topic),
                    "webhookSubscription": ["uri": .string(address), "format": "JSON"],
                ])
        ).json.at("data.webhookSubscriptionCreate")
        try refuse(reply?.at("userErrors"))
        guard let id = reply?.at("webhookSubscription.id")?.text else {
            throw VendorFault.schema(field: "webhookSubscription.id", message: "The subscription has no id.")
        }
        return id
    }

    private static func refuse(_ errors: JSONValue?) throws {
        guard let error = errors?.list.first else { return }
        throw VendorFault.permanent(status: 422, message: error.at("message")?.text ?? "userErrors")
    }
}
