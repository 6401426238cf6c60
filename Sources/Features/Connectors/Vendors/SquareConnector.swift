import Customers
import Foundation
import Records
import Vault
import Web

/// Square: customers, catalog, orders of every location, payments with fees, refunds, subscriptions.
public struct SquareConnector: Connector {
    public let platform = "square"
    public let name = "Square"

    public init() {}

    private static let webhookSecret = CredentialField("webhook_secret", .secret, isRequired: false)

    public var methods: [AuthMethod] {
        [
            AuthMethod(
                "oauth",
                .oauth2(
                    OAuth2(
                        refresh: .kept, encoding: .json, authorizeParameters: ["session": "false"],
                        expiresInPath: "expires_at"))),
            AuthMethod(
                "token", .header("Authorization", prefix: "Bearer ", field: "access_token"),
                fields: [CredentialField("access_token", .secret), Self.webhookSecret]),
        ]
    }

    public var defaults: PlatformSettings {
        PlatformSettings(
            addresses: [
                "api": "https://connect.squareup.com", "authorize": "https://connect.squareup.com/oauth2/authorize",
                "token": "https://connect.squareup.com/oauth2/token",
                "revoke": "https://connect.squareup.com/oauth2/revoke",
            ], version: "2025-08-20", scopes: Self.rights + ["CUSTOMERS_WRITE", "SUBSCRIPTIONS_WRITE"],
            values: ["history_start": "2024-01-01T00:00:00.000Z", "orders_page": "500"])
    }

    private static let rights = [
        "MERCHANT_PROFILE_READ", "CUSTOMERS_READ", "ORDERS_READ", "PAYMENTS_READ", "ITEMS_READ", "SUBSCRIPTIONS_READ",
    ]

    public func headers(_ settings: PlatformSettings) -> Pairs {
        ["Accept": "application/json", "Square-Version": settings.version]
    }

    public func account(_ client: VendorClient) async throws -> VendorAccount {
        let merchant = try await client.send(.get("/v2/merchants")).json.at("merchant.0")
        guard let id = merchant?.at("id")?.text else {
            throw VendorFault.schema(field: "merchant.id", message: "The merchant has no id.")
        }
        let status = try await client.send(.post("/oauth2/token/status", [:])).json
        let scopes = (status.at("scopes")?.list ?? []).compactMap(\.text)
        let missing = Self.rights.filter { !scopes.contains($0) }
        guard missing.isEmpty else {
            throw VendorFault.actionRequired(.addScope, message: missing.joined(separator: ", "))
        }
        let places = try await client.send(.get("/v2/locations")).json.at("locations")?.list ?? []
        let main = places.first { $0.at("id")?.text == merchant?.at("main_location_id")?.text } ?? places.first
        return VendorAccount(
            id: id, name: merchant?.at("business_name")?.text ?? id, currency: merchant?.at("currency")?.text,
            timeZone: main?.at("timezone")?.text, scopes: scopes)
    }

    // MARK: Streams

    public var streams: [SyncStream] {
        [
            SyncStream(
                "customers", .updated(overlap: 300), pager: Self.cursor, records: "customers", id: "id",
                updated: "updated_at", required: ["id", "updated_at"],
                request: { query in
                    var search: JSONValue = ["sort": ["field": "CREATED_AT", "order": "ASC"]]
                    if let since = query.since {
                        search = search.setting("filter", ["updated_at": ["start_at": Self.time(since)]])
                    }
                    return .post("/v2/customers/search", ["limit": 100, "query": search])
                },
                map: { record, _, batch in try Self.customer(record, &batch) }),
            SyncStream(
                "products", .updated(overlap: 300), pager: Self.cursor, records: "objects", id: "id",
                updated: "updated_at", required: ["id", "updated_at"],
                request: { query in
                    var body: JSONValue = ["object_types": ["ITEM"], "limit": 100]
                    if let since = query.since {
                        body = body.setting("begin_time", Self.time(since)).setting("include_deleted_objects", true)
                    }
                    return .post("/v2/catalog/search", body)
                },
                map: { record, context, batch in try Self.product(record, context, &batch) }),
            orders,
            payments("payments", "/v2/payments") { record, batch in try Self.payment(record, &batch) },
            payments("refunds", "/v2/refunds") { record, batch in try Self.refund(record, &batch) },
            SyncStream(
                "subscriptions", .all, every: 86_400, pager: Self.cursor, records: "subscriptions", id: "id",
                required: ["id", "status"], request: { _ in .post("/v2/subscriptions/search", [:]) },
                map: { record, _, batch in try Self.subscription(record, &batch) }),
        ]
    }

    private static let cursor = Pager.cursor(PageParameter("cursor"), at: "cursor")

    private static func time(_ date: Date) -> JSONValue { .string(VendorTime.iso(date)) }

    /// Lists of money that moved: what was made since the start of history at first, then what changed.
    private func payments(
        _ name: String, _ path: String, map: @escaping @Sendable (JSONValue, inout CanonicalBatch) throws -> Void
    ) -> SyncStream {
        SyncStream(
            name, .updated(overlap: 300), pager: Self.cursor, records: name, id: "id", updated: "updated_at",
            required: ["id", "amount_money", "updated_at"],
            request: { query in
                guard let since = query.since else {
                    // Without it only the last year comes. Fixed, because a cursor goes with its own query only.
                    let start = query.settings.values["history_start"] ?? "2024-01-01T00:00:00.000Z"
                    return .get(path, ["begin_time": start, "limit": "100"])
                }
                var request = VendorRequest.get(
                    path, ["updated_at_begin_time": VendorTime.iso(since), "limit": "100"])
                if name == "payments" { request.query.add("sort_field", "UPDATED_AT") }
                return request
            }, map: { record, _, batch in try map(record, &batch) })
    }

    // MARK: Orders

    /// Orders are asked for by location, ten at once. The first page of the stream is the list of locations; what is
    /// left of it travels in the place, so that a later worker can go on.
    private var orders: SyncStream {
        SyncStream(
            "orders", .updated(overlap: 300), every: 900,
            pager: .custom(PageParameter("", in: .request), Self.nextOrders),
            records: "orders", beside: ["locations"], id: "id", updated: "updated_at",
            required: ["id", "state", "updated_at"],
            request: { query in
                guard let start = query.place.token.map(Locations.init) else { return .get("/v2/locations") }
                var search: JSONValue = ["sort": ["sort_field": "UPDATED_AT", "sort_order": "ASC"]]
                if let since = query.since {
                    search = search.setting(
                        "filter", ["date_time_filter": ["updated_at": ["start_at": Self.time(since)]]])
                }
                var body: JSONValue = [
                    "location_ids": .array(start.present.map { .string($0) }), "query": search,
                    "limit": .int(Int64(query.settings.number("orders_page", or: 500))),
                ]
                if let cursor = start.cursor { body = body.setting("cursor", .string(cursor)) }
                return .post("/v2/orders/search", body)
            },
            map: { record, context, batch in try Self.order(record, context, &batch) })
    }

    /// `L1,L2#cursor`: the locations not done yet and where the first ten are.
    private struct Locations {
        var left: [String]
        var cursor: String?

        init(left: [String], cursor: String? = nil) {
            self.left = left
            self.cursor = cursor
        }

        init(_ token: String) {
            let parts = token.split(separator: "#", maxSplits: 1).map(String.init)
            left = (parts.first ?? "").split(separator: ",").map(String.init)
            cursor = parts.count > 1 ? parts[1] : nil
        }

        var present: [String] { Array(left.prefix(10)) }
        var token: String? { left.isEmpty ? nil : left.joined(separator: ",") + (cursor.map { "#\($0)" } ?? "") }
    }

    private static let nextOrders: @Sendable (VendorResponse, Place) throws -> String? = { response, place in
        guard let present = place.token.map(Locations.init) else {
            return Locations(left: (response.json.at("locations")?.list ?? []).compactMap { $0.at("id")?.text }).token
        }
        if let cursor = response.json.at("cursor")?.text { return Locations(left: present.left, cursor: cursor).token }
        return Locations(left: Array(present.left.dropFirst(10))).token
    }
}
