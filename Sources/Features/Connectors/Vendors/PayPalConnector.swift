import Customers
import Foundation
import Records
import Vault
import Web

/// PayPal: what came in and what went back, with who paid, and the subscriptions found in it.
public struct PayPalConnector: Connector {
    public let platform = "paypal"
    public let name = "PayPal"

    public init() {}

    public var methods: [AuthMethod] {
        [
            AuthMethod(
                "app", .clientCredentials(id: "client_id", secret: "client_secret"),
                fields: [CredentialField("client_id", .secret), CredentialField("client_secret", .secret)])
        ]
    }

    public var defaults: PlatformSettings {
        PlatformSettings(
            addresses: ["api": "https://api-m.paypal.com", "token": "https://api-m.paypal.com/v1/oauth2/token"],
            version: "v1",
            // A query answers 10,000 rows at most, and covers 31 days at most, also when a clock is put back.
            values: [
                "page": "500", "slice_days": "7", "restated_days": "4", "history_days": "730",
                "subscription_days": "30", "time_zone": "UTC",
            ],
            // Limits are not published.
            budgets: [RateBudget(calls: 10, per: 1)])
    }

    /// The keys have proved themselves with the token; whether the report may be read shows here.
    public func account(_ client: VendorClient) async throws -> VendorAccount {
        let balances = try await client.send(.get("/v1/reporting/balances"))
        let now = balances.receivedAt
        let day = try await client.send(
            Self.transactions(now.addingTimeInterval(-86_400), now, size: 1, page: "1")
        ).json
        guard let id = day.at("account_number")?.text ?? balances.json.at("account_id")?.text else {
            throw VendorFault.schema(field: "account_number", message: "The account has no number.")
        }
        let primary = (balances.json.at("balances")?.list ?? []).first { $0.at("primary")?.flag == true }
        return VendorAccount(
            id: id, name: "PayPal \(id)", currency: primary?.at("currency")?.text,
            timeZone: client.settings.values["time_zone"])
    }

    public var streams: [SyncStream] { [products, payments, subscriptions] }

    // MARK: Transactions

    private static func transactions(_ from: Date, _ to: Date, size: Int, page: String? = nil) -> VendorRequest {
        var query: Pairs = [
            "start_date": VendorTime.isoSeconds(from), "end_date": VendorTime.isoSeconds(to), "fields": "all",
            "page_size": String(size),
        ]
        query.add("page", page)
        return .get("/v1/reporting/transactions", query, endpoint: "transactions")
    }

    private func reported(
        _ stream: String, _ span: SpanRule, every: TimeInterval, id: String, required: [String],
        expand: (@Sendable ([JSONValue], VendorClient) async throws -> [JSONValue])? = nil,
        map: @escaping @Sendable (JSONValue, MappingContext, inout CanonicalBatch) throws -> Void
    ) -> SyncStream {
        let size = defaults.number("page", or: 500)
        return SyncStream(
            stream, span, every: every,
            pager: .page(PageParameter("page"), size: size, total: .pages(at: "total_pages")),
            records: "transaction_details", id: id, required: required,
            request: { query in
                guard let days = query.span.days, let from = Self.midnight(days.from, query),
                    let after = Self.midnight(VendorTime.day(days.to, plus: 1), query)
                else { throw VendorFault.schema(field: "start_date", message: "Transactions are read by days.") }
                return Self.transactions(from, min(after.addingTimeInterval(-1), query.now), size: size)
            }, expand: expand, map: map)
    }

    private static func midnight(_ day: String, _ query: StreamQuery) -> Date? {
        guard let midnight = VendorTime.parse(day + "T00:00:00Z") else { return nil }
        let zone = TimeZone(identifier: query.account.timeZone ?? "UTC")
        return midnight.addingTimeInterval(-Double(zone?.secondsFromGMT(for: midnight) ?? 0))
    }

    /// New rows appear hours later, and a changed status does not move a row's day.
    private var payments: SyncStream {
        reported(
            "payments",
            .days(
                restated: defaults.number("restated_days", or: 4), slice: defaults.number("slice_days", or: 7),
                history: defaults.number("history_days", or: 730)),
            every: 3600, id: "transaction_info.transaction_id",
            required: ["transaction_info.transaction_id", "transaction_info.transaction_amount"]
        ) { record, _, batch in
            try PayPalMapping.transaction(record, &batch)
        }
    }

    /// There is no list of subscriptions: the transactions of a billing cycle name them.
    private var subscriptions: SyncStream {
        let days = defaults.number("subscription_days", or: 30)
        return reported(
            "subscriptions", .days(restated: days, slice: days, history: defaults.number("history_days", or: 730)),
            every: 86_400, id: "id", required: ["id", "status"],
            expand: { records, client in
                let ids = records.compactMap { record -> String? in
                    guard record.at("transaction_info.paypal_reference_id_type")?.text == "SUB" else { return nil }
                    return record.at("transaction_info.paypal_reference_id")?.text
                }
                var found: [JSONValue] = []
                for id in Set(ids).sorted() {
                    let path = "/v1/billing/subscriptions/\(PercentCoding.encode(id))"
                    found.append(try await client.send(.get(path)).json)
                }
                return found
            },
            map: { record, context, batch in try PayPalMapping.subscription(record, context, &batch) })
    }

    private var products: SyncStream {
        SyncStream(
            "products", .all, every: 86_400,
            pager: .page(PageParameter("page"), size: 20, total: .pages(at: "total_pages")), records: "products",
            id: "id", required: ["id", "name"],
            request: { _ in .get("/v1/catalogs/products", ["page_size": "20", "total_required": "true"]) },
            map: { record, _, batch in
                guard let id = record.at("id")?.text, let title = record.at("name")?.text else {
                    throw MappingProblem("name")
                }
                var product = ProductInput(externalID: id, title: title)
                product.category = record.at("category")?.text
                product.updatedAt = record.firstText("update_time", "create_time").flatMap(VendorTime.parse)
                batch.products.append(product)
            })
    }

    // MARK: Replies and actions

    public func fault(in response: VendorResponse) -> VendorFault? {
        let name = response.json.firstText("name", "error") ?? ""
        let detail = response.json.firstText("details.0.description", "message", "error_description")
        let message = [name, detail].compactMap(\.self).filter { !$0.isEmpty }.joined(separator: ": ")
        switch response.status {
        // Dynamic limits without a word about when: growing pauses.
        case 429: return .rateLimited(wait: response.retryAfter, policy: name.isEmpty ? "429" : name)
        default: return .standard(response, message: message.isEmpty ? response.excerpt : message)
        }
    }

    public func request(
        for action: PlatformAction, fields: [String: String], settings: PlatformSettings
    ) -> VendorRequest? {
        func subscription(_ id: String, _ verb: String) -> VendorRequest {
            .post(
                "/v1/billing/subscriptions/\(PercentCoding.encode(id))/\(verb)",
                ["reason": "Asked for by the merchant"],
                endpoint: "write")
        }
        switch action {
        case .setStatus("subscription", let id, let active): return subscription(id, active ? "activate" : "suspend")
        case .cancelSubscription(let id, atPeriodEnd: false): return subscription(id, "cancel")
        default: return nil
        }
    }
}
