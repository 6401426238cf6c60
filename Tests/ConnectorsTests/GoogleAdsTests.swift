import BSON
import Foundation
import Records
import Testing
import VendorServers
import Web

@testable import Connectors

@Suite("Google Ads")
struct GoogleAdsTests {
    private func open(
        _ company: SeededCompany = SeededCompany(size: .init(customers: 3, orders: 3, campaigns: 4, days: 100)),
        history: Int = 120, _ overrides: [String: String] = [:],
        _ body: @escaping @Sendable (Lab<GoogleAdsServer>) async throws -> Void
    ) async throws {
        let overrides = ["history_days": String(history)].merging(overrides) { $1 }
        try await Lab.open(GoogleAdsConnector(), GoogleAdsServer.self, company: company, overrides: overrides, body)
    }

    private func truth(_ company: SeededCompany) -> [SeededCompany.AdDay] {
        company.calendar.flatMap { day in company.campaigns.map { company.adDay(campaign: $0.number, day: day) } }
    }

    private func spend(_ rows: [BSONDocument]) -> Int64 { rows.reduce(0) { $0 + ($1["spend_minor"]?.int64Value ?? 0) } }

    @Test("the first load brings campaigns, groups, ads and figures that add up; a second one changes nothing")
    func fullLoad() async throws {
        try await open { lab in
            let connection = try await lab.connectByOAuth()
            #expect(connection.accountID == "1234567890")
            #expect(connection.accountTimeZone == "America/New_York")
            try await lab.sync(connection)
            #expect(try await lab.status(connection).state == .healthy)
            #expect(try await lab.count("campaigns") == 4)
            #expect(try await lab.count("ad_groups") == 4 * 2 + 1)
            #expect(try await lab.count("creatives") == 4 * 2 + 1)
            let truth = truth(lab.world.company)
            let days = try await lab.rows("metric_days", ["level": "campaign", "action_type": .null])
            #expect(days.count == truth.count)
            #expect(spend(days) == truth.reduce(0) { $0 + $1.spendMinor })
            #expect(days.reduce(0) { $0 + ($1["clicks"]?.int64Value ?? 0) } == truth.reduce(0) { $0 + $1.clicks })
            #expect(spend(try await lab.rows("metric_days", ["level": "ad_group"])) == spend(days))
            #expect(spend(try await lab.rows("metric_days", ["level": "ad"])) == spend(days))
            #expect(days.allSatisfy { $0["reach"] == nil })
            let before = try await lab.fingerprint()
            try await lab.sync(connection)
            #expect(try await lab.fingerprint() == before)
        }
    }

    @Test("conversions stand by action besides the headline, and value in the currency")
    func conversions() async throws {
        try await open { lab in
            let connection = try await lab.connectByOAuth()
            try await lab.sync(connection)
            let truth = truth(lab.world.company)
            let actions = try await lab.rows("metric_days", ["action_type": "Purchase"])
            #expect(actions.count == truth.count { $0.conversions > 0 })
            let value = truth.reduce(0) { $0 + $1.valueMinor }
            #expect(actions.reduce(0) { $0 + ($1["conversion_value_minor"]?.int64Value ?? 0) } == value)
            #expect(actions.allSatisfy { $0["spend_minor"] == nil })
            let headline = try await lab.rows("metric_days", ["action_type": .null, "level": "campaign"])
            #expect(headline.reduce(0) { $0 + ($1["conversion_value_minor"]?.int64Value ?? 0) } == value)
        }
    }

    @Test("budgets are read from micros, shared ones cannot be changed through one campaign")
    func campaigns() async throws {
        try await open { lab in
            let connection = try await lab.connectByOAuth()
            try await lab.sync(connection)
            let rows = try await lab.rows("campaigns")
            #expect(Set(rows.compactMap { $0["budget_minor"]?.int64Value }) == [5000, 6000, 7000, 8000])
            #expect(rows.first { $0["external_id"] == "7000" }?["budget_ref"]?.stringValue == "500")
            #expect(rows.first { $0["external_id"] == "7002" }?["budget_ref"] == nil)
            #expect(rows.first { $0["external_id"] == "7003" }?["status"]?.stringValue == "paused")
            let start = try #require(rows.first?["start_at"]?.dateValue)
            #expect(VendorTime.day(start, in: "America/New_York") == lab.world.company.calendar.first)
            let group = try await lab.rows("ad_groups", ["external_id": "80000"])
            #expect(group.first?["bid_minor"]?.int64Value == 125)
            let assets = try await lab.rows("ad_groups", ["external_id": "asset_group:6001"])
            #expect(assets.first?["campaign_ref"]?.stringValue == "7001")
        }
    }

    @Test("a sync reads 30 days again, the first one of a week 90; corrected figures replace the old, vanished rows go")
    func restatement() async throws {
        try await open { lab in
            lab.host.inject(
                Fault(
                    .rewrite { reply in
                        let text = String(decoding: reply.body, as: UTF8.self)
                            .replacingOccurrences(of: "\"costMicros\":\"", with: "\"costMicros\":\"9")
                            .replacingOccurrences(of: "\"id\":\"7003\"", with: "\"id\":\"7999\"")
                        return VendorReply(200, headers: [("Content-Type", "application/json")], body: Array(text.utf8))
                    }, on: "googleAds:search", after: 6))
            let connection = try await lab.connectByOAuth()
            try await lab.sync(connection)
            let truth = truth(lab.world.company).reduce(0) { $0 + $1.spendMinor }
            func stored() async throws -> Int64 {
                spend(try await lab.rows("metric_days", ["level": "campaign", "action_type": .null]))
            }
            #expect(try await stored() > truth)
            #expect(try await lab.count("metric_days", ["entity_ref": "7999"]) == 30)
            let calls = lab.host.calls("googleAds:search")
            lab.time.advance(by: 900)
            try await lab.sync(connection, streams: ["metric_days"])
            #expect(lab.host.calls("googleAds:search") - calls == 1)
            #expect(try await stored() == truth)
            #expect(try await lab.count("metric_days", ["entity_ref": "7999"]) == 0)
            lab.time.advance(by: 8 * 86_400)
            try await lab.sync(connection, streams: ["metric_days"])
            #expect(lab.host.calls("googleAds:search") - calls == 1 + 3)
            #expect(try await stored() == truth)
        }
    }

    @Test("days are final once no sync reads them again")
    func finality() async throws {
        try await open { lab in
            let connection = try await lab.connectByOAuth()
            try await lab.sync(connection)
            let edge = VendorTime.day(VendorTime.day(lab.time.now, in: "America/New_York"), plus: -83)
            let rows = try await lab.rows("metric_days")
            #expect(
                rows.contains { $0["final"]?.boolValue == true } && rows.contains { $0["final"]?.boolValue == false })
            #expect(rows.allSatisfy { ($0["final"]?.boolValue == true) == (($0["day"]?.stringValue ?? "") <= edge) })
        }
    }

    @Test("more than 10,000 rows come in pages, and a token that dies between them is refreshed")
    func pages() async throws {
        let large = SeededCompany(size: .init(customers: 1, orders: 1, campaigns: 400, days: 30))
        try await open(large, history: 1) { lab in
            let connection = try await lab.connectByOAuth()
            try await lab.sync(connection)
            let calls = lab.host.calls("googleAds:search")
            lab.host.inject(Fault(.expire, on: "googleAds:search", after: 1))
            try await lab.sync(connection, streams: ["metric_days"])
            #expect(lab.host.calls("googleAds:search") - calls == 3)
            #expect(lab.server.tokens.refreshes == 1)
            #expect(try await lab.status(connection).state == .healthy)
            let expected = 400 * lab.world.company.calendar.suffix(30).count
            #expect(expected > 10_000)
            #expect(try await lab.count("metric_days", ["level": "campaign", "action_type": .null]) == expected)
        }
    }

    @Test("too many calls are waited for as told; the day's operations mean a countdown")
    func limits() async throws {
        try await open { lab in
            let connection = try await lab.connectByOAuth()
            lab.host.inject(Fault(.tooMany(retryAfter: 17), on: "googleAds:search", after: 2))
            try await lab.sync(connection)
            #expect(lab.pauses.all.contains(17))
            #expect(try await lab.status(connection).state == .healthy)
            let over = lab.server.error(429, "RESOURCE_EXHAUSTED", "quotaError", "RESOURCE_EXHAUSTED", "Used up.")
            lab.host.inject(Fault(.reply(over), on: "googleAds:search", after: 1))
            try await lab.sync(connection)
            #expect(try await lab.status(connection).state == .rateLimited)
            lab.time.advance(by: 3601)
            try await lab.sync(connection)
            #expect(try await lab.status(connection).state == .healthy)
        }
    }

    @Test("a broken server and a cut line are tried again")
    func lines() async throws {
        try await open { lab in
            let connection = try await lab.connectByOAuth()
            lab.host.inject(
                Fault(.error(503), on: "googleAds:search", after: 1), Fault(.cut, on: "googleAds:search", after: 3))
            try await lab.sync(connection)
            #expect(try await lab.status(connection).state == .healthy)
            let days = try await lab.count("metric_days", ["level": "campaign", "action_type": .null])
            #expect(days == truth(lab.world.company).count)
        }
    }

    @Test("campaigns without a name are a changed schema: the stream waits for us, nothing is overwritten")
    func schema() async throws {
        try await open { lab in
            let connection = try await lab.connectByOAuth()
            try await lab.expectHeld(connection, without: "name", on: "googleAds:search", streams: ["campaigns"])
        }
    }

    @Test("a revoked sign-in asks a person; signing in again goes on with the same connection")
    func revoked() async throws {
        try await open { lab in
            let connection = try await lab.connectByOAuth()
            lab.host.inject(Fault(.revoke, on: "googleAds:search", after: 2))
            try await lab.sync(connection)
            #expect(try await lab.status(connection).nextStep == .reconnect)
            let again = try await lab.connectByOAuth()
            #expect(again.id == connection.id)
            try await lab.sync(connection)
            #expect(try await lab.status(connection).state == .healthy)
            #expect(try await lab.count("campaigns") == 4)
        }
    }

    @Test("with several accounts a person has to choose one; a manager's own number names those below it")
    func choosing() async throws {
        try await open { lab in
            func connect(_ fields: [String: String]) async throws -> ConnectionError? {
                let address = try await lab.service.startOAuth(
                    lab.scope, platform: "google_ads", fields: fields, redirectURI: "https://app.example/back")
                let back = try lab.host.visit(address).headers.first { $0.name == "Location" }?.value
                let items = URLComponents(string: back ?? "")?.queryItems ?? []
                let values = Dictionary(items.map { ($0.name, $0.value ?? "") }) { first, _ in first }
                do {
                    _ = try await lab.service.finishOAuth(
                        lab.scope, state: values["state"] ?? "", code: values["code"] ?? "")
                    return nil
                } catch let error as ConnectionError {
                    return error
                }
            }
            let names = "1234567890 (Northwind Coffee), 2223334444 (Northwind Wholesale)"
            #expect(try await connect([:]) == .refused(.chooseAccount, message: names))
            let below = try await connect(["customer_id": "999-000-1111"])
            #expect(below == .refused(.chooseAccount, message: names))
            let both = ["customer_id": "123-456-7890", "login_customer_id": "999-000-1111"]
            #expect(try await connect(both) == nil)
        }
    }

    @Test("codes inside the failure say what to do, not the HTTP status")
    func codes() throws {
        let server = GoogleAdsServer(VendorWorld())
        func fault(_ kind: String, _ code: String, _ status: Int = 400) -> VendorFault? {
            let reply = server.error(status, "INVALID_ARGUMENT", kind, code, "no")
            return GoogleAdsConnector().fault(
                in: VendorResponse(status: status, headers: [:], body: reply.body, receivedAt: Date()))
        }
        #expect(
            fault("authorizationError", "USER_PERMISSION_DENIED", 403) == .actionRequired(.chooseAccount, message: "no")
        )
        #expect(
            fault("authorizationError", "CUSTOMER_NOT_ENABLED", 403) == .actionRequired(.fixAtVendor, message: "no"))
        #expect(
            fault("authorizationError", "CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION", 403)
                == .actionRequired(.configure, message: "no"))
        #expect(fault("authenticationError", "OAUTH_TOKEN_REVOKED", 401) == .actionRequired(.reconnect, message: "no"))
        #expect(fault("authenticationError", "OAUTH_TOKEN_EXPIRED", 401) == .authExpired)
        #expect(fault("databaseError", "CONCURRENT_MODIFICATION") == .retry("CONCURRENT_MODIFICATION"))
        #expect(
            fault("quotaError", "RESOURCE_TEMPORARILY_EXHAUSTED", 429)
                == .rateLimited(wait: 5, policy: "RESOURCE_TEMPORARILY_EXHAUSTED"))
        #expect(fault("queryError", "UNRECOGNIZED_FIELD") == .schema(field: "UNRECOGNIZED_FIELD", message: "no"))
        #expect(fault("rangeError", "TOO_LOW") == .permanent(status: 400, message: "no"))
    }

    @Test("actions are shown as the exact request, amounts in micros")
    func actions() async throws {
        try await open(history: 30, ["validate_only": "true"]) { lab in
            let connection = try await lab.connectByOAuth()
            func preview(_ action: PlatformAction) throws -> ExactRequest {
                try lab.request(action, at: connection)
            }
            let pause = try preview(.setStatus(entity: "campaign", externalID: "7001", active: false))
            #expect(pause.url.hasSuffix("/v26/customers/1234567890/campaigns:mutate"))
            let operation =
                #"{"updateMask":"status","update":{"resourceName":"customers/1234567890/campaigns/7001","status":"PAUSED"}}"#
            #expect(pause.body == #"{"operations":[\#(operation)],"partialFailure":false,"validateOnly":true}"#)
            let ad = try preview(.setStatus(entity: "ad", externalID: "80000~980000", active: true))
            #expect(ad.body?.contains("customers/1234567890/adGroupAds/80000~980000") == true)
            let budget = try preview(.setBudget(externalID: "500", minor: 5_000, currency: "USD"))
            #expect(budget.url.hasSuffix("/campaignBudgets:mutate"))
            #expect(budget.body?.contains(#""amountMicros":"50000000""#) == true)
            let bid = try preview(.setBid(externalID: "80000", minor: 130, currency: "JPY"))
            #expect(bid.body?.contains(#""cpcBidMicros":"130000000""#) == true)
        }
    }
}
