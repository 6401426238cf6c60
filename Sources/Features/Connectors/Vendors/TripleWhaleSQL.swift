import Foundation
import Web

/// A query over the vendor's tables. Columns are named, because the tables change; rows come in a steady order,
/// because a query answers a thousand at most.
struct TripleWhaleSQL: Sendable {
    let columns: [String]
    let table: String
    var condition = ""
    var group: [String] = []
    let order: [String]

    /// Asks for nothing much: proves the right to read this shop.
    static let proof = """
        SELECT event_date, spend FROM blended_stats_tvf() \
        WHERE event_date BETWEEN @startDate AND @endDate ORDER BY event_date LIMIT 1
        """

    static func request(_ query: String, shop: String, days: (from: String, to: String)) -> VendorRequest {
        .post(
            "/orcabase/api/sql",
            [
                "shopId": .string(shop), "query": .string(query),
                "period": ["startDate": .string(days.from), "endDate": .string(days.to)],
            ], endpoint: "sql")
    }

    /// Rows one query answers at most.
    private static let rowCap = 1000

    /// Pages are made inside the query.
    static let pager = Pager.offset(PageParameter("offset", in: .request), size: rowCap)

    /// Documented as `data`, seen as a bare list and as `rows`.
    static let rows: @Sendable (JSONValue) -> [JSONValue]? = { reply in
        reply.arrayValue ?? reply.at("data")?.arrayValue ?? reply.at("rows")?.arrayValue
    }

    func text(_ query: StreamQuery) -> String {
        func quoted(_ name: String) -> String {
            (query.settings.values[name] ?? "").split(separator: ",")
                .map { "'" + $0.trimmingCharacters(in: .whitespaces).replacing("'", with: "''") + "'" }
                .joined(separator: ", ")
        }
        let narrowed = condition.replacing("{models}", with: quoted("models"))
            .replacing("{windows}", with: quoted("windows"))
        var sql = "SELECT \(columns.joined(separator: ", ")) FROM \(table)"
        sql += " WHERE event_date BETWEEN @startDate AND @endDate" + (narrowed.isEmpty ? "" : " AND \(narrowed)")
        if !group.isEmpty { sql += " GROUP BY \(group.joined(separator: ", "))" }
        sql += " ORDER BY \(order.joined(separator: ", "))"
        return sql + " LIMIT \(Self.rowCap) OFFSET \(query.place.token ?? "0")"
    }

    private static func latest(_ column: String) -> String { "argMax(\(column), event_date) AS \(column)" }
    private static func total(_ column: String) -> String { "sum(\(column)) AS \(column)" }

    // MARK: Levels

    private static let lastDay = "max(event_date) AS last_day"
    /// An entity above the ads has no state of its own here: it runs while one of its ads does.
    private static let running = "max(upper(ad_status) = 'ACTIVE') AS is_running"

    static let campaigns = TripleWhaleSQL(
        columns: [
            "channel", "account_id", "campaign_id", latest("campaign_name"), running,
            "min(event_date) AS first_day", lastDay,
        ],
        table: "ads_table", condition: "campaign_id != ''", group: ["channel", "account_id", "campaign_id"],
        order: ["channel", "account_id", "campaign_id"])

    static let adGroups = TripleWhaleSQL(
        columns: ["channel", "campaign_id", "adset_id", latest("adset_name"), running, lastDay],
        table: "ads_table", condition: "adset_id != ''", group: ["channel", "campaign_id", "adset_id"],
        order: ["channel", "campaign_id", "adset_id"])

    static let ads = TripleWhaleSQL(
        columns: [
            "channel", "campaign_id", "adset_id", "ad_id", latest("ad_name"), latest("ad_status"),
            latest("creative_id"), total("thruplays"), lastDay,
        ],
        table: "ads_table", condition: "ad_id != ''", group: ["channel", "campaign_id", "adset_id", "ad_id"],
        order: ["channel", "campaign_id", "adset_id", "ad_id"])

    // MARK: Days

    private static let adKeys = ["event_date", "channel", "account_id", "campaign_id", "adset_id", "ad_id"]

    static let adDays = TripleWhaleSQL(
        columns: adKeys
            + ["spend", "impressions", "clicks", "conversions", "conversion_value", "thruplays"].map(total),
        table: "ads_table", group: adKeys, order: adKeys)

    static let fewAdDays = TripleWhaleSQL(
        columns: adKeys + ["spend", "impressions", "clicks"].map(total), table: "ads_table", group: adKeys,
        order: adKeys)

    private static let modelKeys = ["event_date", "channel", "ad_id", "model", "attribution_window"]
    private static let chosen = "model IN ({models}) AND attribution_window IN ({windows})"

    static let attributionDays = TripleWhaleSQL(
        columns: modelKeys
            + [
                "orders_quantity", "order_revenue", "new_customer_orders", "new_customer_order_revenue", "sessions",
                "spend",
            ].map(total),
        table: "pixel_joined_tvf()", condition: chosen, group: modelKeys, order: modelKeys)

    static let fewAttributionDays = TripleWhaleSQL(
        columns: modelKeys + ["orders_quantity", "order_revenue"].map(total), table: "pixel_joined_tvf()",
        condition: chosen, group: modelKeys, order: modelKeys)

    static let accountDays = TripleWhaleSQL(
        columns: ["event_date"]
            + ["spend", "order_revenue", "orders_count", "new_customer_orders", "refund_money"].map(total),
        table: "blended_stats_tvf()", group: ["event_date"], order: ["event_date"])

    static let fewAccountDays = TripleWhaleSQL(
        columns: ["event_date"] + ["spend", "order_revenue"].map(total), table: "blended_stats_tvf()",
        group: ["event_date"], order: ["event_date"])
}
