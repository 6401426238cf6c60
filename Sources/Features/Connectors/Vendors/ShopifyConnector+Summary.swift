import Foundation
import Web

extension ShopifyConnector {
    /// The shop's own sales report. It states sales less reversals, each on its day, and counts cancelled orders; tests
    /// are in no report.
    public var summary: SummarySource? {
        SummarySource(
            SummaryRules(.orders, revenueIsNet: true, countsCancelled: true),
            read: { days, client in
                let currency = client.account?.currency ?? "USD"
                let question =
                    "FROM sales SHOW orders, total_sales, total_sales_reversals TIMESERIES day "
                    + "SINCE \(days.from) UNTIL \(days.to)"
                let reply = try await client.send(
                    Self.post(ShopifyQueries.report, ["query": .string(question)], endpoint: "reports")
                ).json.at("data.shopifyqlQuery")
                if let error = reply?.at("parseErrors")?.list.first?.text {
                    throw VendorFault.schema(field: "shopifyql", message: error)
                }
                guard let rows = reply?.at("tableData.rows")?.arrayValue else {
                    throw VendorFault.schema(field: "tableData.rows", message: "The report has no rows.")
                }
                return SummarySource.days(
                    days, [.revenue, .orders, .refunds], rows.flatMap { Self.figures($0, currency) })
            },
            rows: { span, client in
                try await Self.sales(span, client) + Self.reversals(span, client)
            })
    }

    private static func figures(_ row: JSONValue, _ currency: String) -> [(String, SummaryMetric, Int64)] {
        guard let day = row.at("day")?.text.map({ String($0.prefix(10)) }) else { return [] }
        return [
            (day, .revenue, Amount.major(row.at("total_sales"), currency) ?? 0),
            (day, .orders, row.at("orders")?.whole ?? 0),
            (day, .refunds, abs(Amount.major(row.at("total_sales_reversals"), currency) ?? 0)),
        ]
    }

    // MARK: Row by row

    private static func sales(_ span: (from: Date, to: Date), _ client: VendorClient) async throws -> [SourceRow] {
        let search =
            "processed_at:>='\(VendorTime.isoSeconds(span.from))' AND processed_at:<'\(VendorTime.isoSeconds(span.to))'"
        return try await listed(ShopifyQueries.soldOrders, search, first: 150, client).compactMap { order in
            guard let id = order.at("id")?.text, let at = order.at("processedAt")?.time,
                let (amount, currency) = money(order.at("totalPriceSet"))
            else { return nil }
            return SourceRow(
                .sale, id, at: at, amountMinor: amount, currency: currency, isTest: order.at("test")?.flag == true,
                isCancelled: order.at("cancelledAt") != nil)
        }
    }

    /// A refund's day cannot be searched for: orders that were given money back for and have changed since.
    private static func reversals(_ span: (from: Date, to: Date), _ client: VendorClient) async throws -> [SourceRow] {
        let search =
            "updated_at:>='\(VendorTime.isoSeconds(span.from))' AND "
            + "(financial_status:refunded OR financial_status:partially_refunded)"
        let orders = try await listed(ShopifyQueries.refundedOrders, search, first: 10, client)
        return orders.filter { $0.at("test")?.flag != true }.flatMap { order in
            (order.at("refunds")?.list ?? []).compactMap { refund in
                guard let id = refund.at("id")?.text, let at = refund.at("createdAt")?.time,
                    at >= span.from, at < span.to, let (amount, currency) = money(refund.at("totalRefundedSet")),
                    amount > 0
                else { return nil }
                return SourceRow(.refund, id, at: at, amountMinor: amount, currency: currency)
            }
        }
    }

    private static func listed(
        _ query: String, _ search: String, first: Int64, _ client: VendorClient
    ) async throws -> [JSONValue] {
        var found: [JSONValue] = []
        var after: JSONValue = .null
        while true {
            let page = try await client.send(
                post(query, ["first": .int(first), "after": after, "query": .string(search)], endpoint: "reports")
            ).json.at("data.orders")
            found += page?.at("nodes")?.list ?? []
            guard page?.at("pageInfo.hasNextPage")?.flag == true, let next = page?.at("pageInfo.endCursor"),
                next != after
            else { return found }
            after = next
        }
    }
}
