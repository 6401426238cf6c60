import Foundation
import Vault
import Web

/// Triple Whale as its sheet describes it: header key, SQL over its tables, orders with journeys, 429 with its policy.
public struct TripleWhaleServer: VendorServer {
    public static let platform = "triplewhale"

    private static let key = "tw-test-key"
    private let world: VendorWorld
    private let keys: TokenBook
    private let queries: CallWindow
    private let others: CallWindow
    private let tables: TripleWhaleTables

    public init(_ world: VendorWorld) {
        self.world = world
        keys = TokenBook(clock: world.clock, lifetime: .infinity, rotates: false)
        keys.accept(Self.key)
        queries = CallWindow(60, per: 60, clock: world.clock)
        others = CallWindow(100, per: 60, clock: world.clock)
        tables = TripleWhaleTables(world)
    }

    public func settings(base: String) -> [String: String] { ["api_url": base + "/api/{version}"] }

    public var fields: [String: String] {
        ["api_key": Self.key, "shop": world.company.domain, "timezone": world.company.timeZone]
    }

    /// The person who made the key has left the shop.
    public func revoke() { keys.revokeAll() }
    public func expireTokens() { revoke() }
    public func renew() { keys.renew() }

    public func tooMany(retryAfter: Int?) -> VendorReply {
        let reply = failure(429).adding("RateLimit-Policy", "100;w=60").adding("RateLimit", "limit=100, remaining=0")
        return retryAfter.map { reply.adding("Retry-After", String($0)) } ?? reply
    }

    public func failure(_ status: Int) -> VendorReply {
        failure(status, status == 429 ? "Too many requests" : "Failed")
    }

    public func quietFailure() -> VendorReply { failure(200, "Query could not be run") }

    private func failure(_ status: Int, _ message: String) -> VendorReply {
        .json(["success": false, "message": .string(message)], status: status)
    }

    public func reply(to call: VendorCall) throws -> VendorReply {
        guard let key = call.header("x-api-key"), keys.isGood(key) else { return failure(401, "Invalid API key") }
        if call.matches("POST /api/v2/orcabase/api/sql") != nil {
            guard queries.take() != nil else { return tooMany(retryAfter: 60) }
            return try sql(call)
        }
        guard let left = others.take() else { return tooMany(retryAfter: 60) }
        return try plain(call).adding("RateLimit-Policy", "100;w=60")
            .adding("RateLimit", "limit=100, remaining=\(left), reset=60")
    }

    private func plain(_ call: VendorCall) throws -> VendorReply {
        if call.matches("GET /api/v2/users/api-keys/me") != nil {
            return .json(["scopes": ["Summary Page: Read", "Pixel Attribution: Read"]])
        }
        if call.matches("POST /api/v2/summary-page/get-data") != nil { return try summary(call) }
        if call.matches("POST /api/v2/attribution/get-orders-with-journeys-v2") != nil { return try orders(call) }
        if call.matches("POST /api/v2/compliance/requests/create-request") != nil {
            try call.allow(call.json, members: ["emails", "phones"], required: ["shop"])
            return .json(["success": true])
        }
        throw SheetViolation("no such call: \(call.method) \(call.path)")
    }

    /// What the vendor says about a shop it does not know, or about none.
    private func refusal(of shop: JSONValue?) -> VendorReply? {
        guard let shop = shop?.stringValue, !shop.isEmpty else { return failure(403, "Access token is required") }
        return shop == world.company.domain ? nil : failure(500, "Unrecognized shop identifier")
    }

    private func day(_ value: JSONValue?, _ call: VendorCall) throws -> String {
        let text = value?.stringValue ?? ""
        try call.require(text.utf8.count == 10 && CivilTime.parse(text) != nil, "a day is YYYY-MM-DD, not \(text)")
        return text
    }

    // MARK: The summary page

    private func summary(_ call: VendorCall) throws -> VendorReply {
        let body = call.json
        try call.allow(body, members: ["shopDomain", "todayHour"], required: ["period"])
        try call.allow(body["period"], members: [], required: ["start", "end"])
        if let refusal = refusal(of: body["shopDomain"]) { return refusal }
        let from = try day(body["period"]?["start"], call)
        let to = try day(body["period"]?["end"], call)
        if let hour = body["todayHour"]?.int64Value { try call.require((1...25).contains(hour), "todayHour \(hour)") }
        let rows = tables.rows(.blended, from: from, to: to)
        func sum(_ column: String) -> Double {
            rows.reduce(0) { total, row in
                if case .number(let value)? = row[column] { return total + value }
                return total
            }
        }
        func metric(_ id: String, _ metricID: String, _ type: String, _ value: Double) -> JSONValue {
            [
                "id": .string(id), "metricId": .string(metricID), "title": .string(id), "type": .string(type),
                "services": ["shopify"], "values": ["current": .double(value), "previous": 0.0], "delta": 0.0,
            ]
        }
        return .json([
            "metrics": [
                metric("sales", "totalSales", "currency", sum("order_revenue")),
                metric("orders", "totalOrders", "decimal", sum("orders_count")),
                metric("totalRefunds", "totalRefunds", "currency", sum("refund_money")),
                metric("blendedAds", "blendedAdSpend", "currency", sum("spend")),
            ]
        ])
    }

    // MARK: SQL

    private func sql(_ call: VendorCall) throws -> VendorReply {
        let body = call.json
        try call.allow(body, members: ["currency", "shopId"], required: ["query", "period"])
        try call.allow(body["period"], members: [], required: ["startDate", "endDate"])
        if let refusal = refusal(of: body["shopId"]) { return refusal }
        let query = try TripleWhaleQuery(body["query"]?.stringValue ?? "")
        if let unknown = query.columns.first(where: { !query.table.columns.contains($0) }) {
            return failure(400, "Unknown expression identifier '\(unknown)' in scope")
        }
        let rows = tables.rows(
            query.table, from: try day(body["period"]?["startDate"], call),
            to: try day(body["period"]?["endDate"], call))
        let answer = JSONValue.array(query.answer(rows))
        // Live calls answer a bare list, the documentation speaks of `data`.
        return query.table == .pixel ? .json(answer) : .json(["success": true, "message": "OK", "data": answer])
    }

    // MARK: Orders

    private func orders(_ call: VendorCall) throws -> VendorReply {
        let body = call.json
        try call.allow(
            body, members: ["shop", "page", "pageSize", "excludeJourneyData"], required: ["startDate", "endDate"])
        if let refusal = refusal(of: body["shop"]) { return refusal }
        let page = body["page"]?.int64Value ?? 1
        let size = Int(body["pageSize"]?.int64Value ?? 50)
        try call.require((1...10_000).contains(page), "page \(page)")
        try call.require((1...100).contains(size), "pageSize \(size)")
        let days = try day(body["startDate"], call)...(try day(body["endDate"], call))
        let found = world.company.orders.filter {
            !$0.isTest && !$0.isDeleted && days.contains(tables.day(of: $0.placedAt))
        }
        let shown = found.dropFirst((Int(page) - 1) * size).prefix(size)
        let withJourney = body["excludeJourneyData"]?.boolValue != true
        return .json([
            "totalForRange": .int(Int64(found.count)), "count": .int(Int64(shown.count)), "page": .int(page),
            "startDate": .string(days.lowerBound), "endDate": .string(days.upperBound),
            "earliestDate": shown.first.map { .string(HubSpotServer.iso($0.placedAt)) } ?? .null,
            "ordersWithJourneys": .array(shown.map { order($0, withJourney: withJourney) }),
        ])
    }

    private func order(_ order: SeededCompany.Order, withJourney: Bool) -> JSONValue {
        func iso(_ seconds: TimeInterval) -> JSONValue {
            .string(HubSpotServer.iso(order.placedAt.addingTimeInterval(seconds)))
        }
        let campaign = order.number % max(1, world.company.size.campaigns)
        let click: JSONValue = [
            "source": .string(TripleWhaleTables.channel(campaign)),
            "campaignId": .string(TripleWhaleTables.id("1", campaign)),
            "adsetId": .string(TripleWhaleTables.id("2", campaign)),
            "adId": .string(TripleWhaleTables.id("3", campaign)),
            "clickDate": iso(-7200),
        ]
        let members: [JSONValue.Member] = [
            // A number here, a text in the samples.
            .init("order_id", order.number % 2 == 0 ? .int(Int64(order.number)) : .string(String(order.number))),
            .init("order_name", .string("#\(1000 + order.number)")), .init("created_at", iso(0)),
            .init("customer_id", .string(String(order.customer))),
            .init("total_price", .string(HubSpotServer.money(order.totalMinor))),
            .init("currency", .string(world.company.currency)),
            .init("attribution", ["firstClick": [click], "lastClick": [click], "lastPlatformClick": [click]]),
        ]
        let journey: [JSONValue] = [
            ["time": iso(-7190), "event": "page loaded", "path": "/"],
            ["time": iso(-7100), "event": "add2c", "path": "/cart", "productId": .string(String(order.product))],
        ]
        return .object(members + (withJourney ? [.init("journey", .array(journey))] : []))
    }
}
