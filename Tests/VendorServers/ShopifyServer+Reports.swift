import Foundation
import Web

/// Shopify's sales report in its own query language, and the searches that list what is in it.
extension ShopifyServer {
    /// `FROM sales SHOW a, b TIMESERIES day SINCE 2026-01-01 UNTIL 2026-01-31`: rows are objects, values are texts.
    func report(_ field: GraphQL.Field) throws -> JSONValue {
        try allow(field, ["query"])
        let text = field.arguments["query"]?.stringValue ?? ""
        let words = text.split(whereSeparator: { $0 == " " || $0 == "," }).map(String.init)
        guard words.count > 8, Array(words.prefix(3)) == ["FROM", "sales", "SHOW"],
            let series = words.firstIndex(of: "TIMESERIES"),
            words.count == series + 6, words[series + 1] == "day", words[series + 2] == "SINCE",
            words[series + 4] == "UNTIL"
        else { return ["tableData": .null, "parseErrors": [.string("Feature not supported: \(text)")]] }
        let shown = words[3..<series]
        let known: Set = ["orders", "total_sales", "total_sales_reversals"]
        if let other = shown.first(where: { !known.contains($0) }) { throw SheetViolation("sales has no \(other)") }
        let rows = SeededCompany.days(from: words[series + 3], to: words[series + 5]).map { day in
            let figures = sales(on: day)
            return JSONValue.object(
                [.init("day", .string(day))] + shown.map { .init($0, .string(figures[$0] ?? "0")) })
        }
        let columns: [JSONValue] = (["day"] + shown).map { ["name": .string($0)] }
        return [
            "tableData": ["columns": .array(columns), "rows": .array(rows)], "parseErrors": [],
        ]
    }

    /// Test orders are in no report; cancelled ones are sales all the same.
    private func sales(on day: String) -> [String: String] {
        let company = world.company
        let orders = company.orders.filter { !$0.isTest && !$0.isDeleted }
        let sold = orders.filter { company.dayText($0.placedAt) == day }
        let returned = orders.filter { $0.refundedMinor > 0 && company.dayText($0.updatedAt) == day }
        let reversals = returned.reduce(Int64(0)) { $0 + $1.refundedMinor }
        return [
            "orders": String(sold.count),
            "total_sales": HubSpotServer.money(sold.reduce(0) { $0 + $1.totalMinor } - reversals),
            "total_sales_reversals": HubSpotServer.money(-reversals),
        ]
    }

    /// Orders of a span by when they were placed, or those with refunds that changed since; nil for the plain listing.
    func searched(_ field: GraphQL.Field) throws -> [Int]? {
        guard let text = field.arguments["query"]?.stringValue else { return nil }
        func moment(_ prefix: String, in part: Substring) -> Date? {
            guard part.hasPrefix(prefix), part.hasSuffix("Z'") else { return nil }
            return CivilTime.parse(String(part.dropFirst(prefix.count).dropLast()))
        }
        let company = world.company
        let parts = text.split(separator: " ")
        let key = field.arguments["sortKey"]?.stringValue
        if parts.count == 3, key == "PROCESSED_AT", let from = moment("processed_at:>='", in: parts[0]),
            parts[1] == "AND", let to = moment("processed_at:<'", in: parts[2])
        {
            return company.orders.filter { !$0.isDeleted && $0.placedAt >= from && $0.placedAt < to }.map(\.number)
        }
        let states = " AND (financial_status:refunded OR financial_status:partially_refunded)"
        guard key == "UPDATED_AT", text.hasSuffix(states), let since = moment("updated_at:>='", in: parts[0]) else {
            return nil
        }
        return company.orders(updatedSince: since).filter {
            !company.order($0).isDeleted && company.order($0).refundedMinor > 0
        }
    }
}
