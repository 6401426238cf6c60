import BSON
import Foundation
import Mail
import Mongo
import TestSupport
import Testing
import VendorServers
import Waiting

@testable import App

@Suite("Connections, readings and alerts over HTTP")
struct ConnectionRoutesTests {
    /// The service with HubSpot's stand-in behind it, and one connection that has been read.
    private func run(
        _ name: String, _ body: @escaping @Sendable (TestApp, VendorHost, TestApp.Tenant, String) async throws -> Void
    ) async throws {
        let world = VendorWorld()
        try await VendorHost(HubSpotServer(world), world).whileRunning { host in
            let settings = host.settings.map { (PlatformConfiguration.variable("hubspot", $0.key), $0.value) }
            try await TestApp.run(settings: Dictionary(uniqueKeysWithValues: settings)) { app in
                let shop = try await app.register(name)
                let made = try await app.http.api(
                    "POST", "/platforms/connect",
                    ["platform": "hubspot", "method": "token", "credentials": ["access_token": "pat-na1-test"]],
                    token: shop.token)
                let id = try #require(made.json?["id"] as? String)
                #expect(try await eventually { try await state(app, id, shop.token) == "healthy" })
                try await body(app, host, shop, id)
            }
        }
    }

    private func state(_ app: TestApp, _ id: String, _ token: String) async throws -> String {
        let answer = try await app.http.api("GET", "/api/v1/connections/\(id)", token: token)
        return (answer.json?["state"] as? [String: Any])?["state"] as? String ?? "\(answer.status)"
    }

    private func rows(_ answer: HTTP.Answer) -> [[String: Any]] { answer.json?["data"] as? [[String: Any]] ?? [] }

    @Test("a name, a rhythm and a switch are changed; what cannot be is refused with its field")
    func change() async throws {
        try await run("changeshop") { app, _, shop, id in
            func patch(_ body: [String: Any]) async throws -> HTTP.Answer {
                try await app.http.api("PATCH", "/api/v1/connections/\(id)", body, token: shop.token)
            }
            let changed = try await patch([
                "label": "Madrid",
                "streams": [["stream": "orders", "every_seconds": 600], ["stream": "deals", "enabled": false]],
            ])
            #expect(changed.status == 200 && changed.json?["label"] as? String == "Madrid")
            let listed = rows(try await app.http.api("GET", "/api/v1/connections/\(id)/streams", token: shop.token))
            #expect(listed.first { $0["stream"] as? String == "orders" }?["every_seconds"] as? Int == 600)
            #expect(listed.first { $0["stream"] as? String == "deals" }?["enabled"] as? Bool == false)
            #expect(try await patch(["streams": [["stream": "orders", "every_seconds": 60]]]).status == 422)
            #expect(try await patch(["label": ""]).status == 422)
            #expect(try await patch(["colour": "red"]).status == 400)
            let test = try await app.http.api("POST", "/api/v1/connections/\(id)/test", token: shop.token)
            #expect(test.status == 200 && test.json?["id"] is String)
            let accounts = try await app.http.api("GET", "/api/v1/connections/\(id)/accounts", token: shop.token)
            #expect(rows(accounts).first?["connection_id"] as? String == id)
            let chosen = try await app.http.api(
                "PUT", "/api/v1/connections/\(id)/accounts", ["account_ids": ["999"]], token: shop.token)
            #expect(chosen.status == 422)
            let named = ["connection_id": id]
            let refreshed = try await app.http.api("POST", "/api/v1/oauth/hubspot/refresh", named, token: shop.token)
            #expect(refreshed.status == 409)
            let elsewhere = try await app.http.api("POST", "/api/v1/oauth/stripe/revoke", named, token: shop.token)
            #expect(elsewhere.status == 404)
            let revoked = try await app.http.api("POST", "/api/v1/oauth/hubspot/revoke", named, token: shop.token)
            #expect(revoked.status == 200 && revoked.json?["status"] as? String == "disabled")
        }
    }

    @Test("readings are listed with cursors, and belong to their organization")
    func readings() async throws {
        try await run("runshop") { app, _, shop, id in
            let all = try await app.http.api("POST", "/api/v1/sync/all", token: shop.token)
            #expect(all.status == 202 && rows(all).map { $0["connection_id"] as? String } == [id])
            #expect(try await eventually { try await state(app, id, shop.token) == "healthy" })
            var seen: [String] = []
            var path = "/api/v1/sync/runs?limit=2&connection_id=\(id)"
            for _ in 0..<50 {
                let page = try await app.http.api("GET", path, token: shop.token)
                seen += rows(page).compactMap { $0["id"] as? String }
                guard let next = (page.json?["page"] as? [String: Any])?["next_cursor"] as? String else { break }
                path = "/api/v1/sync/runs?limit=2&connection_id=\(id)&cursor=\(next)"
            }
            #expect(seen.count > 3 && Set(seen).count == seen.count)
            let first = try #require(seen.first)
            #expect(try await app.http.api("GET", "/api/v1/sync/runs/\(first)", token: shop.token).status == 200)
            let cancel = try await app.http.api("POST", "/api/v1/sync/runs/\(first)/cancel", token: shop.token)
            #expect(cancel.status == 409)
            #expect(
                try await app.http.api("GET", "/api/v1/sync/runs?state=odd", token: shop.token).status == 400)
            let events = try await app.http.api("GET", "/api/v1/webhook-events", token: shop.token)
            #expect(events.status == 200 && rows(events).isEmpty)
            let other = try await app.register("strangershop")
            for path in ["sync/runs/\(first)", "connections/\(id)/accounts", "webhook-events/whe_x", "alerts/alt_x"] {
                #expect(try await app.http.api("GET", "/api/v1/" + path, token: other.token).status == 404)
            }
        }
    }

    @Test("withdrawn access is told once: on every page, on the list, by a mail that waits")
    func alert() async throws {
        try await run("alertshop") { app, host, shop, id in
            host.server.revoke()
            for _ in 0..<2 {
                _ = try await app.http.api("POST", "/api/v1/connections/\(id)/sync", token: shop.token)
                #expect(try await eventually { try await state(app, id, shop.token) == "action_required" })
            }
            let alerts = rows(try await app.http.api("GET", "/api/v1/alerts?state=open", token: shop.token))
            #expect(alerts.count == 1 && alerts.first?["mails"] as? Int == 1)
            let alert = try #require(alerts.first?["id"] as? String)
            #expect((alerts.first?["title"] as? String)?.hasSuffix("needs you") == true)
            #expect(try await app.dependencies.database.collection("mail_outbox").count([:]) == 1)

            let cookie = try await app.signIn(shop)
            #expect(
                try await eventually {
                    try await app.http.page("/o/alertshop/home", cookie: cookie).text.contains("needs you")
                })
            let list = try await app.http.page("/o/alertshop/alerts", cookie: cookie)
            #expect(list.status == 200 && list.text.contains("Mail is not configured by the operator"))
            #expect(list.text.contains("1 mail waits"))
            let page = try await app.http.page("/o/alertshop/alerts/\(alert)", cookie: cookie)
            #expect(page.status == 200 && page.text.contains("/o/alertshop/connections/\(id)"))
            let taken = try await app.http.form("/o/alertshop/alerts/\(alert)/acknowledge", [:], cookie: cookie)
            #expect(taken.status == 303)
            let again = try await app.http.api("POST", "/api/v1/alerts/\(alert)/acknowledge", token: shop.token)
            #expect(again.status == 409)
            let late = try await app.http.api(
                "POST", "/api/v1/alerts/\(alert)/mute", ["until": "2001-01-01T00:00:00Z"], token: shop.token)
            #expect(late.status == 422)

            host.server.renew()
            let back = try await app.http.api(
                "POST", "/api/v1/connections/\(id)/reauthorize", ["credentials": ["access_token": "pat-na1-test"]],
                token: shop.token)
            #expect(back.status == 200)
            #expect(try await eventually { try await state(app, id, shop.token) == "healthy" })
            let ended = try await app.http.api("GET", "/api/v1/alerts/\(alert)", token: shop.token)
            #expect(ended.json?["state"] as? String == "resolved")
            #expect(ended.json?["resolved_by"] is NSNull)
        }
    }

    @Test("mail settings that cannot work are named at the start")
    func settings() throws {
        let key = Data(repeating: 1, count: 32).base64EncodedString()
        let base = ["OMNIFY_MASTER_KEYS": "k:" + key, "OMNIFY_HOME": SourceRoot.path]
        let good = try AppConfig(
            environment: base.merging([
                "OMNIFY_SMTP_HOST": "mail.example", "OMNIFY_SMTP_FROM": "post@omnify.example",
                "OMNIFY_SMTP_SECURITY": "tls",
            ]) { $1 })
        #expect(good.smtp?.port == 465 && good.smtp?.security == .tls)
        #expect(try AppConfig(environment: base).smtp == nil)
        #expect(throws: ConfigurationProblems.self) {
            try AppConfig(environment: base.merging(["OMNIFY_SMTP_HOST": "mail.example"]) { $1 })
        }
        #expect(throws: ConfigurationProblems.self) {
            try AppConfig(
                environment: base.merging([
                    "OMNIFY_SMTP_HOST": "mail.example", "OMNIFY_SMTP_FROM": "post@omnify.example",
                    "OMNIFY_SMTP_USER": "omnify",
                ]) { $1 })
        }
    }
}
