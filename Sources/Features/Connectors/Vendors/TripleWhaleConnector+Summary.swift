import Foundation
import Web

extension TripleWhaleConnector {
    /// The summary page, a call a day, against the shop's own days from SQL.
    public var summary: SummarySource? {
        SummarySource(SummaryRules(.days(level: "account"))) { days, client in
            guard let shop = client.fields["shop"] else {
                throw VendorFault.actionRequired(.chooseAccount, message: "shop")
            }
            let currency = client.account?.currency ?? "USD"
            var result: [SourceDay] = []
            for day in SummarySource.every(days) {
                let reply = try await client.send(Self.summaryPage(shop, day)).json
                guard let items = reply.at("metrics")?.arrayValue else {
                    throw VendorFault.schema(field: "metrics", message: "The summary holds no metrics.")
                }
                result.append(SourceDay(day, Self.figures(items, currency)))
            }
            return result
        }
    }

    private static func summaryPage(_ shop: String, _ day: String) -> VendorRequest {
        .post(
            "/summary-page/get-data",
            [
                "shopDomain": .string(shop), "period": ["start": .string(day), "end": .string(day)],
                // The whole day.
                "todayHour": 25,
            ], endpoint: "summary")
    }

    /// Names of the same metric, of which a reply has one or another.
    private static let names: [(SummaryMetric, Set<String>)] = [
        (.revenue, ["sales", "totalSales"]), (.orders, ["orders", "totalOrders"]),
        (.refunds, ["totalRefunds"]), (.spend, ["blendedAds", "blendedAdSpend"]),
    ]

    private static func figures(_ items: [JSONValue], _ currency: String) -> [SummaryMetric: Int64] {
        var figures: [SummaryMetric: Int64] = [:]
        for item in items {
            let own = ["id", "metricId", "metricName"].compactMap { item.at($0)?.text }
            guard let metric = names.first(where: { !$0.1.isDisjoint(with: own) })?.0 else { continue }
            let value = item.at("values.current") ?? item.at("value")
            let number = metric.isMoney ? Amount.major(value, currency) : value?.whole
            figures[metric] = metric == .refunds ? number.map(abs) : number
        }
        return figures
    }
}
