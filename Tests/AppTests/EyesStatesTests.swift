import Foundation
import TestSupport
import Testing
import Web

@testable import App

/// 03 §18: each row answers for an organization that never ran, is running, has a rejected run, has an accepted run.
@Suite("EYES over HTTP in its four states")
struct EyesStatesTests {
    private static let reads = [
        "segments", "segments/30d", "segments/60d", "segments/90d", "churn-risk", "churn-risk?horizon=30d&band=high",
        "churn-risk?rank=top", "cross-platform-patterns", "learning-insights", "integration-feeds",
        "integration-feeds?feed=to_memory", "model-performance", "runs", "config", "campaigns",
    ]

    /// Every answer says which run speaks, as of when, with which gates and whose data.
    private func expectEnvelope(_ answer: HTTP.Answer, state: String, _ note: String) {
        #expect(answer.status == 200, "\(note): \(answer.status) \(answer.text.prefix(300))")
        guard let json = answer.json else {
            Issue.record("\(note) is no JSON")
            return
        }
        #expect(json["state"] as? String == state, "\(note)")
        for key in ["run_id", "as_of", "consent", "clustering", "churn"] {
            #expect(json.keys.contains(key), "\(note) lacks \(key)")
        }
        if state == "published" {
            #expect((json["run_id"] as? String)?.hasPrefix("eyr_") == true, "\(note)")
            #expect(json["as_of"] is String && (json["consent"] as? [String: Any])?["used"] is Int, "\(note)")
            #expect((json["churn"] as? [String: Any])?.count == 3, "\(note)")
            #expect((json["clustering"] as? [String: Any])?["state"] is String, "\(note)")
        } else {
            #expect(json["run_id"] is NSNull && json["consent"] is NSNull, "\(note)")
        }
    }

    private func expectReads(_ app: TestApp, _ tenant: TestApp.Tenant, state: String) async throws {
        for row in Self.reads {
            expectEnvelope(
                try await app.http.api("GET", "/api/v1/eyes/\(row)", token: tenant.token), state: state, row)
        }
        expectEnvelope(
            try await app.http.api("GET", "/eyes/segments", token: tenant.token), state: state, "the alias")
        expectEnvelope(
            try await app.http.api("POST", "/api/v1/eyes/profit", ["n": 10], token: tenant.token), state: state,
            "profit")
        let odd = try await app.http.api("GET", "/api/v1/eyes/segments/45d", token: tenant.token)
        #expect(odd.status == 400)
        for page in ["eyes", "eyes?tab=churn", "eyes?tab=cross", "eyes?tab=learning", "eyes/runs", "eyes/campaigns"] {
            let cookie = try await app.signIn(tenant)
            let answer = try await app.http.page("/o/\(tenant.slug)/\(page)", cookie: cookie)
            #expect(answer.status == 200, "\(page) in state \(state): \(answer.status)")
        }
    }

    private func expectUnknown(_ app: TestApp, _ tenant: TestApp.Tenant) async throws {
        let rows: [(String, String, [String: Any]?)] = [
            ("GET", "segments/by-id/seg_x", nil), ("GET", "segments/by-id/seg_x/members", nil),
            ("GET", "segments/by-id/seg_x/diff", nil), ("PATCH", "segments/by-id/seg_x", ["label": "A"]),
            ("GET", "churn-risk/cus_x", nil), ("GET", "models/eym_x_90", nil), ("GET", "runs/eyr_x", nil),
            ("POST", "models/eym_x_90/freeze", [:]), ("POST", "models/eym_x_90/rollback", [:]),
            ("POST", "runs/eyr_x/repeat", [:]),
        ]
        for (method, row, body) in rows {
            let answer = try await app.http.api(method, "/api/v1/eyes/\(row)", body, token: tenant.token)
            #expect(answer.status == 404, "\(method) \(row): \(answer.status) \(answer.text.prefix(200))")
        }
    }

    @Test("before any run every row answers without figures; while one runs a second start is refused")
    func firstDays() async throws {
        try await TestApp.run(worker: false) { app in
            let tenant = try await app.register("eyesfirst")
            try await expectReads(app, tenant, state: "never_ran")
            try await expectUnknown(app, tenant)
            let campaign = try await app.http.api(
                "POST", "/api/v1/eyes/trigger-retention-campaign", ["campaign_type": "email"], token: tenant.token)
            #expect(campaign.status == 409 && campaign.text.contains("campaign_never_ran"))
            let shop = EyesShop(app: app, tenant: tenant)
            try await shop.fill(60, .chance)
            let started = try await app.http.api("POST", "/api/v1/eyes/analyze-segments", [:], token: tenant.token)
            #expect(started.status == 202 && started.json?["job_id"] is String)
            for row in ["analyze-segments", "retrain-model"] {
                let again = try await app.http.api("POST", "/api/v1/eyes/\(row)", [:], token: tenant.token)
                #expect(again.status == 409 && again.text.contains("eyes_already_running"), "\(row)")
            }
            try await expectReads(app, tenant, state: "running")
            try await expectUnknown(app, tenant)
        }
    }

    @Test("a rejected run says so and gives no probability; its rule bands are labelled")
    func rejected() async throws {
        try await TestApp.run { app in
            let tenant = try await app.register("eyesrejected")
            let shop = EyesShop(app: app, tenant: tenant)
            try await shop.fill(420, .chance)
            try await shop.run()
            try await expectReads(app, tenant, state: "published")
            let gates = try await app.http.api("GET", "/api/v1/eyes/model-performance", token: tenant.token)
            let d30 = try #require((gates.json?["churn"] as? [String: Any])?["d30"] as? [String: Any])
            #expect(d30["verdict"] as? String == "rejected" && d30["state"] as? String == "fallback", "\(gates.text)")
            #expect(d30["plain_gate"] as? Bool == false)
            let list = try await app.http.api("GET", "/api/v1/eyes/churn-risk?horizon=30d", token: tenant.token)
            let row = try #require((list.json?["data"] as? [[String: Any]])?.first)
            #expect(row["risk_score"] is NSNull && row["basis"] as? String == "rule", "\(row)")
            let profit = try await app.http.api(
                "POST", "/api/v1/eyes/profit", ["horizon": "30d"], token: tenant.token)
            #expect(profit.json?["data"] is NSNull)
            let campaign = try await app.http.api(
                "POST", "/api/v1/eyes/trigger-retention-campaign", ["campaign_type": "email", "horizon": "30d"],
                token: tenant.token)
            #expect(campaign.status == 409 && campaign.text.contains("campaign_no_usable_model"))
            let version = try #require(
                (gates.json?["data"] as? [[String: Any]])?.compactMap { $0["card"] as? String }.first)
            let frozen = try await app.http.api(
                "POST", "/api/v1/eyes/models/\(version)/freeze", [:], token: tenant.token)
            #expect(frozen.status == 409 && frozen.text.contains("eyes_model_not_usable"))
        }
    }

    @Test("an accepted run answers every row, 404 for nobody and 410 for who withdrew; the set-up can be changed")
    func accepted() async throws {
        try await TestApp.run { app in
            let tenant = try await app.register("eyesaccepted")
            let shop = EyesShop(app: app, tenant: tenant)
            try await shop.fill(600, .told)
            try await shop.run()
            try await expectReads(app, tenant, state: "published")
            let gates = try await app.http.api("GET", "/api/v1/eyes/model-performance", token: tenant.token)
            let d30 = try #require((gates.json?["churn"] as? [String: Any])?["d30"] as? [String: Any])
            #expect(d30["state"] as? String == "accepted", "\(gates.text.prefix(1_500))")
            try await expectRowsWithIDs(app, tenant, try #require(d30["model_version"] as? String))
            try await expectFreshList(app, tenant)
            try await expectPeople(app, tenant, shop)
            try await expectSetUp(app, tenant)
        }
    }

    private func expectRowsWithIDs(_ app: TestApp, _ tenant: TestApp.Tenant, _ version: String) async throws {
        let segments = try await app.http.api("GET", "/api/v1/eyes/segments", token: tenant.token)
        let run = try #require(segments.json?["run_id"] as? String)
        let segment = try #require((segments.json?["data"] as? [[String: Any]])?.first?["segment_id"] as? String)
        for row in [
            "segments/by-id/\(segment)", "segments/by-id/\(segment)/members", "segments/by-id/\(segment)/diff",
            "models/\(version)", "runs/\(run)",
        ] {
            expectEnvelope(
                try await app.http.api("GET", "/api/v1/eyes/\(row)", token: tenant.token), state: "published", row)
        }
        let rows: [(String, String, [String: Any])] = [
            ("PATCH", "segments/by-id/\(segment)", ["label": "Loyal"]), ("POST", "models/\(version)/freeze", [:]),
            ("POST", "models/\(version)/rollback", [:]),
        ]
        for (method, row, body) in rows {
            expectEnvelope(
                try await app.http.api(method, "/api/v1/eyes/\(row)", body, token: tenant.token), state: "published",
                row)
        }
        let campaign = try await app.http.api(
            "POST", "/api/v1/eyes/trigger-retention-campaign",
            ["campaign_type": "email", "horizon": "30d", "cut": 40], token: tenant.token)
        #expect(campaign.status == 201 && campaign.json?["consent"] is [String: Any], "\(campaign.text)")
        // What everybody used is either in a segment, unclustered, gone or without activity.
        let sizes = (segments.json?["data"] as? [[String: Any]] ?? []).compactMap { $0["size"] as? Int }
        let others = ["unclustered", "gone", "no_activity"].compactMap {
            (segments.json?[$0] as? [String: Any])?["size"] as? Int
        }
        #expect(others.count == 3)
        #expect(
            sizes.reduce(0, +) + others.reduce(0, +)
                == (segments.json?["consent"] as? [String: Any])?["used"] as? Int)
    }

    /// The list on the page is remembered, and yet follows at once what changes without the data.
    private func expectFreshList(_ app: TestApp, _ tenant: TestApp.Tenant) async throws {
        let (http, token) = (app.http, tenant.token)
        let cookie = try await app.signIn(tenant)
        func page(_ more: String = "") async throws -> String {
            let path = "/o/\(tenant.slug)/eyes?tab=churn&horizon=30d" + more
            for _ in 0..<2 { #expect(try await http.page(path, cookie: cookie).status == 200) }
            return try await http.page(path, cookie: cookie).text
        }
        let before = try await page().components(separatedBy: "Written to").count
        let draft = try await http.api(
            "POST", "/api/v1/eyes/trigger-retention-campaign",
            ["campaign_type": "email", "horizon": "30d", "cut": 30], token: token)
        let id = try #require(draft.json?["campaign_id"] as? String, "\(draft.text)")
        let hash = try #require((draft.json?["audience"] as? [String: Any])?["hash"] as? String)
        for step in ["approve", "execute"] {
            let answer = try await http.api(
                "POST", "/api/v1/eyes/campaigns/\(id)/\(step)", ["audience_hash": hash], token: token)
            #expect(answer.status == 200, "\(step): \(answer.text)")
        }
        #expect(try await page().components(separatedBy: "Written to").count > before, "who was written to says so")
        let rule: [String: Any] = [
            "match": "all", "conditions": [["field": "orders_count", "comparison": "at_least", "value": 2]],
        ]
        let made = try await http.api(
            "POST", "/api/v1/eyes/rules", ["name": "Came twice", "rule": rule], token: token)
        let ruleID = try #require(made.json?["rule_id"] as? String, "\(made.text)")
        #expect(try await page().contains("Came twice"))
        _ = try await http.api("PATCH", "/api/v1/eyes/rules/\(ruleID)", ["name": "Came again"], token: token)
        #expect(try await page().contains("Came again"))
        #expect(try await page("&cut=3&cost=2").contains("value=\"2\""))
        #expect(try await page("&cut=3&cost=7").contains("value=\"7\""))
        #expect(try await page("&cut=3&cost=-5").contains("value=\"-5\" aria-invalid=\"true\""), "to be corrected")
    }

    private func expectPeople(_ app: TestApp, _ tenant: TestApp.Tenant, _ shop: EyesShop) async throws {
        let list = try await app.http.api("GET", "/api/v1/eyes/churn-risk?horizon=30d", token: tenant.token)
        let ids = (list.json?["data"] as? [[String: Any]] ?? []).compactMap { $0["user_id"] as? String }
        let number = try #require((0..<600).first { shop.customerID($0) == ids.first })
        let path = "/api/v1/eyes/churn-risk/\(ids[0])"
        let one = try await app.http.api("GET", path + "?timeframe=30d", token: tenant.token)
        expectEnvelope(one, state: "published", "one customer")
        let score = try #require((one.json?["data"] as? [[String: Any]])?.first)
        let parts = try #require(score["parts"] as? [String: Double]).values.reduce(0, +)
        let sum =
            try #require(score["base"] as? Double) + parts
            + (try #require(score["consistency_adjustment"] as? Double))
        #expect(abs(1 / (1 + exp(-sum)) - (try #require(score["risk_score"] as? Double))) < 1e-9)
        let cookie = try await app.signIn(tenant)
        let page = "/o/\(tenant.slug)/eyes/customers/\(ids[0])"
        let before = try await app.http.page(page, cookie: cookie)
        #expect(before.status == 200 && before.text.contains("id=\"sums\"") && before.text.contains("id=\"history\""))
        let table = "/o/\(tenant.slug)/eyes?tab=churn&horizon=30d"
        let gone = "Consent is gone since the run"
        #expect(try await !app.http.page(table, cookie: cookie).text.contains(gone))
        try await shop.withdraw(number)
        #expect(try await app.http.page(table, cookie: cookie).text.contains(gone))
        #expect(try await app.http.api("GET", path, token: tenant.token).status == 410)
        #expect(try await app.http.api("GET", path + "x", token: tenant.token).status == 404)
        let after = try await app.http.page(page, cookie: cookie)
        #expect(after.status == 200 && !after.text.contains("id=\"sums\""))
        #expect(try await app.http.page(page + "x", cookie: cookie).status == 404)
    }

    private func expectSetUp(_ app: TestApp, _ tenant: TestApp.Tenant) async throws {
        let found = try await app.http.api("GET", "/api/v1/eyes/config", token: tenant.token)
        let version = try #require(found.json?["version"] as? Int)
        var config = try #require(found.json?["config"] as? [String: Any])
        config["high_band"] = 0.8
        let body: [String: Any] = ["version": version, "config": config]
        let put = try await app.http.api("PUT", "/api/v1/eyes/config", body, token: tenant.token)
        expectEnvelope(put, state: "published", "PUT config")
        #expect(put.json?["version"] as? Int == version + 1)
        let late = try await app.http.api("PUT", "/api/v1/eyes/config", body, token: tenant.token)
        #expect(late.status == 409 && late.text.contains("eyes_config_version"))
        config["high_band"] = 7
        let odd = try await app.http.api(
            "PUT", "/api/v1/eyes/config", ["version": version + 1, "config": config], token: tenant.token)
        #expect(odd.status == 422 && odd.text.contains("high_band"))
    }
}
