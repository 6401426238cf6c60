import Foundation
import Web

extension TikTokAdsConnector {
    /// The advertiser's spend by day, against our sum over campaigns. One call spans at most thirty days.
    public var summary: SummarySource? {
        SummarySource(SummaryRules(.days(level: "campaign"))) { days, client in
            guard let account = client.account else { return [] }
            let currency = account.currency ?? "USD"
            var parts: [(String, SummaryMetric, Int64)] = []
            var from = days.from
            while from <= days.to {
                let to = min(VendorTime.day(from, plus: 29), days.to)
                let rows = try await client.send(Self.advertiserDays(account.id, from, to)).json.at("data.list")?.list
                parts += (rows ?? []).compactMap { row in
                    guard let day = row.at("dimensions.stat_time_day")?.text?.prefix(10) else { return nil }
                    return (String(day), .spend, Amount.major(row.at("metrics.spend"), currency) ?? 0)
                }
                from = VendorTime.day(to, plus: 1)
            }
            return SummarySource.days(days, [.spend], parts)
        }
    }

    private static func advertiserDays(_ advertiser: String, _ from: String, _ to: String) -> VendorRequest {
        .get(
            "/report/integrated/get/",
            [
                "advertiser_id": advertiser, "report_type": "BASIC", "service_type": "AUCTION",
                "data_level": "AUCTION_ADVERTISER", "dimensions": json(["advertiser_id", "stat_time_day"]),
                "metrics": json(["spend"]), "start_date": from, "end_date": to, "page": "1", "page_size": "1000",
            ], endpoint: "report")
    }
}
