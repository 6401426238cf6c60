import BSON
import Customers
import Foundation
import Jobs
import Mongo
import Records
import Tenancy
import Testing
import Vault
import VendorServers
import Web

@testable import Connectors

@Suite("TikTok Ads")
struct TikTokAdsTests {
    private let company = SeededCompany(size: .init(customers: 5, orders: 5, campaigns: 7, days: 50))

    private func open(
        _ overrides: [String: String] = [:],
        _ body: @escaping @Sendable (Lab<TikTokAdsServer>) async throws -> Void
    ) async throws {
        try await Lab.open(TikTokAdsConnector(), TikTokAdsServer.self, company: company, overrides: overrides, body)
    }

    /// What the company spent on all campaigns on the days it advertises.
    private func truth(_ lab: Lab<TikTokAdsServer>) -> (spend: Int64, value: Int64, rows: Int) {
        let company = lab.world.company
        var sum = (spend: Int64(0), value: Int64(0), rows: 0)
        var day = TikTokAdsServer.covered(lab.world).lowerBound
        while TikTokAdsServer.covered(lab.world).contains(day) {
            for campaign in company.campaigns {
                let figures = company.adDay(campaign: campaign.number, day: day)
                sum = (sum.spend + figures.spendMinor, sum.value + figures.valueMinor, sum.rows + 1)
            }
            day = VendorTime.day(day, plus: 1)
        }
        return sum
    }

    @Test("the first load brings both families and every level's figures; a second one changes nothing")
    func fullLoad() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection)
            #expect(try await lab.status(connection).state == .healthy)
            #expect(try await lab.count("campaigns") == 7)
            #expect(try await lab.count("ad_groups") == 7)
            let ad = try #require(try await lab.rows("creatives").first)
            #expect(ad["duration_seconds"]?.intValue == 15)
            let truth = truth(lab)
            for level in ["campaign", "ad_group", "ad"] {
                let days = try await lab.rows("metric_days", ["level": .string(level)])
                #expect(days.count == truth.rows)
                #expect(days.reduce(0) { $0 + ($1["spend_minor"]?.int64Value ?? 0) } == truth.spend)
                #expect(days.reduce(0) { $0 + ($1["conversion_value_minor"]?.int64Value ?? 0) } == truth.value)
            }
            let row = try #require(try await lab.rows("metric_days").first)
            #expect(row["tz"]?.stringValue == "America/New_York")
            #expect(row["video_views"] == nil)
            let before = try await lab.fingerprint()
            try await lab.sync(connection)
            #expect(try await lab.fingerprint() == before)
        }
    }

    @Test("small pages are followed through both families")
    func pages() async throws {
        try await open(["page_size": "2"]) { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection, streams: ["campaigns"])
            #expect(try await lab.count("campaigns") == 7)
            #expect(lab.host.calls("/open_api/v1.3/campaign/get/") == 3)
            #expect(lab.host.calls("/smart_plus/campaign/get/") == 1)
        }
    }

    @Test("the next sync asks for the restated days only, and takes over what changed")
    func incremental() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection)
            let reports = lab.host.calls("/report/")
            lab.time.advance(by: 3600)
            let now = lab.time.now
            lab.world.change {
                $0.change(campaign: 2, at: now) {
                    $0.isActive.toggle(); $0.dailyBudgetMinor = 7750
                }
            }
            try await lab.sync(connection)
            #expect(lab.host.calls("/report/") - reports == 3)
            let campaign = try await lab.rows("campaigns", ["external_id": .string(TikTokAdsServer.campaignID(2))])
            #expect(campaign.first?["status"]?.stringValue == "paused")
            #expect(campaign.first?["budget_minor"]?.int64Value == 7750)
            let days = try await lab.rows("metric_days", ["level": "campaign"])
            #expect(days.reduce(0) { $0 + ($1["spend_minor"]?.int64Value ?? 0) } == truth(lab).spend)
        }
    }

    @Test("limits told inside a 200 are waited for: a second, or minutes with a countdown")
    func limits() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            lab.host.inject(Fault(.tooMany(retryAfter: nil), on: "/adgroup/"))
            try await lab.sync(connection)
            #expect(lab.pauses.all.contains(1))
            #expect(try await lab.status(connection).state == .healthy)
            lab.host.inject(Fault(.tooMany(retryAfter: 300), on: "/report/", after: 1))
            try await lab.sync(connection)
            let status = try await lab.status(connection)
            #expect(status.state == .rateLimited)
            #expect(status.until == lab.time.now.addingTimeInterval(300))
            lab.time.advance(by: 301)
            try await lab.sync(connection)
            #expect(try await lab.status(connection).state == .healthy)
            #expect(try await lab.count("metric_days", ["level": "ad"]) == truth(lab).rows)
        }
    }

    @Test("the day's quota ends at midnight UTC")
    func dailyQuota() throws {
        let now = try #require(CivilTime.parse("2026-11-21T15:00:00Z"))
        let reply = VendorResponse(
            status: 200, headers: [:], body: Array(#"{"code":40100,"message":"QPD limit reached"}"#.utf8),
            receivedAt: now)
        #expect(TikTokAdsConnector().fault(in: reply) == .rateLimited(wait: 9 * 3600, policy: "QPD"))
    }

    @Test(
        "codes in a 200 become what a person or we have to do",
        arguments: [
            (40001, VendorFault.Remedy.addScope), (40110, .reconnect), (40300, .chooseAccount), (41001, .reportToUs),
            (40051, .configure),
        ])
    func codes(_ code: Int, _ remedy: VendorFault.Remedy) {
        func fault(_ code: Int) -> VendorFault? {
            let body = #"{"code":\#(code),"message":"no","request_id":"r1"}"#
            return TikTokAdsConnector().fault(
                in: VendorResponse(status: 200, headers: [:], body: Array(body.utf8), receivedAt: Date()))
        }
        #expect(fault(code) == .actionRequired(remedy, message: "no (request r1)"))
        #expect(fault(0) == nil && fault(20001) == nil)
        #expect(fault(51010) == .retry("no (request r1)"))
        #expect(fault(40105) == .authExpired)
    }

    @Test("a server error inside a 200 and a cut line are tried again")
    func lines() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            lab.host.inject(Fault(.error(500), on: "/campaign/"), Fault(.cut, on: "/report/", after: 1))
            try await lab.sync(connection)
            #expect(try await lab.count("campaigns") == 7)
            #expect(try await lab.count("metric_days", ["level": "campaign"]) == truth(lab).rows)
            #expect(try await lab.status(connection).state == .healthy)
        }
    }

    @Test("the token does not expire; one that dies asks to sign in again, and nothing is lost")
    func token() async throws {
        try await open { lab in
            let connection = try await lab.connectByOAuth()
            #expect(connection.accountID == TikTokAdsServer.advertiser)
            lab.host.inject(Fault(.expire, on: "/report/", after: 1))
            try await lab.sync(connection)
            let status = try await lab.status(connection)
            #expect(status.state == .actionRequired)
            #expect(status.nextStep == .reconnect)
            #expect(try await lab.count("campaigns") == 7)
            _ = try await lab.connectByOAuth()
            try await lab.sync(connection)
            #expect(try await lab.status(connection).state == .healthy)
            #expect(try await lab.count("connections") == 1)
            #expect(try await lab.count("metric_days", ["level": "ad"]) == truth(lab).rows)
        }
    }

    @Test("a report without spend is a changed schema: nothing is overwritten")
    func schema() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.expectHeld(connection, without: "spend", on: "/report/")
        }
    }

    @Test("a campaign that is gone counts as deleted")
    func vanished() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection, streams: ["campaigns"])
            lab.host.inject(
                Fault(
                    .rewrite { reply in
                        let text = String(decoding: reply.body, as: UTF8.self)
                        let id = TikTokAdsServer.campaignID(0)
                        return VendorReply(
                            200, headers: [("Content-Type", "application/json")],
                            body: Array(text.replacingOccurrences(of: id, with: TikTokAdsServer.campaignID(1)).utf8))
                    }, on: "/campaign/get/"))
            try await lab.sync(connection, streams: ["campaigns"])
            let row = try await lab.rows("campaigns", ["external_id": .string(TikTokAdsServer.campaignID(0))])
            #expect(row.first?["deleted_at"] != nil)
        }
    }

    @Test("a signed delivery starts a sync once; forged and late ones are refused")
    func webhooks() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            let path = try await lab.service.webhookPath(lab.scope, connection.id)
            let url = "https://app.example" + path
            let signed = try #require(lab.server.webhook(customer: 3, url: url))
            #expect(try await lab.deliver(signed, to: path, altered: [0x20]) == 401)
            #expect(try await lab.deliver(signed, to: path, late: 400) == 401)
            #expect(try await lab.deliver(signed, to: path) == 200)
            #expect(try await lab.deliver(signed, to: path) == 200)
            #expect(try await lab.count("jobs", ["kind": "platforms.webhook"]) == 1)
            let delivery = WebhookDelivery(
                method: "POST", url: url, headers: [:], body: signed.body, receivedAt: lab.time.now)
            #expect(
                try TikTokAdsConnector().events(in: delivery).map(\.meaning) == [.changed(streams: ["campaigns"])])
        }
    }

    @Test("actions are shown as the exact request")
    func actions() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            let pause = try lab.request(
                .setStatus(entity: "ad_group", externalID: "18", active: false), at: connection)
            #expect(pause.method == "POST")
            #expect(pause.url.hasSuffix("/open_api/v1.3/adgroup/status/update/"))
            let advertiser = TikTokAdsServer.advertiser
            #expect(
                pause.body == #"{"advertiser_id":"\#(advertiser)","adgroup_ids":["18"],"operation_status":"DISABLE"}"#)
            let budget = try lab.request(
                .setBudget(externalID: "17", minor: 7550, currency: "USD"), at: connection)
            #expect(budget.url.hasSuffix("/campaign/update/"))
            #expect(budget.body == #"{"advertiser_id":"\#(advertiser)","campaign_id":"17","budget":75.5}"#)
        }
    }
}
