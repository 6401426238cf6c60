import Customers
import Foundation
import Records
import Vault
import Web

/// TripleWhale: orders with their journeys, ads as platforms report them, the same ads by attribution model, and the
/// shop's own days. There is no change cursor: a rolling window is read again and replaced.
public struct TripleWhaleConnector: Connector {
    public let platform = "triplewhale"
    public let name = "Triple Whale"
    public let retellsOrders = true

    public init() {}

    public var methods: [AuthMethod] {
        [
            AuthMethod(
                "key", .header("x-api-key", field: "api_key"),
                fields: [
                    CredentialField("api_key", .secret),
                    CredentialField("shop", .text, pattern: "[A-Za-z0-9][A-Za-z0-9-]*(\\.[A-Za-z0-9-]+)+"),
                    CredentialField(
                        "timezone", .text, pattern: "[A-Za-z_]+(/[A-Za-z0-9_+-]+){0,2}", isRequired: false),
                    CredentialField("currency", .text, pattern: "[A-Z]{3}", isRequired: false),
                ])
        ]
    }

    public var defaults: PlatformSettings {
        PlatformSettings(
            addresses: ["api": "https://api.triplewhale.com/api/{version}"], version: "v2",
            values: [
                "restated_days": "28", "slice_days": "28", "history_days": "730", "entity_days": "90",
                "order_page": "100", "windows": "7_days,28_days",
                "models": "Triple Attribution,Clicks & Views,Linear All,First Click,Last Click",
            ],
            budgets: [
                // 60 and 100 a minute, in portions that never add up to more within one.
                RateBudget("sql", calls: 10, per: 10), RateBudget("journeys", calls: 10, per: 6),
                RateBudget(calls: 10, per: 6),
            ],
            // The vendor's reports are slow: up to minutes.
            breaker: BreakerRule(timeout: 180))
    }

    /// A living key proves no right to the shop: the shop's figures and orders are asked for, too.
    public func account(_ client: VendorClient) async throws -> VendorAccount {
        guard let shop = client.fields["shop"] else {
            throw VendorFault.actionRequired(.chooseAccount, message: "shop")
        }
        let key = try await client.send(.get("/users/api-keys/me"))
        let today = VendorTime.day(key.receivedAt, in: "UTC")
        let span = (from: VendorTime.day(today, plus: -30), to: today)
        _ = try await client.send(
            TripleWhaleSQL.request(TripleWhaleSQL.proof, shop: shop, days: (today, today)))
        let orders = try await client.send(Self.orders(shop, span, page: 1, size: 1)).json
        let zone = client.fields["timezone"].flatMap(TimeZone.init(identifier:))
        return VendorAccount(
            id: shop, name: shop,
            currency: client.fields["currency"] ?? orders.at("ordersWithJourneys.0.currency")?.text,
            timeZone: zone?.identifier)
    }

    public var streams: [SyncStream] {
        [orders] + entities + [adDays, attributionDays, accountDays]
    }

    // MARK: Orders

    private static func orders(
        _ shop: String, _ days: (from: Day, to: Day), page: Int64?, size: Int
    ) -> VendorRequest {
        var body: [JSONValue.Member] = [
            .init("shop", .string(shop)), .init("startDate", .string(days.from)), .init("endDate", .string(days.to)),
            .init("excludeJourneyData", false), .init("pageSize", .int(Int64(size))),
        ]
        if let page { body.append(.init("page", .int(page))) }
        return .post("/attribution/get-orders-with-journeys-v2", .object(body), endpoint: "journeys")
    }

    private var orders: SyncStream {
        let size = defaults.number("order_page", or: 100)
        return SyncStream(
            "orders", days, every: 900,
            pager: .page(PageParameter("page", in: .numberInBody), size: size, total: .records(at: "totalForRange")),
            records: "ordersWithJourneys", id: "order_id", required: ["order_id", "created_at", "total_price"],
            request: { query in
                let (shop, days) = try Self.window(query)
                return Self.orders(shop, days, page: nil, size: size)
            },
            map: { record, context, batch in try TripleWhaleMapping.order(record, context, &batch) })
    }

    // MARK: Campaigns, ad sets, ads

    /// Each level by itself, from the ads that ran in the last months.
    private var entities: [SyncStream] {
        [
            entity("campaigns", TripleWhaleSQL.campaigns, id: "campaign_id") { record, context, batch in
                try TripleWhaleMapping.campaign(record, context, &batch)
            },
            entity("ad_groups", TripleWhaleSQL.adGroups, id: "adset_id") { record, context, batch in
                try TripleWhaleMapping.adGroup(record, context, &batch)
            },
            entity("creatives", TripleWhaleSQL.ads, id: "ad_id") { record, context, batch in
                try TripleWhaleMapping.creative(record, context, &batch)
            },
        ]
    }

    private func entity(
        _ stream: String, _ sql: TripleWhaleSQL, id: String,
        map: @escaping @Sendable (JSONValue, MappingContext, inout CanonicalBatch) throws -> Void
    ) -> SyncStream {
        SyncStream(
            stream, .all, pager: TripleWhaleSQL.pager, records: "data", id: id, required: ["channel", id],
            request: { query in
                let shop = try Self.shop(query.fields)
                let today = VendorTime.day(query.now, in: query.account.timeZone ?? "UTC")
                let first = VendorTime.day(today, plus: -query.settings.number("entity_days", or: 90))
                return TripleWhaleSQL.request(sql.text(query), shop: shop, days: (first, today))
            },
            unpack: TripleWhaleSQL.rows, map: map)
    }

    // MARK: Days

    private var days: SpanRule {
        .days(
            restated: defaults.number("restated_days", or: 28), slice: defaults.number("slice_days", or: 28),
            history: defaults.number("history_days", or: 730))
    }

    private func daily(
        _ stream: String, every: TimeInterval, _ sql: TripleWhaleSQL, reduced: TripleWhaleSQL, required: [String],
        map: @escaping @Sendable (JSONValue, MappingContext, inout CanonicalBatch) throws -> Void
    ) -> SyncStream {
        @Sendable func request(_ sql: TripleWhaleSQL, _ query: StreamQuery) throws -> VendorRequest {
            let (shop, days) = try Self.window(query)
            return TripleWhaleSQL.request(sql.text(query), shop: shop, days: days)
        }
        return SyncStream(
            stream, days, every: every, pager: TripleWhaleSQL.pager, records: "data", id: "ad_id",
            required: required, request: { try request(sql, $0) }, reduced: { try request(reduced, $0) },
            unpack: TripleWhaleSQL.rows, map: map)
    }

    /// What the ad platforms report themselves.
    private var adDays: SyncStream {
        daily(
            "metric_days", every: 900, .adDays, reduced: .fewAdDays, required: ["event_date", "channel", "spend"]
        ) { record, context, batch in
            try TripleWhaleMapping.adDay(record, context, &batch)
        }
    }

    /// What the pixel attributes to the same ads, by model and window.
    private var attributionDays: SyncStream {
        daily(
            "attribution_days", every: 3600, .attributionDays, reduced: .fewAttributionDays,
            required: ["event_date", "ad_id", "model", "attribution_window"]
        ) { record, context, batch in
            try TripleWhaleMapping.attributionDay(record, context, &batch)
        }
    }

    /// The whole shop.
    private var accountDays: SyncStream {
        daily(
            "account_days", every: 3600, .accountDays, reduced: .fewAccountDays, required: ["event_date"]
        ) { record, context, batch in
            try TripleWhaleMapping.accountDay(record, context, &batch)
        }
    }

    private static func shop(_ fields: [String: String]) throws -> String {
        guard let shop = fields["shop"] else { throw VendorFault.actionRequired(.chooseAccount, message: "shop") }
        return shop
    }

    private static func window(_ query: StreamQuery) throws -> (shop: String, days: (from: Day, to: Day)) {
        guard let days = query.span.days else {
            throw VendorFault.schema(field: "period", message: "Days are read by their window.")
        }
        return (try shop(query.fields), days)
    }

    // MARK: Replies

    public func fault(in response: VendorResponse) -> VendorFault? {
        let message = response.json.firstText("message", "error") ?? response.excerpt
        switch response.status {
        case 200..<300:
            guard response.json.at("success")?.flag == false else { return nil }
            return Self.unknownColumn(message) ?? .permanent(status: response.status, message: message)
        case 400: return Self.unknownColumn(message) ?? .permanent(status: 400, message: message)
        case 403 where message.lowercased().contains("access token is required"):
            return .actionRequired(.chooseAccount, message: message)
        case 500 where message.lowercased().contains("unrecognized shop"):
            return .actionRequired(.chooseAccount, message: message)
        case 429:
            let policy = response.headers["RateLimit-Policy"]
            let window = policy?.split(separator: ";").lazy.compactMap { part in
                part.hasPrefix("w=") ? Double(part.dropFirst(2)) : nil
            }.first
            return .rateLimited(wait: response.retryAfter ?? window, policy: policy ?? "429")
        default: return .standard(response, message: message)
        }
    }

    /// The tables' columns change; a missing one is a changed schema and not a wrong call.
    private static func unknownColumn(_ message: String) -> VendorFault? {
        let words = ["unknown column", "unknown expression identifier", "missing columns", "unknown identifier"]
        let small = message.lowercased()
        guard words.contains(where: small.contains) else { return nil }
        let quoted = message.split(omittingEmptySubsequences: false) { "'`\"".contains($0) }
        return .schema(field: quoted.count > 1 ? String(quoted[1]) : "column", message: String(message.prefix(200)))
    }

    /// `RateLimit: limit=100, remaining=99, reset=12` and the later `"default";r=99;t=12`; there is no
    /// `RateLimit-Remaining`.
    public func allowance(in response: VendorResponse) -> Allowance? {
        guard let text = response.headers["RateLimit"] else { return nil }
        var values: [String: Double] = [:]
        for part in text.split(whereSeparator: { ",;".contains($0) }) {
            let pair = part.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            if pair.count == 2, let number = Double(pair[1]) { values[pair[0].lowercased()] = number }
        }
        guard let remaining = values["remaining"] ?? values["r"] else { return nil }
        return Allowance(remaining: remaining, limit: values["limit"], resetAfter: values["reset"] ?? values["t"])
    }

    // MARK: Actions

    public func request(
        for action: PlatformAction, fields: [String: String], settings: PlatformSettings
    ) -> VendorRequest? {
        guard case .erase(_, let email?) = action, let shop = fields["shop"] else { return nil }
        return .post(
            "/compliance/requests/create-request",
            ["shop": .string(shop), "emails": [.string(email)], "phones": []], endpoint: "write")
    }
}
