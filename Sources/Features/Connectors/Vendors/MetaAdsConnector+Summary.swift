import Foundation
import Web

extension MetaAdsConnector {
    /// The account's spend by day, against our sum over campaigns.
    public var summary: SummarySource? {
        SummarySource(SummaryRules(.days(level: "campaign"))) { days, client in
            let currency = client.account?.currency ?? "USD"
            let request = VendorRequest.get(
                "/act_{account}/insights",
                [
                    "level": "account", "time_increment": "1", "use_unified_attribution_setting": "true",
                    "time_range": Self.text(["since": .string(days.from), "until": .string(days.to)]),
                    "fields": "account_currency,date_start,date_stop,spend", "limit": "500",
                ], endpoint: "insights")
            let rows = try await client.send(request).json.at("data")?.list ?? []
            let parts = rows.compactMap { row -> (String, SummaryMetric, Int64)? in
                guard let day = row.at("date_start")?.text else { return nil }
                return (day, .spend, Amount.major(row.at("spend") ?? 0, currency) ?? 0)
            }
            return SummarySource.days(days, [.spend], parts)
        }
    }
}
