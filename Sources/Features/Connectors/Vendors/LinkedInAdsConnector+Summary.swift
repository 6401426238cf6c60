import Foundation
import Web

extension LinkedInAdsConnector {
    /// The account's cost by day, against our sum over campaign groups. Days are UTC.
    public var summary: SummarySource? {
        SummarySource(SummaryRules(.days(level: "campaign"), timeZone: "UTC")) { days, client in
            guard let account = client.account else { return [] }
            let currency = account.currency ?? "USD"
            let range = "(start:\(RestLi.date(days.from)),end:\(RestLi.date(days.to)))"
            let path =
                "/adAnalytics?q=analytics&pivot=ACCOUNT&timeGranularity=DAILY&dateRange=\(range)"
                + "&accounts=List(\(RestLi.urn("sponsoredAccount", account.id)))"
                + "&fields=pivotValues,dateRange,costInLocalCurrency"
            let rows = try await client.send(.get(path, endpoint: "analytics")).json.at("elements")?.list ?? []
            let parts = rows.compactMap { row -> (String, SummaryMetric, Int64)? in
                guard let day = Self.summaryDay(row.at("dateRange.start")) else { return nil }
                return (day, .spend, Amount.major(row.at("costInLocalCurrency") ?? "0", currency) ?? 0)
            }
            return SummarySource.days(days, [.spend], parts)
        }
    }

    private static func summaryDay(_ start: JSONValue?) -> String? {
        guard let year = start?.at("year")?.whole, let month = start?.at("month")?.whole,
            let day = start?.at("day")?.whole
        else { return nil }
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(year)-\(two(month))-\(two(day))"
    }
}
