import Crypto
import Customers
import Foundation
import Records
import Vault
import Web

/// Shopify: customers with their marketing consent, products, orders with refunds, abandoned checkouts. GraphQL.
public struct ShopifyConnector: Connector {
    public let platform = "shopify"
    public let name = "Shopify"

    public init() {}

    private static let shop = CredentialField(
        "shop", .host, pattern: #"[a-zA-Z0-9][a-zA-Z0-9-]*\.myshopify\.com"#)

    public var methods: [AuthMethod] {
        [
            AuthMethod(
                "oauth",
                .oauth2(
                    OAuth2(
                        refresh: .rotating, encoding: .json, scopeSeparator: ",", tokenParameters: ["expiring": "1"]),
                    header: "X-Shopify-Access-Token", prefix: ""), fields: [Self.shop]),
            AuthMethod(
                "token", .header("X-Shopify-Access-Token", field: "access_token"),
                fields: [Self.shop, CredentialField("access_token", .secret)]),
        ]
    }

    public var defaults: PlatformSettings {
        PlatformSettings(
            addresses: [
                "api": "https://{shop}/admin/api/{version}", "authorize": "https://{shop}/admin/oauth/authorize",
                "token": "https://{shop}/admin/oauth/access_token",
            ], version: "2026-10",
            scopes: [
                "read_customers", "read_orders", "read_all_orders", "read_products", "read_inventory", "read_reports",
                "write_customers", "read_discounts", "write_discounts",
            ],
            values: [
                "customers_page": "150", "products_page": "25", "orders_page": "20", "checkouts_page": "100",
            ],
            budgets: [RateBudget(calls: 40, per: 60, daily: 10_000), RateBudget("files", calls: 300, per: 60)])
    }

    // MARK: The account

    public func account(_ client: VendorClient) async throws -> VendorAccount {
        let data = try await client.send(Self.post(ShopifyQueries.account)).json.at("data")
        guard let id = data?.at("shop.id")?.text else {
            throw VendorFault.schema(field: "shop.id", message: "The shop has no id.")
        }
        let scopes = (data?.at("currentAppInstallation.accessScopes")?.list ?? []).compactMap { $0.at("handle")?.text }
        let missing = ["customers", "orders", "products"].filter {
            !scopes.contains("read_\($0)") && !scopes.contains("write_\($0)")
        }
        guard missing.isEmpty else {
            throw VendorFault.actionRequired(
                .addScope, message: missing.map { "read_\($0)" }.joined(separator: ", "))
        }
        return VendorAccount(
            id: id, name: data?.at("shop.name")?.text ?? id, currency: data?.at("shop.currencyCode")?.text,
            timeZone: data?.at("shop.ianaTimezone")?.text, scopes: scopes,
            isTest: data?.at("shop.plan.publicDisplayName")?.text?.contains("Development") == true)
    }

    /// Shopify signs what its consent page sends the browser back with.
    public func accepts(callback: [String: String], fields: [String: String], settings: PlatformSettings) -> Bool {
        guard let given = callback["hmac"], let secret = settings.clientSecret,
            callback["shop"]?.lowercased() == fields["shop"]?.lowercased(), sentAt(callback: callback) != nil
        else { return false }
        let message = callback.filter { $0.key != "hmac" && $0.key != "signature" }.sorted { $0.key < $1.key }
            .map { PercentCoding.encode($0.key) + "=" + PercentCoding.encode($0.value) }.joined(separator: "&")
        let code = HMAC<SHA256>.authenticationCode(
            for: Data(message.utf8), using: SymmetricKey(data: Data(secret.reveal().utf8)))
        return ConstantTime.equal(Hex.encode(Array(code)), given.lowercased())
    }

    public func sentAt(callback: [String: String]) -> Date? {
        callback["timestamp"].flatMap(Double.init).map { Date(timeIntervalSince1970: $0) }
    }

    // MARK: Streams

    public var streams: [SyncStream] {
        [
            Self.list("customers", ShopifyQueries.customers, ShopifyQueries.bulkCustomers) { record, _, batch in
                try Self.customer(record, &batch)
            },
            Self.list(
                "products", ShopifyQueries.products, ShopifyQueries.bulkProducts,
                expand: { try await Self.completed($0, "product", "variants", ShopifyQueries.moreVariants, $1) }
            ) { record, context, batch in
                try Self.product(record, context, &batch)
            },
            Self.list(
                "orders", ShopifyQueries.orders, ShopifyQueries.bulkOrders, every: 900,
                expand: { orders, client in
                    let whole = try await Self.completed(
                        orders, "order", "lineItems", ShopifyQueries.moreLines, client)
                    return try await Self.refunded(whole, client)
                }
            ) { record, context, batch in
                try Self.order(record, context, &batch)
            },
            SyncStream(
                "events", .all, every: 86_400, pager: Self.pager("abandonedCheckouts"),
                records: "data.abandonedCheckouts.nodes", id: "id", required: ["id", "createdAt"],
                request: { query in
                    let start = Position(query.place.token)
                    return Self.post(
                        ShopifyQueries.abandonedCheckouts,
                        [
                            "first": .int(Int64(query.settings.number("checkouts_page", or: 100))),
                            "after": start.cursor.map { .string($0) } ?? .null,
                        ])
                },
                map: { record, context, batch in try Self.checkout(record, context, &batch) }),
        ]
    }

    private static func list(
        _ stream: String, _ text: String, _ bulk: ShopifyBulk, every: TimeInterval = 3600,
        expand: (@Sendable ([JSONValue], VendorClient) async throws -> [JSONValue])? = nil,
        map: @escaping @Sendable (JSONValue, MappingContext, inout CanonicalBatch) throws -> Void
    ) -> SyncStream {
        SyncStream(
            stream, .updated(overlap: 300), every: every, pager: pager(stream),
            records: "data.\(stream).nodes", id: "id", updated: "updatedAt", required: ["id", "updatedAt"],
            request: { query in
                let start = Position(query.place.token)
                let since = start.since ?? query.since.map(VendorTime.isoSeconds)
                return post(
                    text,
                    [
                        "first": .int(Int64(query.settings.number("\(stream)_page", or: 20))),
                        "after": start.cursor.map { .string($0) } ?? .null,
                        "query": since.map { .string("updated_at:>='\($0)'") } ?? .null,
                    ])
            }, expand: expand, read: bulk.read, map: map)
    }

    /// Where a listing is. A query ends after so many objects; then it starts again from the last change seen.
    struct Position {
        var since: String?
        /// Records read before the listing was started again.
        var start = 0
        var cursor: String?

        init(_ token: String?) {
            guard let token else { return }
            let parts = token.split(separator: "|", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 3 else { return }
            since = parts[0].isEmpty ? nil : parts[0]
            start = Int(parts[1]) ?? 0
            cursor = parts[2].isEmpty ? nil : parts[2]
        }

        var token: String { "\(since ?? "")|\(start)|\(cursor ?? "")" }
    }

    private static func pager(_ root: String) -> Pager {
        .custom(PageParameter("", in: .request)) { response, place in
            guard response.json.at("data.\(root).pageInfo.hasNextPage")?.flag == true else { return nil }
            var next = Position(place.token)
            next.cursor = response.json.at("data.\(root).pageInfo.endCursor")?.text
            guard place.records - next.start >= queryCap, let latest = place.watermark else { return next.token }
            let since = VendorTime.isoSeconds(latest)
            guard since > next.since ?? "" else {
                throw VendorFault.schema(field: "updatedAt", message: "More than \(queryCap) records share one moment.")
            }
            next.since = since
            next.start = place.records
            next.cursor = nil
            return next.token
        }
    }

    /// Objects one paged query gives at most.
    static let queryCap = 25_000

    static func post(
        _ query: String, _ variables: JSONValue? = nil, endpoint: String = "default"
    ) -> VendorRequest {
        var body: JSONValue = ["query": .string(query)]
        if let variables { body = body.setting("variables", variables) }
        return .post("/graphql.json", body, endpoint: endpoint)
    }

    /// The rest of a nested list that has more members than came along.
    private static func completed(
        _ records: [JSONValue], _ root: String, _ list: String, _ query: String, _ client: VendorClient
    ) async throws -> [JSONValue] {
        var result: [JSONValue] = []
        for record in records {
            var nodes = record.at("\(list).nodes")?.list ?? []
            var info = record.at("\(list).pageInfo")
            while info?.at("hasNextPage")?.flag == true, let after = info?.at("endCursor")?.text {
                let request = post(query, ["id": record.at("id") ?? .null, "after": .string(after)])
                let reply = try await client.send(request).json.at("data.\(root).\(list)")
                nodes += reply?.at("nodes")?.list ?? []
                info = reply?.at("pageInfo")
            }
            result.append(record.setting(list, ["nodes": .array(nodes)]))
        }
        return result
    }

    private static func refunded(_ orders: [JSONValue], _ client: VendorClient) async throws -> [JSONValue] {
        var result: [JSONValue] = []
        for order in orders {
            guard (order.at("refunds")?.list.count ?? 0) >= ShopifyQueries.refundsAtOnce else {
                result.append(order)
                continue
            }
            let request = post(ShopifyQueries.moreRefunds, ["id": order.at("id") ?? .null])
            let all = try await client.send(request).json.at("data.order.refunds") ?? .array([])
            result.append(order.setting("refunds", all))
        }
        return result
    }
}
