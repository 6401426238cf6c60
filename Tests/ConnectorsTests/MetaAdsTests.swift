import BSON
import FaultLab
import Foundation
import Records
import Testing
import VendorServers
import Web

@testable import Connectors

@Suite("Meta Ads")
struct MetaAdsTests {
    private func open(
        _ company: SeededCompany = SeededCompany(size: .init(customers: 3, orders: 3, campaigns: 4, days: 50)),
        _ overrides: [String: String] = [:],
        _ body: @escaping @Sendable (Lab<MetaAdsServer>) async throws -> Void
    ) async throws {
        let overrides = ["history_days": "56"].merging(overrides) { $1 }
        try await Lab.open(MetaAdsConnector(), MetaAdsServer.self, company: company, overrides: overrides, body)
    }

    private func truth(_ company: SeededCompany) -> [SeededCompany.AdDay] {
        company.calendar.flatMap { day in company.campaigns.map { company.adDay(campaign: $0.number, day: day) } }
    }

    private func sum(_ rows: [BSONDocument], _ field: String) -> Int64 {
        rows.reduce(0) { $0 + ($1[field]?.int64Value ?? 0) }
    }

    private func headline(_ lab: Lab<MetaAdsServer>, _ level: String) async throws -> [BSONDocument] {
        try await lab.rows("metric_days", ["level": .string(level), "action_type": .null])
    }

    @Test("the first load brings campaigns, ad sets, ads and figures that add up; a second one changes nothing")
    func fullLoad() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            #expect(connection.accountID == "1008800")
            try await lab.sync(connection)
            #expect(try await lab.status(connection).state == .healthy)
            #expect(try await lab.count("campaigns") == 4)
            #expect(try await lab.count("ad_groups") == 8)
            let ads = try await lab.rows("creatives")
            #expect(ads.count == 8)
            #expect(Set(ads.compactMap { $0["format"]?.stringValue }) == ["image", "video"])
            #expect(ads.allSatisfy { $0["headline"] != nil && $0["body"] != nil })
            let truth = truth(lab.world.company)
            let days = try await headline(lab, "campaign")
            #expect(days.count == truth.count)
            #expect(sum(days, "spend_minor") == truth.reduce(0) { $0 + $1.spendMinor })
            #expect(sum(days, "conversion_value_minor") == truth.reduce(0) { $0 + $1.valueMinor })
            for level in ["ad_group", "ad"] {
                let parts = try await headline(lab, level)
                #expect(parts.count == truth.count * 2)
                #expect(sum(parts, "spend_minor") == sum(days, "spend_minor"))
            }
            let before = try await lab.fingerprint()
            try await lab.sync(connection)
            #expect(try await lab.fingerprint() == before)
        }
    }

    @Test("a sale under three names counts once; every type of action stands beside with its attribution setting")
    func purchases() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection)
            let truth = truth(lab.world.company)
            let bought = truth.reduce(0) { $0 + $1.conversions }
            let days = try await headline(lab, "campaign")
            #expect(days.reduce(0) { $0 + ($1["conversions"]?.doubleValue ?? 0) } == Double(bought))
            let omni = try await lab.rows("metric_days", ["action_type": "omni_purchase"])
            #expect(omni.reduce(0) { $0 + ($1["conversions"]?.doubleValue ?? 0) } == Double(bought))
            #expect(omni.allSatisfy { $0["spend_minor"] == nil && $0["reach"] == nil })
            #expect(days.allSatisfy { $0["attribution_setting"]?.stringValue == "7d_click_1d_view" })
        }
    }

    @Test("reach is that of one campaign and day, and is not made up for anything larger")
    func reach() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection)
            let day = try #require(lab.world.company.calendar.last)
            let row = try #require(
                try await lab.rows("metric_days", ["day": .string(day), "entity_ref": "23001", "action_type": .null])
                    .first)
            let truth = lab.world.company.adDay(campaign: 1, day: day)
            #expect(row["reach"]?.int64Value == truth.impressions * 3 / 4)
            #expect(try await lab.count("metric_days", ["level": "account"]) == 0)
        }
    }

    @Test("reports are waited for, read page by page, and asked for again when Meta gives one up")
    func reports() async throws {
        let company = SeededCompany(size: .init(customers: 1, orders: 1, campaigns: 12, days: 50))
        try await open(company, ["history_days": "28"]) { lab in
            let connection = try await lab.connect()
            let failed = VendorReply.json([
                "id": "60000", "async_status": "Job Failed", "async_percent_completion": 10, "error_code": 2,
            ])
            lab.host.inject(Fault(.reply(failed), on: "/v26.0/60000"))
            try await lab.sync(connection)
            #expect(try await lab.status(connection).state == .healthy)
            #expect(lab.pauses.all.filter { $0 >= 1 } == [1, 1])
            // One report of ad sets was given up and asked for again, then the one of ads.
            let posts = lab.host.entries.filter { $0.method == "POST" && $0.path.hasSuffix("/insights") }
            #expect(posts.count == 3)
            #expect(lab.host.calls("/v26.0/60001/insights") == 2)
            let days = lab.world.company.calendar.suffix(28)
            #expect(try await lab.count("metric_days", ["level": "ad"]) == days.count * 12 * 2)
        }
    }

    @Test("a report that takes long is looked at less and less often, and later again without holding a worker")
    func longReport() async throws {
        let company = SeededCompany(size: .init(customers: 1, orders: 1, campaigns: 2, days: 50))
        try await open(company, ["history_days": "28"]) { lab in
            let connection = try await lab.connect()
            let running = VendorReply.json([
                "id": "60000", "async_status": "Job Running", "async_percent_completion": 40,
            ])
            lab.host.inject(Fault(.reply(running), on: "/v26.0/60000", times: 9))
            try await lab.sync(connection)
            #expect(lab.pauses.all == [1, 2, 4, 8, 15, 15, 15])
            let status = try await lab.status(connection)
            #expect(status.state == .rateLimited && status.cause == "unfinished" && status.nextStep == .wait)
            lab.time.set(try #require(status.until).addingTimeInterval(1))
            try await lab.bench.workDue()
            #expect(try await lab.status(connection).state == .healthy)
            let posts = lab.host.entries.filter { $0.method == "POST" && $0.path.hasSuffix("/insights") }
            #expect(posts.count == 2)
        }
    }

    @Test("the first load of two years waits for minutes, not for a quarter of an hour")
    func firstLoad() async throws {
        let company = SeededCompany(size: .init(customers: 1, orders: 1, campaigns: 2, days: 50))
        try await open(company, ["history_days": "730"]) { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection)
            #expect(try await lab.status(connection).state == .healthy)
            let posts = lab.host.entries.filter { $0.method == "POST" && $0.path.hasSuffix("/insights") }
            #expect(posts.count == 54)
            #expect(lab.pauses.all.reduce(0, +) < 180, "\(lab.pauses.all.reduce(0, +)) s")
        }
    }

    @Test("a report that fails again and again is ours to look at, not asked for for ever")
    func brokenReports() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            let failed = VendorReply.json(["id": "1", "async_status": "Job Failed", "async_percent_completion": 10])
            lab.host.inject(Fault(.reply(failed), on: "/v26.0/6000", times: 50))
            try await lab.sync(connection)
            #expect(try await lab.status(connection).nextStep == .reportToUs)
            #expect(lab.host.entries.count { $0.method == "POST" } == 2 * 6)
        }
    }

    @Test("the next sync asks for changed campaigns and 28 days; what is archived keeps its name")
    func incremental() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection)
            lab.time.advance(by: 3700)
            let now = lab.time.now
            lab.world.change {
                $0.change(campaign: 2, at: now) {
                    $0.isActive = false; $0.dailyBudgetMinor = 9900
                }
            }
            lab.time.advance(by: 60)
            let calls = lab.host.calls("/act_1008800/insights")
            try await lab.sync(connection)
            #expect(lab.host.calls("/act_1008800/insights") - calls == 3)
            let row = try #require(try await lab.rows("campaigns", ["external_id": "23002"]).first)
            #expect(row["status"]?.stringValue == "paused")
            #expect(row["budget_minor"]?.int64Value == 9900)
            #expect(row["budget_period"]?.stringValue == "daily")
            #expect(try await lab.count("campaigns", ["deleted_at": .null]) == 4)
            let truth = truth(lab.world.company)
            #expect(sum(try await headline(lab, "campaign"), "spend_minor") == truth.reduce(0) { $0 + $1.spendMinor })
        }
    }

    @Test("a login's short token is exchanged at its first use, and the long one a week before its end")
    func exchange() async throws {
        try await open { lab in
            let connection = try await lab.connectByOAuth()
            #expect(lab.host.calls("/oauth/access_token") == 1)
            try await lab.sync(connection)
            #expect(lab.host.calls("/oauth/access_token") == 2)
            lab.time.advance(by: 50 * 86_400)
            try await lab.sync(connection, streams: ["campaigns"])
            #expect(lab.host.calls("/oauth/access_token") == 2)
            lab.time.advance(by: 5 * 86_400)
            try await lab.sync(connection, streams: ["campaigns"])
            #expect(lab.host.calls("/oauth/access_token") == 3)
            #expect(try await lab.status(connection).state == .healthy)
        }
    }

    @Test("a token that dies between pages asks to sign in again; the load then goes on where it stopped")
    func expiry() async throws {
        try await open { lab in
            let connection = try await lab.connectByOAuth()
            lab.host.inject(Fault(.expire, on: "/insights", after: 1))
            try await lab.sync(connection)
            #expect(try await lab.status(connection).nextStep == .reconnect)
            let rows = try await lab.count("metric_days")
            #expect(rows > 0)
            let again = try await lab.connectByOAuth()
            #expect(again.id == connection.id)
            try await lab.sync(connection)
            #expect(try await lab.status(connection).state == .healthy)
            #expect(try await headline(lab, "ad").count == truth(lab.world.company).count * 2)
        }
    }

    @Test("a limit inside a 400 means a countdown of the minutes Meta states")
    func limits() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            lab.host.inject(Fault(.tooMany(retryAfter: 420), on: "/adsets"))
            try await lab.sync(connection)
            let status = try await lab.status(connection)
            #expect(status.state == .rateLimited)
            #expect(status.until == lab.time.now.addingTimeInterval(420))
            lab.time.advance(by: 421)
            try await lab.sync(connection)
            #expect(try await lab.status(connection).state == .healthy)
            #expect(try await lab.count("ad_groups") == 8)
        }
    }

    @Test("usage headers slow calls down at 75 % and stop them at 95 %")
    func usage() throws {
        func allowance(_ name: String, _ value: String) -> Allowance? {
            MetaAdsConnector().allowance(
                in: VendorResponse(status: 200, headers: Pairs([(name, value)]), body: [], receivedAt: Date()))
        }
        let full =
            #"{"1":[{"type":"ads_insights","call_count":97,"total_time":3,"estimated_time_to_regain_access":4}]}"#
        #expect(
            allowance("X-Business-Use-Case-Usage", full) == Allowance(remaining: 0, limit: 100, resetAfter: 240))
        #expect(
            allowance("X-Ad-Account-Usage", #"{"acc_id_util_pct":80,"reset_time_duration":90}"#)
                == Allowance(remaining: 1, limit: 100))
        #expect(
            allowance("X-FB-Ads-Insights-Throttle", #"{"app_id_util_pct":10,"acc_id_util_pct":40}"#)?.remaining == 60)
        #expect(allowance("X-Other", "{}") == nil)
    }

    @Test("codes decide, not the HTTP status")
    func codes() {
        func fault(_ code: Int64, subcode: Int64? = nil, transient: Bool = false) -> VendorFault? {
            let reply = MetaAdsServer(VendorWorld()).error(code, "no", subcode: subcode, transient: transient)
            return MetaAdsConnector().fault(
                in: VendorResponse(status: reply.status, headers: [:], body: reply.body, receivedAt: Date()))
        }
        #expect(fault(17, subcode: 2_446_079) == .rateLimited(wait: 300, policy: "code 17"))
        #expect(fault(80_000) == .rateLimited(wait: 300, policy: "code 80000"))
        #expect(fault(190, subcode: 460) == .authExpired)
        #expect(fault(200) == .actionRequired(.addScope, message: "no"))
        #expect(fault(368) == .actionRequired(.fixAtVendor, message: "no"))
        #expect(fault(2635) == .actionRequired(.configure, message: "no"))
        #expect(fault(100, subcode: 33) == .retry("object missing"))
        #expect(fault(100) == .permanent(status: 400, message: "no (code 100)"))
        #expect(fault(500, transient: true) == .retry("code 500"))
    }

    @Test("a broken server and a cut line are tried again")
    func lines() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            lab.host.inject(Fault(.error(500), on: "/campaigns"), Fault(.cut, on: "/insights", after: 1))
            try await lab.sync(connection)
            #expect(try await lab.status(connection).state == .healthy)
            #expect(try await headline(lab, "campaign").count == truth(lab.world.company).count)
        }
    }

    @Test("insights without their day are a changed schema: nothing is overwritten")
    func schema() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.expectHeld(connection, without: "date_start", on: "/insights", streams: ["metric_days"])
        }
    }

    @Test("the address is confirmed by its own secret; a signed delivery counts once, a forged one not at all")
    func webhooks() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            let path = try await lab.service.webhookPath(lab.scope, connection.id)
            let url = "https://app.example" + path
            let token = String(path.split(separator: "/").last ?? "")
            func receive(_ delivery: WebhookDelivery) async throws -> WebhookAnswer {
                try await lab.service.receive(platform: "meta_ads", token: token, delivery)
            }
            func handshake(_ verify: String) -> WebhookDelivery {
                WebhookDelivery(
                    method: "GET", url: url + "?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=\(verify)",
                    headers: [:], body: [], receivedAt: lab.time.now)
            }
            #expect(try await receive(handshake(token)) == WebhookAnswer(200, "1158201444"))
            #expect(try await receive(handshake("guess")).status == 401)
            let signed = try #require(lab.server.webhook(customer: 1, url: url))
            #expect(try await lab.deliver(signed, to: path, altered: [0x20]) == 401)
            #expect(try await lab.deliver(signed, to: path) == 200)
            #expect(try await lab.deliver(signed, to: path) == 200)
            #expect(try await lab.count("jobs", ["kind": "platforms.webhook"]) == 1)
        }
    }

    @Test("actions are shown as the exact request, budgets in minor units")
    func actions() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            func preview(_ action: PlatformAction) throws -> ExactRequest {
                try lab.request(action, at: connection)
            }
            let pause = try preview(.setStatus(entity: "ad_group", externalID: "24001", active: false))
            #expect(pause.method == "POST" && pause.url.hasSuffix("/v26.0/24001") && pause.body == "status=PAUSED")
            let budget = try preview(.setBudget(externalID: "23001", minor: 5050, currency: "USD"))
            #expect(budget.body == "daily_budget=5050")
            let bid = try preview(.setBid(externalID: "24001", minor: 210, currency: "USD"))
            #expect(bid.body == "bid_amount=210")
            let audience = try preview(.uploadAudience(audienceID: "88", emailHashes: ["ab12"]))
            #expect(audience.url.hasSuffix("/v26.0/88/users"))
            let payload = #"{"schema":["EMAIL"],"data":[["ab12"]]}"#
            #expect(audience.body == "payload=" + PercentCoding.encode(payload))
        }
    }
}
