import Foundation
import Web

extension StripeConnector {
    /// The ledger of balance transactions, which Stripe's own reports are made of: gross charges and refunds by day,
    /// in the currency they are settled in.
    public var summary: SummarySource? {
        SummarySource(
            SummaryRules(.payments),
            read: { days, client in
                let zone = client.account?.timeZone ?? "UTC"
                let currency = client.account?.currency ?? "USD"
                guard let span = VendorTime.span(from: days.from, to: days.to, in: zone) else { return [] }
                let entries = try await Self.ledger(span, client).filter { $0.currency == currency }
                let parts = entries.map { entry in
                    let metric: SummaryMetric = entry.kind == .sale ? .revenue : .refunds
                    return (VendorTime.day(entry.at, in: zone), metric, entry.amountMinor)
                }
                return SummarySource.days(days, [.revenue, .refunds], parts)
            },
            rows: { span, client in try await Self.ledger(span, client) })
    }

    private static func ledger(
        _ span: (from: Date, to: Date), _ client: VendorClient
    ) async throws -> [SourceRow] {
        var rows: [SourceRow] = []
        var after: String?
        repeat {
            var request = VendorRequest.get("/balance_transactions", ["limit": "100"], endpoint: "ledger")
            request.query.add("created[gte]", String(Int64(span.from.timeIntervalSince1970)))
            request.query.add("created[lte]", String(Int64(span.to.timeIntervalSince1970) - 1))
            request.query.add("starting_after", after)
            let reply = try await client.send(request).json
            let page = reply.at("data")?.list ?? []
            rows += page.compactMap(entry)
            let last = page.last?.at("id")?.text
            after = reply.at("has_more")?.flag == true && last != after ? last : nil
        } while after != nil
        return rows
    }

    /// Payouts, fees of their own and corrections are no sales.
    private static func entry(_ record: JSONValue) -> SourceRow? {
        let kinds: [String: SourceRow.Kind] = [
            "charge": .sale, "payment": .sale, "refund": .refund, "payment_refund": .refund,
        ]
        guard let kind = kinds[record.at("type")?.text ?? ""],
            let source = record.at("source")?.text ?? record.at("source.id")?.text,
            let amount = record.at("amount")?.whole, let currency = record.at("currency")?.text,
            let at = record.at("created")?.secondsTime
        else { return nil }
        return SourceRow(kind, source, at: at, amountMinor: abs(amount), currency: currency.uppercased())
    }
}
