import Foundation
import TestSupport
import Testing
import VendorServers
import Waiting
import Web

@testable import App

@Suite("What platforms pass on about people's rights")
struct PrivacyTests {
    private func deliver(_ signed: SignedDelivery, _ app: TestApp) async throws -> Int {
        let headers = Dictionary(signed.headers.map { ($0.name, $0.value) }) { first, _ in first }
        return try await app.http.send("POST", "/webhooks/hubspot", headers: headers, body: signed.body).status
    }

    @Test("a removal that HubSpot passes on stands in the register, for admins of that shop, until it is closed")
    func register() async throws {
        let world = VendorWorld()
        let server = HubSpotServer(world)
        try await VendorHost(server, world).whileRunning { host in
            let settings = host.settings.map { (PlatformConfiguration.variable("hubspot", $0.key), $0.value) }
            try await TestApp.run(settings: Dictionary(uniqueKeysWithValues: settings)) { app in
                let shop = try await app.register("rightshop")
                let other = try await app.register("othershop")
                let made = try await app.http.api(
                    "POST", "/platforms/connect",
                    ["platform": "hubspot", "method": "token", "credentials": ["access_token": "pat-na1-test"]],
                    token: shop.token)
                #expect(made.status == 201)
                let signed = server.delivery(
                    "contact.privacyDeletion", of: 3, to: "http://localhost:1/webhooks/hubspot")
                var altered = signed
                altered.body.append(0x20)
                #expect(try await deliver(altered, app) == 401)
                #expect(try await deliver(signed, app) == 200)
                func rows(_ token: String) async throws -> [[String: Any]] {
                    let list = try await app.http.api("GET", "/api/v1/data-requests?state=open", token: token)
                    #expect(list.status == 200)
                    return list.json?["data"] as? [[String: Any]] ?? []
                }
                #expect(try await eventually { try await rows(shop.token).count == 1 })
                #expect(try await rows(other.token).isEmpty)
                let row = try #require(try await rows(shop.token).first)
                #expect(row["kind"] as? String == "erasure")
                let id = try #require(row["id"] as? String)
                let foreign = try await app.http.api("GET", "/api/v1/data-requests/\(id)", token: other.token)
                #expect(foreign.status == 404)

                let cookie = try await app.signIn(shop)
                let list = try await app.http.page("/o/rightshop/privacy/requests", cookie: cookie)
                #expect(list.status == 200 && list.text.contains("1 data request is open"))
                #expect(list.text.contains("HubSpot"))
                let path = "/o/rightshop/privacy/requests/\(id)"
                let page = try await app.http.page(path, cookie: cookie)
                #expect(page.status == 200 && page.text.contains("Remove a person"))
                let bare = try await app.http.form(path + "/refuse", ["note": ""], cookie: cookie)
                #expect(bare.status == 422 && bare.text.contains("Say why"))
                let done = try await app.http.form(path + "/complete", ["note": "Removed by hand."], cookie: cookie)
                #expect(done.status == 303)
                #expect(try await rows(shop.token).isEmpty)
                let again = try await app.http.api(
                    "POST", "/api/v1/data-requests/\(id)/refuse", ["note": "Too late."], token: shop.token)
                #expect(again.status == 409)
                let shown = try await app.http.api("GET", "/api/v1/data-requests/\(id)", token: shop.token)
                #expect(shown.json?["note"] as? String == "Removed by hand.")
            }
        }
    }

    @Test("a connection's page says how news come, and that nobody can reach this installation")
    func section() async throws {
        let world = VendorWorld()
        let server = BigCommerceServer(world)
        try await VendorHost(server, world).whileRunning { host in
            let settings = host.settings.map { (PlatformConfiguration.variable("bigcommerce", $0.key), $0.value) }
            try await TestApp.run(settings: Dictionary(uniqueKeysWithValues: settings)) { app in
                let shop = try await app.register("newsshop")
                let made = try await app.http.api(
                    "POST", "/platforms/connect",
                    ["platform": "bigcommerce", "method": "token", "credentials": server.fields], token: shop.token)
                let id = try #require(made.json?["id"] as? String)
                let cookie = try await app.signIn(shop)
                let page = try await app.http.page("/o/newsshop/connections/\(id)", cookie: cookie)
                #expect(page.text.contains("has no public https address"))
                #expect(server.book.hooks.all.isEmpty)
            }
        }
    }
}
