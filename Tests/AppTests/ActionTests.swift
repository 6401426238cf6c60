import Foundation
import TestSupport
import Testing
import VendorServers
import Waiting
import Web

@testable import App

@Suite("Actions over the API and in the browser")
struct ActionTests {
    private struct Place: Sendable {
        let app: TestApp
        let shop: TestApp.Tenant
        let server: HubSpotServer
        let connection: String
        /// A customer, who is in the list 7 at HubSpot.
        let customer: String
    }

    private func run(_ name: String, _ body: @escaping @Sendable (Place) async throws -> Void) async throws {
        let world = VendorWorld()
        let server = HubSpotServer(world)
        try await VendorHost(server, world).whileRunning { host in
            let settings = host.settings.map { (PlatformConfiguration.variable("hubspot", $0.key), $0.value) }
            try await TestApp.run(settings: Dictionary(uniqueKeysWithValues: settings)) { app in
                let shop = try await app.register(name)
                let made = try await app.http.api(
                    "POST", "/platforms/connect",
                    ["platform": "hubspot", "method": "token", "credentials": ["access_token": "pat-na1-test"]],
                    token: shop.token)
                let id = try #require(made.json?["id"] as? String)
                server.book.add((0..<200).map(String.init), to: "lists/7")
                var customer: String?
                _ = try await eventually {
                    let list = try await app.http.api("GET", "/api/v1/customers", token: shop.token)
                    customer = (list.json?["data"] as? [[String: Any]])?.first?["id"] as? String
                    return customer != nil
                }
                try await body(
                    Place(
                        app: app, shop: shop, server: server, connection: id, customer: try #require(customer)))
            }
            #expect(host.violations == [])
        }
    }

    private func command(_ place: Place) -> [String: Any] {
        ["action": ["type": "remove_from_list", "list_id": "7", "customers": [place.customer]]]
    }

    @Test("a dry run shows the request, an approval lets it go once, and the log knows who did what")
    func life() async throws {
        try await run("actionshop") { place in
            let (http, token) = (place.app.http, place.shop.token)
            let writes = place.server.book.writes
            let preview = try await http.api(
                "POST", "/api/v1/connections/\(place.connection)/actions/preview", command(place), token: token)
            #expect(preview.status == 200, "\(preview.text)")
            #expect(preview.text.contains("memberships") && preview.text.contains("recordIdsToRemove"))
            #expect(!preview.text.contains("pat-na1-test"))
            let hash = try #require(preview.json?["plan_hash"] as? String)
            let made = try await http.api(
                "POST", "/api/v1/connections/\(place.connection)/actions", command(place), token: token)
            #expect(made.status == 201)
            #expect(made.json?["plan_hash"] as? String == hash)
            let id = try #require(made.json?["id"] as? String)
            let path = "/api/v1/actions/\(id)"
            let early = try await http.api("POST", path + "/execute", [:], token: token)
            #expect(early.status == 409 && early.text.contains("Nobody has approved"))
            let other = try await http.api("POST", path + "/approve", ["plan_hash": "sha256:1"], token: token)
            #expect(other.status == 409 && other.text.contains("plan_changed"))
            let good = try await http.api("POST", path + "/approve", ["plan_hash": hash], token: token)
            #expect(good.status == 200)
            #expect(place.server.book.writes == writes)
            let started = try await http.api("POST", path + "/execute", ["plan_hash": hash], token: token)
            #expect(started.status == 202)
            let isDone = try await eventually {
                try await http.api("GET", path, token: token).json?["state"] as? String == "executed"
            }
            #expect(isDone)
            #expect(place.server.book.writes == writes + 1)
            let again = try await http.api("POST", path + "/execute", [:], token: token)
            #expect(again.status == 409 && again.text.contains("already_executed"))
            let list = try await http.api("GET", "/api/v1/actions?state=executed", token: token)
            #expect(list.text.contains(id))
            // The entry of the end is written once the end is.
            for act in ["action.proposed", "action.approved", "action.execution_started", "action.executed"] {
                #expect(
                    try await eventually {
                        try await http.api("GET", "/api/v1/audit", token: token).text.contains("\"\(act)\"")
                    }, "\(act)")
            }
        }
    }

    @Test("what does much harm waits for somebody else, and odd commands are refused by field")
    func refusals() async throws {
        try await run("harmshop") { place in
            let (http, token) = (place.app.http, place.shop.token)
            let path = "/api/v1/connections/\(place.connection)/actions"
            let made = try await http.api(
                "POST", path, ["action": ["type": "erase", "customers": [place.customer]]], token: token)
            #expect(made.status == 201 && made.json?["criticality"] as? String == "critical")
            let id = try #require(made.json?["id"] as? String)
            let hash = try #require(made.json?["plan_hash"] as? String)
            let alone = try await http.api(
                "POST", "/api/v1/actions/\(id)/approve", ["plan_hash": hash], token: token)
            #expect(alone.status == 409 && alone.text.contains("somebody else"))
            let odd = try await http.api("POST", path, ["action": ["type": "add_to_list"]], token: token)
            #expect(odd.status == 422 && odd.text.contains("list_id"))
            let none = try await http.api(
                "POST", path, ["action": ["type": "set_budget", "id": "1", "amount_minor": 5]], token: token)
            #expect(none.status == 422 && none.text.contains("unsupported_action"))
        }
    }

    @Test("a person works an action out, proposes, approves and starts it, in both languages")
    func pages() async throws {
        try await run("pageshop") { place in
            let http = place.app.http
            let cookie = try await place.app.signIn(place.shop)
            let root = "/o/\(place.shop.slug)"
            let form = "\(root)/connections/\(place.connection)/preview"
            let first = try await http.page(form, cookie: cookie)
            #expect(first.status == 200 && first.text.contains("remove_from_list"))
            let query = "?type=remove_from_list&list_id=7&customers=\(place.customer)"
            let shown = try await http.page(form + query, cookie: cookie)
            #expect(shown.status == 200 && shown.text.contains("recordIdsToRemove"), "\(shown.status)")
            let proposed = try await http.form(
                "\(root)/connections/\(place.connection)/actions",
                ["type": "remove_from_list", "list_id": "7", "customers": place.customer, "reason": "Asked by phone."],
                cookie: cookie)
            #expect(proposed.status == 303)
            let page = try #require(proposed.header("location"))
            let detail = try await http.page(page, cookie: cookie)
            #expect(detail.text.contains("Asked by phone.") && detail.text.contains("add-and-remove"))
            let hash = try #require(detail.text.firstMatch(of: /sha256:[0-9a-f]{64}/)).output
            _ = try await http.form(page + "/approve", ["plan_hash": String(hash)], cookie: cookie)
            let started = try await http.form(page + "/execute", ["plan_hash": String(hash)], cookie: cookie)
            #expect(started.status == 303)
            let isDone = try await eventually {
                try await http.page(page, cookie: cookie).text.contains("shows the new value")
            }
            #expect(isDone)
            let list = try await http.page("\(root)/approvals", cookie: cookie)
            #expect(list.status == 200 && list.text.contains("Take people off a list"))
            let spanish = try await http.page("\(root)/approvals", cookie: cookie + "; locale=es")
            #expect(spanish.text.contains("Quitar personas de una lista"))
        }
    }
}
