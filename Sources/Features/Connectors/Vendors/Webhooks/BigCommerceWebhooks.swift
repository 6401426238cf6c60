import Foundation
import Records
import Vault
import Web

/// Hooks of one BigCommerce store: one for each scope. A store that could not deliver for two days puts them to sleep,
/// so they are looked at every day and woken.
extension BigCommerceConnector {
    /// Comes back with every delivery, as it was given when the hook was made: the second check beside the signature.
    static let secretHeader = "X-Hook-Secret"

    private static let scopes = [
        "store/customer/*", "store/order/*", "store/order/refund/created", "store/product/*", "store/subscriber/*",
        "store/app/uninstalled",
    ]

    public var registrar: WebhookRegistrar? {
        WebhookRegistrar(
            // The client secret of the API account signs; without it nobody could tell a true delivery.
            neededField: "client_secret",
            ensure: { target, _, client in
                let present = try await Self.ours(target.address, client)
                var ids: [String] = []
                for scope in Self.scopes {
                    let hook = present.first { $0.at("scope")?.text == scope }
                    ids.append(try await Self.hook(scope, hook, target, client))
                }
                return WebhookOpening(ids: ids)
            },
            close: { target, _, client in
                for hook in try await Self.ours(target.address, client) {
                    guard let id = hook.at("id")?.text else { continue }
                    _ = try await client.send(VendorRequest(.delete, "/{version}/hooks/\(id)", endpoint: "write"))
                }
                return false
            })
    }

    private static func ours(_ address: String, _ client: VendorClient) async throws -> [JSONValue] {
        var found: [JSONValue] = []
        for page in 1...20 {
            let reply = try await client.send(.get("/{version}/hooks", ["limit": "250", "page": String(page)])).json
            found += (reply.at("data")?.list ?? []).filter { $0.at("destination")?.text == address }
            guard page < reply.at("meta.pagination.total_pages")?.whole ?? 1 else { break }
        }
        return found
    }

    /// The hook of a scope, made, woken or given another secret. Returns its id.
    private static func hook(
        _ scope: String, _ present: JSONValue?, _ target: WebhookTarget, _ client: VendorClient
    ) async throws -> String {
        let headers: JSONValue = .object([.init(secretHeader, .string(target.secret.reveal()))])
        let wanted: JSONValue = [
            "scope": .string(scope), "destination": .string(target.address), "is_active": true, "headers": headers,
        ]
        let made: VendorResponse
        if let id = present?.at("id")?.text {
            guard target.isNewSecret || present?.at("is_active")?.flag != true else { return id }
            made = try await client.send(
                VendorRequest(.put, "/{version}/hooks/\(id)", body: .json(wanted), endpoint: "write"))
        } else {
            made = try await client.send(.post("/{version}/hooks", wanted, endpoint: "write"))
        }
        guard let id = made.json.at("data.id")?.text else {
            throw VendorFault.schema(field: "data.id", message: "The hook has no id.")
        }
        return id
    }
}
