import Foundation
import Records
import Vault
import Web

/// The webhook endpoint of one Stripe account that was connected with its own key. Stripe makes the secret and shows it
/// once, when the endpoint is made. Accounts connected over the platform have the platform's endpoint, with
/// `connect=true`.
extension StripeConnector {
    private static let path = "/webhook_endpoints"

    public var registrar: WebhookRegistrar? {
        WebhookRegistrar(
            methods: ["key"], secret: .vendors,
            ensure: { target, present, client in
                let all = try await Self.ours(target.address, client)
                let kept = all.first { present?.ids.contains($0.at("id")?.text ?? "") == true }
                if let kept, let id = kept.at("id")?.text, !target.isNewSecret {
                    if kept.at("status")?.text == "disabled" {
                        _ = try await client.send(
                            VendorRequest(
                                .post, "\(Self.path)/\(id)", body: .form(["disabled": "false"]),
                                endpoint: "write"))
                    }
                    return WebhookOpening(ids: [id])
                }
                let made = try await client.send(
                    VendorRequest(.post, Self.path, body: .form(Self.form(target, client)), endpoint: "write")
                ).json
                guard let id = made.at("id")?.text, let secret = made.at("secret")?.text else {
                    throw VendorFault.schema(field: "secret", message: "The endpoint has no secret.")
                }
                try await Self.remove(all, client)
                return WebhookOpening(ids: [id], secret: SecretValue(secret))
            },
            close: { target, _, client in
                try await Self.remove(try await Self.ours(target.address, client), client)
                return false
            })
    }

    public func webhookWay(method: String?) -> WebhookWay? { method == "key" ? .registered : .app }

    private static func form(_ target: WebhookTarget, _ client: VendorClient) -> Pairs {
        var form: Pairs = ["url": target.address, "api_version": client.settings.version]
        for type in followed.sorted() + ["account.application.deauthorized"] { form.add("enabled_events[]", type) }
        return form
    }

    private static func ours(_ address: String, _ client: VendorClient) async throws -> [JSONValue] {
        let all = try await client.send(.get(path, ["limit": "100"])).json.at("data")?.list ?? []
        return all.filter { $0.at("url")?.text == address }
    }

    private static func remove(_ endpoints: [JSONValue], _ client: VendorClient) async throws {
        for id in endpoints.compactMap({ $0.at("id")?.text }) {
            _ = try await client.send(VendorRequest(.delete, "\(path)/\(id)", endpoint: "write"))
        }
    }
}
