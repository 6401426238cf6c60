import Foundation
import TestSupport
import Testing
import VendorServers
import Waiting

@testable import App

@Suite("Choosing accounts over HTTP")
struct ChoosingRoutesTests {
    private func run(
        _ name: String, _ body: @escaping @Sendable (TestApp, VendorHost, TestApp.Tenant) async throws -> Void
    ) async throws {
        let world = VendorWorld(SeededCompany(size: .init(customers: 2, orders: 2, campaigns: 2, days: 5)))
        try await VendorHost(MetaAdsServer(world), world).whileRunning { host in
            var settings = host.settings
            settings["history_days"] = "5"
            let variables = settings.map { (PlatformConfiguration.variable("meta_ads", $0.key), $0.value) }
            try await TestApp.run(settings: Dictionary(uniqueKeysWithValues: variables)) { app in
                try await body(app, host, try await app.register(name))
            }
        }
    }

    private func connect(_ app: TestApp, _ shop: TestApp.Tenant) async throws -> HTTP.Answer {
        try await app.http.api(
            "POST", "/platforms/connect",
            ["platform": "meta_ads", "method": "system_user", "credentials": ["access_token": "EAAsystemuser"]],
            token: shop.token)
    }

    @Test("a program is told the accounts and says which; each becomes a connection, once")
    func json() async throws {
        try await run("chooseapi") { app, _, shop in
            let asked = try await connect(app, shop)
            #expect(asked.status == 202)
            let accounts = try #require(asked.json?["accounts"] as? [[String: Any]])
            #expect(accounts.map { $0["id"] as? String } == ["1008800", "1008801", "1008802"])
            #expect(!asked.text.contains("EAAsystemuser"))
            let path = try #require(asked.json?["accounts_url"] as? String)
            let listed = try await app.http.api("GET", path, token: shop.token)
            #expect(listed.status == 200 && (listed.json?["data"] as? [Any])?.count == 3)
            let wrong = try await app.http.api("PUT", path, ["account_ids": ["1"]], token: shop.token)
            #expect(wrong.status == 422)
            let chosen = try await app.http.api(
                "PUT", path, ["account_ids": ["1008800", "1008802"]], token: shop.token)
            let rows = try #require(chosen.json?["data"] as? [[String: Any]])
            #expect(chosen.status == 200 && rows.count { $0["connection_id"] is String } == 2)
            #expect(try await app.http.api("GET", path, token: shop.token).status == 404)
            let other = try await app.register("chooseother")
            let again = try #require(try await connect(app, shop).json?["accounts_url"] as? String)
            #expect(try await app.http.api("GET", again, token: other.token).status == 404)
            #expect(try await app.http.api("PUT", again, ["account_ids": ["1"]], token: other.token).status == 404)
        }
    }

    @Test("a person without scripts is asked on a page, sees what is connected, and chooses several")
    func page() async throws {
        try await run("chooseweb") { app, _, shop in
            let cookie = try await app.signIn(shop)
            let sent = try await app.http.form(
                "/o/chooseweb/connections/new/meta_ads",
                ["method": "system_user", "system_user.access_token": "EAAsystemuser"], cookie: cookie)
            let place = try #require(sent.header("location"))
            #expect(sent.status == 303 && place.contains("/connections/choose/sig_"))
            let page = try await app.http.page(place, cookie: cookie)
            #expect(page.status == 200 && page.text.contains("Northwind Wholesale"))
            #expect(page.text.contains("closed at the platform") && page.text.contains("1008802 · USD"))
            let empty = try await app.http.form(place, [:], cookie: cookie)
            #expect(empty.status == 422 && empty.text.contains("Choose at least one account."))
            let one = try await app.http.form(place, ["account": "1008802"], cookie: cookie)
            let show = try #require(one.header("location"))
            #expect(one.status == 303 && show.contains("/o/chooseweb/connections/con_"))
            #expect(try await app.http.page(place, cookie: cookie).status == 404)
            let more = try await app.http.page(show + "/accounts", cookie: cookie)
            #expect(more.status == 200 && more.text.contains("already connected"))
            let added = try await app.http.form(show + "/accounts", ["account": "1008800"], cookie: cookie)
            #expect(added.status == 303)
            let all = try await app.http.page("/o/chooseweb/connections", cookie: cookie)
            #expect(all.text.contains("Northwind Wholesale") && all.text.contains("Northwind Coffee"))
        }
    }
}
