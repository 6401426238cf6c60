import Customers
import Foundation
import Records
import Vault
import Web

/// Magento 2 and Adobe Commerce on the merchant's own host: customers with their newsletter flag, products, orders
/// with guests, refunds. It sends no webhooks.
public struct MagentoConnector: Connector {
    public let platform = "magento"
    public let name = "Magento"

    public init() {}

    public var methods: [AuthMethod] {
        let place = [
            CredentialField("store_url", .url),
            CredentialField("store_code", .text, pattern: "[A-Za-z0-9_]{1,64}", isRequired: false),
        ]
        let secrets = ["consumer_key", "consumer_secret", "access_token", "access_token_secret"]
        return [
            AuthMethod(
                "integration",
                .oauth1(
                    consumerKey: "consumer_key", consumerSecret: "consumer_secret", token: "access_token",
                    tokenSecret: "access_token_secret"),
                fields: place + secrets.map { CredentialField($0, .secret) }),
            // Only where the merchant has allowed integration tokens to be used alone.
            AuthMethod(
                "bearer", .header("Authorization", prefix: "Bearer ", field: "access_token"),
                fields: place + [CredentialField("access_token", .secret)]),
        ]
    }

    public var defaults: PlatformSettings {
        PlatformSettings(
            addresses: ["api": "{store_url}/rest/{store_code}/{version}"], version: "V1",
            values: ["store_code": "all", "page_size": "100"], budgets: [RateBudget(calls: 4, per: 1)],
            breaker: BreakerRule(failures: 5, openSeconds: 60, successes: 3, timeout: 120))
    }

    public func account(_ client: VendorClient) async throws -> VendorAccount {
        let stores = try await client.send(.get("/store/storeConfigs")).json.list
        let code = client.fields["store_code"] ?? ""
        guard let store = stores.first(where: { $0.at("code")?.text == code }) ?? stores.first else {
            throw VendorFault.schema(field: "storeConfigs", message: "The shop has no store.")
        }
        let address = client.fields["store_url"] ?? store.firstText("secure_base_url", "base_url") ?? ""
        let host = URLComponents(string: address)?.host ?? address
        return VendorAccount(
            id: host, name: host, currency: store.at("base_currency_code")?.text, timeZone: store.at("timezone")?.text)
    }

    // MARK: Streams

    public var streams: [SyncStream] {
        [
            list("customers", "/customers/search", id: "id", required: ["id", "email"]) {
                try Self.customer($0, $1, &$2)
            },
            list("products", "/products", id: "id", required: ["id", "sku"]) { try Self.product($0, $1, &$2) },
            list(
                "orders", "/orders", id: "entity_id", every: 900,
                required: ["entity_id", "grand_total", "created_at", "items"]
            ) {
                try Self.order($0, $1, &$2)
            },
            list("payments", "/creditmemos", id: "entity_id", every: 900, required: ["entity_id", "order_id"]) {
                try Self.refund($0, $1, &$2)
            },
        ]
    }

    /// Sorted by the last change, so that a row touched while it is read comes again at the end. Past its last page
    /// Magento repeats it: only the total says where to stop.
    private func list(
        _ name: String, _ path: String, id: String, every: TimeInterval = 3600, required: [String],
        map: @escaping @Sendable (JSONValue, MappingContext, inout CanonicalBatch) throws -> Void
    ) -> SyncStream {
        let size = defaults.number("page_size", or: 100)
        return SyncStream(
            name, .updated(overlap: 600), every: every,
            pager: .page(PageParameter("searchCriteria[currentPage]"), size: size, total: .records(at: "total_count")),
            records: "items", id: id, updated: "updated_at", required: required + ["updated_at"],
            request: { query in
                var criteria: Pairs = [:]
                if let since = query.since {
                    let filter = "searchCriteria[filter_groups][0][filters][0]"
                    criteria.add(filter + "[field]", "updated_at")
                    criteria.add(filter + "[value]", Self.plainTime(since))
                    criteria.add(filter + "[condition_type]", "gteq")
                }
                criteria.add("searchCriteria[sortOrders][0][field]", "updated_at")
                criteria.add("searchCriteria[sortOrders][0][direction]", "ASC")
                criteria.add("searchCriteria[pageSize]", String(size))
                return .get(path, criteria)
            }, map: map)
    }

    /// `2026-11-21 10:55:07`, UTC.
    private static func plainTime(_ date: Date) -> String {
        VendorTime.isoSeconds(date).replacing("T", with: " ").replacing("Z", with: "")
    }

    // MARK: Replies

    public func fault(in response: VendorResponse) -> VendorFault? {
        guard !response.isSuccess else { return Self.quietFault(response.json) }
        let problem = response.json.at("oauth_problem")?.text ?? Self.problem(response)
        let message = Self.message(response.json) ?? problem ?? response.excerpt
        switch problem {
        case "nonce_used": return .retry(message)
        case "timestamp_refused": return .retry("clock")
        case "signature_invalid", "token_rejected", "consumer_key_rejected", "token_expired", "token_revoked":
            return .actionRequired(.reconnect, message: message)
        default: break
        }
        switch response.status {
        case 401 where response.json.at("parameters.resources") != nil:
            return .actionRequired(.addScope, message: message)
        case 401: return .actionRequired(.reconnect, message: message)
        default: return .standard(response, message: message)
        }
    }

    /// An error body in a reply that says 200, with its parameters put in.
    private static func quietFault(_ body: JSONValue) -> VendorFault? {
        guard case .object(let members) = body, let message = message(body),
            members.allSatisfy({ ["message", "parameters", "errors", "code", "trace"].contains($0.name) })
        else { return nil }
        return .retry(message)
    }

    /// `oauth_problem=token_rejected`, wherever in the body it stands.
    private static func problem(_ response: VendorResponse) -> String? {
        let text = String(decoding: response.body.prefix(2000), as: UTF8.self)
        guard let start = text.range(of: "oauth_problem=")?.upperBound else { return nil }
        return String(text[start...].prefix { $0.isLetter || $0 == "_" })
    }

    /// `No such entity with %fieldName = %1` with its parameters put in.
    static func message(_ body: JSONValue) -> String? {
        guard var text = body.at("message")?.text else { return nil }
        switch body.at("parameters") {
        case .array(let values)?:
            for (index, value) in values.enumerated().reversed() {
                text = text.replacing("%\(index + 1)", with: value.text ?? "")
            }
        case .object(let members)?:
            for member in members.sorted(by: { $0.name.count > $1.name.count }) {
                text = text.replacing("%\(member.name)", with: member.value.text ?? "")
            }
        default: break
        }
        return text
    }

    // MARK: Actions

    /// A customer group is the only list there is; codes are made for a rule of the shop.
    public func request(
        for action: PlatformAction, fields: [String: String], settings: PlatformSettings
    ) -> VendorRequest? {
        switch action {
        case .addToList(let group, let people):
            guard people.count == 1, let person = people.first, let id = Int64(person), let number = Int64(group) else {
                return nil
            }
            return Self.change(id, .init("group_id", .int(number)))
        case .setConsent(let person, .email, let isSubscribed, _, _, _):
            guard let id = Int64(person) else { return nil }
            return Self.change(id, .init("extension_attributes", ["is_subscribed": .bool(isSubscribed)]))
        case .generateCoupons(let rule, let count):
            guard let number = Int64(rule) else { return nil }
            return .post(
                "/coupons/generate",
                [
                    "couponSpec": [
                        "rule_id": .int(number), "quantity": .int(Int64(count)), "length": 12, "format": "alphanum",
                    ]
                ], endpoint: "write")
        default: return nil
        }
    }

    private static func change(_ id: Int64, _ member: JSONValue.Member) -> VendorRequest {
        VendorRequest(
            .put, "/customers/\(id)", body: .json(["customer": .object([.init("id", .int(id)), member])]),
            endpoint: "write")
    }
}
