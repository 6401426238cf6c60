import Customers
import Foundation
import Records
import Vault
import Web

/// WooCommerce: customers and guests, products with variations, orders with refunds, from the shop's own host.
public struct WooCommerceConnector: Connector {
    public let platform = "woocommerce"
    public let name = "WooCommerce"

    public init() {}

    public var methods: [AuthMethod] {
        [
            AuthMethod(
                "key", .basic(user: "consumer_key", password: "consumer_secret"),
                fields: [
                    CredentialField("store_url", .url), CredentialField("consumer_key", .secret, pattern: "ck_.+"),
                    CredentialField("consumer_secret", .secret, pattern: "cs_.+"),
                    CredentialField("webhook_secret", .secret, isRequired: false),
                ])
        ]
    }

    public var defaults: PlatformSettings {
        PlatformSettings(
            addresses: ["api": "{store_url}/wp-json/wc/{version}", "index": "{store_url}/wp-json"], version: "v3",
            values: ["page_size": "50"], budgets: [RateBudget(calls: 2, per: 1)], breaker: BreakerRule(timeout: 60))
    }

    // MARK: The account

    /// The store's index needs no key, so an order is asked for too: it proves the key and tells the currency.
    public func account(_ client: VendorClient) async throws -> VendorAccount {
        let index = try await client.send(VendorRequest(.get, "/", base: "index", isSigned: false)).json
        guard (index.at("namespaces")?.list ?? []).contains(where: { $0.text == "wc/\(client.settings.version)" })
        else {
            throw VendorFault.actionRequired(.fixAtVendor, message: "WooCommerce is not active at this address.")
        }
        let newest = try await client.send(.get("/orders", ["per_page": "1"])).json.at("0")
        _ = try await client.send(.get("/customers", ["per_page": "1", "role": "all"]))
        _ = try await client.send(.get("/products", ["per_page": "1"]))
        let address = client.fields["store_url"] ?? ""
        return VendorAccount(
            id: address, name: index.at("name")?.text ?? address,
            currency: try await currency(client) ?? newest?.at("currency")?.text,
            timeZone: index.at("timezone_string")?.text)
    }

    /// Only administrators' keys see the store's settings.
    private func currency(_ client: VendorClient) async throws -> String? {
        do {
            return try await client.send(.get("/system_status")).json.at("settings.currency")?.text
        } catch VendorFault.actionRequired(.addScope, _) {
            return nil
        }
    }

    // MARK: Streams

    public var streams: [SyncStream] {
        [
            // No filter for changes: webhooks bring them, a daily reading finds the rest.
            SyncStream(
                "customers", .all, every: 86_400, pager: .custom(PageParameter("page", in: .query), Self.nextPage),
                records: "",
                id: "id", updated: "date_modified_gmt", required: ["id"],
                request: { query in
                    var request = Self.list("/customers", query)
                    request.query.add("role", "all")
                    return request
                },
                map: { record, _, batch in try Self.customer(record, &batch) }),
            changes("products", expand: Self.variations) { record, context, batch in
                try Self.product(record, context, &batch)
            },
            changes("orders", every: 900, expand: Self.refunds) { record, context, batch in
                try Self.order(record, context, &batch)
            },
        ]
    }

    private func changes(
        _ name: String, every: TimeInterval = 3600,
        expand: @escaping @Sendable ([JSONValue], VendorClient) async throws -> [JSONValue],
        map: @escaping @Sendable (JSONValue, MappingContext, inout CanonicalBatch) throws -> Void
    ) -> SyncStream {
        SyncStream(
            name, .updated(overlap: 300), every: every,
            pager: .custom(PageParameter("page", in: .query), Self.nextPage),
            records: "", id: "id", updated: "date_modified_gmt", required: ["id", "date_modified_gmt"],
            request: { query in
                var request = Self.list("/\(name)", query)
                if let since = query.since {
                    request.query.add("modified_after", String(VendorTime.isoSeconds(since).dropLast()))
                    request.query.add("dates_are_gmt", "true")
                }
                return request
            }, expand: expand, map: map)
    }

    /// By id: a row that changes while the pages are read keeps its place, and none is skipped.
    private static func list(_ path: String, _ query: StreamQuery) -> VendorRequest {
        .get(
            path,
            ["per_page": String(query.settings.number("page_size", or: 50)), "orderby": "id", "order": "asc"])
    }

    /// The number of pages is a header; where a host strips it, the link to the next page tells.
    private static let nextPage: @Sendable (VendorResponse, Place) throws -> String? = { response, place in
        guard !response.json.list.isEmpty else { return nil }
        if let pages = response.headers["X-WP-TotalPages"].flatMap(Int.init) {
            return place.page < pages ? String(place.page + 1) : nil
        }
        return Pager.nextLink(in: response.headers).map { _ in String(place.page + 1) }
    }

    // MARK: What the lists leave out

    private static let variations: @Sendable ([JSONValue], VendorClient) async throws -> [JSONValue] = {
        products, client in
        var result: [JSONValue] = []
        for product in products {
            guard product.at("type")?.text == "variable", let id = product.at("id")?.text else {
                result.append(product)
                continue
            }
            let found = try await all("/products/\(id)/variations", client)
            result.append(product.setting("_variations", .array(found)))
        }
        return result
    }

    /// When money went back stands in the refund only.
    private static let refunds: @Sendable ([JSONValue], VendorClient) async throws -> [JSONValue] = { orders, client in
        var result: [JSONValue] = []
        for order in orders {
            guard order.at("refunds.0") != nil, let id = order.at("id")?.text else {
                result.append(order)
                continue
            }
            let found = try await all("/orders/\(id)/refunds", client)
            result.append(order.setting("_refunds", .array(found)))
        }
        return result
    }

    private static func all(_ path: String, _ client: VendorClient) async throws -> [JSONValue] {
        var rows: [JSONValue] = []
        var page = 1
        while true {
            let reply = try await client.send(.get(path, ["per_page": "100", "page": String(page)]))
            guard case .array(let found) = reply.json, found.allSatisfy({ $0.at("id") != nil }) else {
                // Taken as an empty list, it would cost the order its refunds for good.
                throw VendorFault.schema(field: "id", message: "A list of parts holds no records.")
            }
            rows += found
            guard page < reply.headers["X-WP-TotalPages"].flatMap(Int.init) ?? 1 else { return rows }
            page += 1
        }
    }
}
