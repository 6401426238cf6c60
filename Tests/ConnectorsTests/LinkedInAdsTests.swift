import BSON
import Foundation
import Records
import Testing
import VendorServers
import Web

@testable import Connectors

@Suite("LinkedIn Ads")
struct LinkedInAdsTests {
    private func open(
        _ company: SeededCompany = SeededCompany(size: .init(customers: 3, orders: 3, campaigns: 4, days: 50)),
        _ overrides: [String: String] = [:],
        _ body: @escaping @Sendable (Lab<LinkedInAdsServer>) async throws -> Void
    ) async throws {
        let overrides = ["history_days": "60"].merging(overrides) { $1 }
        try await Lab.open(LinkedInAdsConnector(), LinkedInAdsServer.self, company: company, overrides: overrides, body)
    }

    /// What the company spent on the days of UTC, as LinkedIn cuts them.
    private func truth(_ company: SeededCompany) -> [SeededCompany.AdDay] {
        let days = SeededCompany.days(
            from: VendorTime.day(company.start, in: "UTC"), to: VendorTime.day(company.now, in: "UTC"))
        return days.flatMap { day in company.campaigns.map { company.adDay(campaign: $0.number, day: day) } }
    }

    private func sum(_ rows: [BSONDocument], _ field: String) -> Int64 {
        rows.reduce(0) { $0 + ($1[field]?.int64Value ?? 0) }
    }

    private func headline(_ lab: Lab<LinkedInAdsServer>, _ level: String) async throws -> [BSONDocument] {
        try await lab.rows("metric_days", ["level": .string(level), "action_type": .null])
    }

    @Test("groups are campaigns, campaigns are ad groups, and figures add up; a second load changes nothing")
    func fullLoad() async throws {
        try await open { lab in
            let connection = try await lab.connectByOAuth()
            #expect(connection.accountID == "512345")
            #expect(connection.accountTimeZone == "UTC")
            try await lab.sync(connection)
            #expect(try await lab.status(connection).state == .healthy)
            let campaigns = try await lab.rows("campaigns")
            #expect(campaigns.count == 4)
            let first = campaigns.first { $0["external_id"]?.stringValue == "600000" }
            #expect(first?["budget_minor"]?.int64Value == 150_000)
            #expect(first?["budget_period"]?.stringValue == "lifetime")
            let groups = try await lab.rows("ad_groups", ["campaign_ref": "600001"])
            #expect(groups.count == 2)
            #expect(groups.allSatisfy { $0["budget_minor"]?.int64Value == 3000 && $0["bid_minor"]?.int64Value == 450 })
            let ads = try await lab.rows("creatives")
            #expect(ads.count == 8)
            #expect(Set(ads.compactMap { $0["format"]?.stringValue }) == ["text", "video"])
            let truth = truth(lab.world.company)
            let days = try await headline(lab, "campaign")
            #expect(days.count == truth.count)
            #expect(sum(days, "spend_minor") == truth.reduce(0) { $0 + $1.spendMinor })
            #expect(sum(days, "conversion_value_minor") == truth.reduce(0) { $0 + $1.valueMinor })
            #expect(days.allSatisfy { $0["tz"]?.stringValue == "UTC" })
            for level in ["ad_group", "ad"] {
                #expect(sum(try await headline(lab, level), "spend_minor") == sum(days, "spend_minor"))
            }
            let before = try await lab.fingerprint()
            try await lab.sync(connection)
            #expect(try await lab.fingerprint() == before)
        }
    }

    @Test("conversions after a click and after a view stand beside the headline")
    func conversions() async throws {
        try await open { lab in
            let connection = try await lab.connectByOAuth()
            try await lab.sync(connection)
            let truth = truth(lab.world.company).reduce(0) { $0 + Double($1.conversions) }
            func total(_ filter: BSONDocument) async throws -> Double {
                let rows = try await lab.rows("metric_days", filter)
                return rows.reduce(0) { $0 + ($1["conversions"]?.doubleValue ?? 0) }
            }
            #expect(try await total(["level": "campaign", "action_type": .null]) == truth)
            let click = try await total(["level": "campaign", "attribution_setting": "post_click"])
            let view = try await total(["level": "campaign", "attribution_setting": "post_view"])
            #expect(view > 0 && click + view == truth)
        }
    }

    @Test("structure comes in pages, creatives of many campaigns in portions")
    func pages() async throws {
        let company = SeededCompany(size: .init(customers: 1, orders: 1, campaigns: 60, days: 5))
        try await open(company, ["page_size": "50"]) { lab in
            let connection = try await lab.connectByOAuth()
            try await lab.sync(connection)
            #expect(try await lab.count("campaigns") == 60)
            #expect(try await lab.count("ad_groups") == 120)
            #expect(try await lab.count("creatives") == 120)
            #expect(lab.host.calls("/adCampaignGroups") == 2)
            #expect(lab.host.calls("/creatives") == 3 + 3 + 1)
        }
    }

    @Test("a reply as long as the cap has lost rows: its days are asked for in halves until nothing is missing")
    func cap() async throws {
        let company = SeededCompany(size: .init(customers: 1, orders: 1, campaigns: 600, days: 30))
        try await open(company, ["history_days": "1"]) { lab in
            let connection = try await lab.connectByOAuth()
            try await lab.sync(connection)
            let calls = lab.host.calls("/adAnalytics")
            try await lab.sync(connection, streams: ["metric_days"])
            #expect(lab.host.calls("/adAnalytics") - calls == 3)
            let expected = 600 * 30
            #expect(expected > 15_000)
            #expect(try await headline(lab, "campaign").count == expected)
        }
    }

    @Test("a vanished campaign counts as deleted, a changed one is taken over")
    func incremental() async throws {
        try await open { lab in
            let connection = try await lab.connectByOAuth()
            try await lab.sync(connection)
            lab.time.advance(by: 3700)
            let now = lab.time.now
            lab.world.change {
                $0.change(campaign: 2, at: now) {
                    $0.isActive = false; $0.dailyBudgetMinor = 9000
                }
            }
            lab.host.inject(
                Fault(.replacing("\"id\":600000", with: "\"id\":600001"), on: "/adCampaignGroups"))
            let calls = lab.host.calls("/adAnalytics")
            try await lab.sync(connection)
            #expect(lab.host.calls("/adAnalytics") - calls == 3)
            #expect(try await lab.rows("campaigns", ["external_id": "600000"]).first?["deleted_at"] != nil)
            let changed = try await lab.rows("campaigns", ["external_id": "600002"])
            #expect(changed.first?["status"]?.stringValue == "paused")
            #expect(changed.first?["budget_minor"]?.int64Value == 270_000)
        }
    }

    @Test("a token that dies in the middle is refreshed, and nothing is lost")
    func expiry() async throws {
        try await open { lab in
            let connection = try await lab.connectByOAuth()
            lab.host.inject(Fault(.expire, on: "/adAnalytics", after: 1))
            try await lab.sync(connection)
            #expect(lab.server.tokens.refreshes == 1)
            #expect(try await lab.status(connection).state == .healthy)
            #expect(try await headline(lab, "ad").count == truth(lab.world.company).count * 2)
        }
    }

    @Test("after a year a person has to agree again")
    func revoked() async throws {
        try await open { lab in
            let connection = try await lab.connectByOAuth()
            lab.host.inject(Fault(.revoke, on: "/adCampaigns"))
            try await lab.sync(connection)
            #expect(try await lab.status(connection).nextStep == .reconnect)
            #expect(try await lab.connectByOAuth().id == connection.id)
            try await lab.sync(connection)
            #expect(try await lab.status(connection).state == .healthy)
        }
    }

    @Test("a 429 is tried again; if it stays, the connection rests until midnight UTC")
    func limits() async throws {
        try await open { lab in
            let connection = try await lab.connectByOAuth()
            lab.host.inject(Fault(.tooMany(retryAfter: nil), on: "/adCampaigns"))
            try await lab.sync(connection)
            #expect(try await lab.status(connection).state == .healthy)
            #expect(lab.pauses.all.contains(1))
            lab.host.inject(Fault(.tooMany(retryAfter: nil), on: "/adCampaignGroups", times: 3))
            try await lab.sync(connection)
            let status = try await lab.status(connection)
            #expect(status.state == .rateLimited)
            let until = try #require(status.until)
            #expect(VendorTime.isoSeconds(until).hasSuffix("T00:00:00Z"))
            #expect(until > lab.time.now && until <= lab.time.now.addingTimeInterval(86_400))
            lab.time.advance(by: until.timeIntervalSince(lab.time.now) + 1)
            try await lab.sync(connection)
            #expect(try await lab.status(connection).state == .healthy)
        }
    }

    @Test("a version that has ended is for the operator")
    func version() async throws {
        try await open(SeededCompany(), ["version": "202511"]) { lab in
            await #expect(throws: ConnectionError.refused(.configure, message: "Requested version is not active")) {
                _ = try await lab.connectByOAuth()
            }
        }
    }

    @Test("analytics without their days are a changed schema: nothing is overwritten")
    func schema() async throws {
        try await open { lab in
            let connection = try await lab.connectByOAuth()
            try await lab.expectHeld(connection, without: "dateRange", on: "/adAnalytics", streams: ["metric_days"])
        }
    }

    @Test("the challenge is answered with the client secret; a signed lead is noted, a forged one refused")
    func webhooks() async throws {
        try await open { lab in
            let connection = try await lab.connectByOAuth()
            let path = try await lab.service.webhookPath(lab.scope, connection.id)
            let url = "https://app.example" + path
            let token = String(path.split(separator: "/").last ?? "")
            let challenge = WebhookDelivery(
                method: "GET", url: url + "?challengeCode=890e4665-4dfe-4ab1-b689-ed553bceeed0&applicationId=7",
                headers: [:], body: [], receivedAt: lab.time.now)
            let answer = try await lab.service.receive(platform: "linkedin_ads", token: token, challenge)
            #expect(answer.status == 200)
            let reply = try JSONParser.parse(Array(answer.body.utf8))
            #expect(reply.at("challengeCode")?.text == "890e4665-4dfe-4ab1-b689-ed553bceeed0")
            // hmac_sha256("linkedin-secret", the code), computed elsewhere.
            #expect(
                reply.at("challengeResponse")?.text
                    == "1022ae25f4cea30b9a546040805fb8fe32754e45080562a4e67ab4eaeb734aea")
            let signed = try #require(lab.server.webhook(customer: 1, url: url))
            #expect(try await lab.deliver(signed, to: path, altered: [0x20]) == 401)
            #expect(try await lab.deliver(signed, to: path) == 200)
            #expect(try await lab.count("webhook_events", ["status": "ignored"]) == 1)
        }
    }

    @Test("actions are shown as the exact request, amounts as decimal text")
    func actions() async throws {
        try await open { lab in
            let connection = try await lab.connectByOAuth()
            func preview(_ action: PlatformAction) throws -> ExactRequest {
                try lab.request(action, at: connection)
            }
            let pause = try preview(.setStatus(entity: "campaign", externalID: "600001", active: false))
            #expect(pause.url.hasSuffix("/rest/adAccounts/512345/adCampaignGroups/600001"))
            #expect(pause.body == #"{"patch":{"$set":{"status":"PAUSED"}}}"#)
            let ad = try preview(.setStatus(entity: "ad", externalID: "800001", active: true))
            #expect(ad.url.hasSuffix("/creatives/urn%3Ali%3AsponsoredCreative%3A800001"))
            #expect(ad.body == #"{"patch":{"$set":{"intendedStatus":"ACTIVE"}}}"#)
            let budget = try preview(.setBudget(externalID: "700001", minor: 5005, currency: "USD"))
            #expect(budget.body == #"{"patch":{"$set":{"dailyBudget":{"amount":"50.05","currencyCode":"USD"}}}}"#)
            let yen = try preview(.setBid(externalID: "700001", minor: 450, currency: "JPY"))
            #expect(yen.body == #"{"patch":{"$set":{"unitCost":{"amount":"450","currencyCode":"JPY"}}}}"#)
        }
    }
}
