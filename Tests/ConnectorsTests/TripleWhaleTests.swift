import BSON
import Connectors
import Foundation
import Testing
import Vault
import VendorServers
import Web

@Suite("Triple Whale")
struct TripleWhaleTests {
    private let small = SeededCompany(size: .init(customers: 60, orders: 240, campaigns: 3, days: 40))

    private func open(
        _ overrides: [String: String] = [:],
        _ body: @escaping @Sendable (Lab<TripleWhaleServer>) async throws -> Void
    ) async throws {
        try await Lab.open(TripleWhaleConnector(), TripleWhaleServer.self, company: small, overrides: overrides, body)
    }

    private static func sum(_ rows: [BSONDocument], _ field: String) -> Int64 {
        rows.reduce(0) { $0 + ($1[field]?.int64Value ?? 0) }
    }

    private static func day(_ date: Date, _ company: SeededCompany) -> String {
        VendorTime.day(date, in: company.timeZone)
    }

    /// Spend of all campaigns on the company's days.
    private static func spend(_ company: SeededCompany) -> Int64 {
        var total: Int64 = 0
        var day = day(company.start, company)
        while day <= Self.day(company.now, company) {
            for campaign in company.campaigns { total += company.adDay(campaign: campaign.number, day: day).spendMinor }
            day = VendorTime.day(day, plus: 1)
        }
        return total
    }

    private static let attributed: BSONDocument = ["source": ["$regex": "^triplewhale:"]]
    private static let ads: BSONDocument = ["source": "triplewhale", "level": "ad"]

    @Test("the first load brings orders, ads and every source's days; a second one changes nothing")
    func fullLoad() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection)
            let company = lab.world.company
            #expect(try await lab.status(connection).state == .healthy)
            let real = company.orders.filter { !$0.isTest }
            let orders = try await lab.rows("orders")
            #expect(orders.count == real.count)
            #expect(Self.sum(orders, "total_minor") == real.reduce(0) { $0 + $1.totalMinor })
            #expect(try await lab.count("campaigns") == 3)
            #expect(try await lab.count("ad_groups") == 3)
            #expect(try await lab.count("creatives") == 3)
            #expect(try await lab.count("events", ["event_type": "add_to_cart"]) == real.count)
            #expect(try await lab.count("events", ["event_type": "ad_click"]) == real.count)
            let ads = try await lab.rows("metric_days", ["source": "triplewhale", "level": "ad"])
            #expect(Self.sum(ads, "spend_minor") == Self.spend(company))
            let shop = try await lab.rows("metric_days", ["source": "triplewhale", "level": "account"])
            #expect(Self.sum(shop, "spend_minor") == Self.spend(company))
            #expect(Self.sum(shop, "revenue_minor") == real.reduce(0) { $0 + $1.totalMinor })
            #expect(Self.sum(shop, "refund_minor") == real.reduce(0) { $0 + $1.refundedMinor })
            let before = try await lab.fingerprint()
            try await lab.sync(connection)
            #expect(try await lab.fingerprint() == before)
        }
    }

    @Test("models and windows are rows of their own, in their own source")
    func models() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection)
            let rows = try await lab.rows("metric_days", Self.attributed)
            #expect(
                Set(rows.compactMap { $0["source"]?.stringValue }) == [
                    "triplewhale:triple_attribution", "triplewhale:clicks_and_views", "triplewhale:linear_all",
                    "triplewhale:first_click", "triplewhale:last_click",
                ])
            #expect(Set(rows.compactMap { $0["attribution_setting"]?.stringValue }) == ["7_days", "28_days"])
            let triple = rows.filter {
                $0["source"]?.stringValue == "triplewhale:triple_attribution"
                    && $0["attribution_setting"]?.stringValue == "7_days" && $0["action_type"] == nil
            }
            #expect(Self.sum(triple, "spend_minor") == Self.spend(lab.world.company))
        }
    }

    @Test("a run reads the restated window only and replaces it: a day that is gone goes")
    func restated() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection)
            let calls = lab.host.calls("/sql")
            let today = Self.day(lab.time.now, lab.world.company)
            func count(daysAgo: Int) async throws -> Int {
                let day = VendorTime.day(today, plus: -daysAgo)
                return try await lab.count(
                    "metric_days", ["day": .string(day), "source": "triplewhale", "level": "ad"])
            }
            #expect(try await count(daysAgo: 5) == 3)
            lab.host.inject(Fault(.reply(.json(["success": true, "data": []])), on: "/sql"))
            try await lab.sync(connection, streams: ["metric_days"])
            #expect(lab.host.calls("/sql") - calls == 1)
            #expect(try await count(daysAgo: 5) == 0)
            #expect(try await count(daysAgo: 35) == 3)
            try await lab.sync(connection, streams: ["metric_days"])
            #expect(try await count(daysAgo: 5) == 3)
            let open: BSONDocument = ["final": false, "source": "triplewhale", "level": "ad"]
            #expect(try await lab.count("metric_days", open) == 3 * 28)
        }
    }

    @Test("more rows than one answer holds are read by offset")
    func rowCap() async throws {
        try await open(["models": "First Click,Last Click,Linear All,Linear Paid,Clicks & Views,Total Impact"]) { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection)
            // 3 ads × 6 models × 2 windows × 28 days are more than a thousand.
            let rows = try await lab.rows("metric_days", Self.attributed).filter { $0["action_type"] == nil }
            let days = Set(rows.compactMap { $0["day"]?.stringValue }).count
            #expect(rows.count == 36 * days)
            #expect(days >= 40)
        }
    }

    @Test("429 is waited for as the reply or its policy says")
    func tooMany() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            lab.host.inject(Fault(.tooMany(retryAfter: 9), on: "/get-orders", after: 1))
            try await lab.sync(connection, streams: ["orders"])
            #expect(lab.pauses.all.contains(9))
            lab.time.advance(by: 100)
            lab.host.inject(Fault(.tooMany(retryAfter: nil), on: "/get-orders"))
            try await lab.sync(connection, streams: ["orders"])
            let status = try await lab.status(connection)
            #expect(status.state == .rateLimited)
            #expect(status.until == lab.time.now.addingTimeInterval(60))
            lab.time.advance(by: 61)
            try await lab.sync(connection)
            #expect(try await lab.status(connection).state == .healthy)
        }
    }

    @Test("a key that dies in the middle of a listing asks a person; the listing goes on where it stopped")
    func revoked() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            lab.host.inject(Fault(.revoke, on: "/get-orders", after: 1))
            try await lab.sync(connection)
            let status = try await lab.status(connection)
            #expect(status.state == .actionRequired)
            #expect(status.nextStep == .reconnect)
        }
    }

    @Test("a column that is gone is left out; a table without its key columns holds the stream")
    func schema() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection)
            let gone = VendorReply.json(
                ["success": false, "message": "Unknown expression identifier 'thruplays' in scope"], status: 400)
            let calls = lab.host.calls("/sql")
            lab.host.inject(Fault(.reply(gone), on: "/sql"))
            try await lab.sync(connection, streams: ["metric_days"])
            #expect(lab.host.calls("/sql") - calls == 2)
            #expect(
                Self.sum(try await lab.rows("metric_days", Self.ads), "spend_minor") == Self.spend(lab.world.company))
            lab.host.inject(
                Fault(.replacing("\"spend\"", with: "\"cost\""), on: "/sql"))
            let before = try await lab.count("metric_days")
            try await lab.sync(connection, streams: ["metric_days"])
            let status = try await lab.status(connection)
            #expect(status.nextStep == .reportToUs)
            #expect(try await lab.count("metric_days") == before)
        }
    }

    @Test("another shop and a wrong key are refused when connecting")
    func refusal() async throws {
        try await open { lab in
            let good = lab.server.fields
            for change in [["api_key": "wrong"], ["shop": "other.example"]] {
                await #expect(throws: ConnectionError.self) {
                    _ = try await lab.service.connect(
                        lab.scope, platform: "triplewhale", methodID: "key", fields: good.merging(change) { $1 })
                }
            }
            let connections = try await lab.count("connections")
            #expect(connections == 0)
        }
    }

    @Test("erasing a person is one exact request")
    func erase() {
        let request = TripleWhaleConnector().request(
            for: .erase(externalID: "7", email: "ana@mail.example"), fields: ["shop": "northwind.example"],
            settings: TripleWhaleConnector().defaults)
        #expect(request?.path == "/compliance/requests/create-request")
        #expect(request?.body == .json(["shop": "northwind.example", "emails": ["ana@mail.example"], "phones": []]))
    }
}
