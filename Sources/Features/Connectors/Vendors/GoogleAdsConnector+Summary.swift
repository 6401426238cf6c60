import Foundation
import Web

extension GoogleAdsConnector {
    private static let accountDays = GAQL(["segments.date", "metrics.cost_micros"], from: "customer")

    /// The account's cost by day, against our sum over campaigns.
    public var summary: SummarySource? {
        SummarySource(SummaryRules(.days(level: "campaign"))) { days, client in
            guard let account = client.account else { return [] }
            let currency = account.currency ?? "USD"
            let reply = try await client.send(
                Self.search(Self.accountDays.text(days: days), client.fields, customer: account.id)
            ).json
            let parts = (reply.at("results")?.list ?? []).compactMap { row -> (String, SummaryMetric, Int64)? in
                guard let day = row.at("segments.date")?.text else { return nil }
                return (day, .spend, Amount.micros(row.at("metrics.costMicros") ?? 0, currency) ?? 0)
            }
            return SummarySource.days(days, [.spend], parts)
        }
    }
}
