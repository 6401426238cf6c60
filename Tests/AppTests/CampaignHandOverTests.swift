import BSON
import Customers
import Foundation
import Mongo
import TestSupport
import Testing
import VendorServers
import Waiting
import Web

@testable import App

@Suite("Retention campaigns at a platform")
struct CampaignHandOverTests {
    private static let company = SeededCompany(size: .init(customers: 420, orders: 0, campaigns: 0, events: 0))

    /// An organization whose customers come from a platform, and a list there.
    private struct Place: Sendable {
        let app: TestApp
        let tenant: TestApp.Tenant
        let connection: String

        var http: HTTP { app.http }
        var token: String { tenant.token }
    }

    /// Connects the platform and waits until its customers are here.
    private func open<Server: VendorServer>(
        _ server: Server, _ world: VendorWorld, method: String, _ body: @escaping @Sendable (Place) async throws -> Void
    ) async throws {
        try await VendorHost(server, world).whileRunning { host in
            let settings = host.settings.map { (PlatformConfiguration.variable(Server.platform, $0.key), $0.value) }
            try await TestApp.run(settings: Dictionary(uniqueKeysWithValues: settings)) { app in
                let tenant = try await app.register("handover")
                let made = try await app.http.api(
                    "POST", "/platforms/connect",
                    ["platform": Server.platform, "method": method, "credentials": server.fields], token: tenant.token)
                let connection = try #require(made.json?["id"] as? String, "\(made.text)")
                let isLoaded = try await eventually(within: .seconds(120)) {
                    let list = try await app.http.api("GET", "/api/v1/customers?limit=1", token: tenant.token)
                    return ((list.json?["page"] as? [String: Any])?["total"] as? Int ?? 0) >= 400
                }
                #expect(isLoaded)
                try await body(Place(app: app, tenant: tenant, connection: connection))
            }
            #expect(host.violations == [])
        }
    }

    @Test("a campaign becomes an approved action, and the list at HubSpot holds exactly its audience")
    func hubSpot() async throws {
        let world = VendorWorld(Self.company)
        let server = HubSpotServer(world)
        try await open(server, world, method: "token") { place in
            server.book.add([], to: "lists/7")
            let shop = EyesShop(
                app: place.app, tenant: place.tenant, connectionID: place.connection, platform: "hubspot")
            try await shop.fill(400, .told)
            try await shop.run()
            let (http, token) = (place.http, place.token)
            let draft = try await http.api(
                "POST", "/api/v1/eyes/trigger-retention-campaign",
                [
                    "campaign_type": "email", "horizon": "30d", "cut": 50, "holdout_share": 0.2,
                    "connection_id": place.connection, "list_id": "7", "confirm_provisional": true,
                ], token: token)
            #expect(draft.status == 201, "\(draft.text)")
            let id = try #require(draft.json?["campaign_id"] as? String)
            let audience = try #require(draft.json?["audience"] as? [String: Any])
            let hash = try #require(audience["hash"] as? String)
            for step in ["approve", "execute"] {
                let answer = try await http.api(
                    "POST", "/api/v1/eyes/campaigns/\(id)/\(step)", ["audience_hash": hash], token: token)
                #expect(answer.status == 200, "\(step): \(answer.text)")
            }
            #expect(server.book.members(of: "lists/7").isEmpty, "nothing leaves before its requests are confirmed")
            for approval in try await approvals(place, id) { try await confirm(approval, place) }
            let shown = try await people(place, id, shop, held: false)
            #expect(shown.count == audience["treated"] as? Int && !shown.isEmpty)
            #expect(Set(server.book.members(of: "lists/7")) == shown)
        }
    }

    @Test("on the pages alone a campaign gets into Klaviyo's list: nobody held out, nobody without a yes to e-mail")
    func klaviyo() async throws {
        let world = VendorWorld(Self.company)
        let server = KlaviyoServer(world)
        try await open(server, world, method: "key") { place in
            let shop = EyesShop(
                app: place.app, tenant: place.tenant, connectionID: place.connection, platform: "klaviyo",
                prefix: "PROF")
            // Who said yes to e-mail is what Klaviyo says.
            try await shop.fill(400, .told, consent: [.marketingAnalytics])
            try await shop.run()
            let cookie = try await place.app.signIn(place.tenant)
            let eyes = "/o/\(place.tenant.slug)/eyes/campaigns"
            let list = ["horizon": "30d", "sort": "value", "cut": "80"]
            let form = try await place.http.page(eyes + "/new?horizon=30d&sort=value&cut=80", cookie: cookie)
            #expect(form.text.contains("value=\"\(place.connection)\""), "Klaviyo can be chosen")
            let made = try await place.http.form(
                eyes,
                list.merging([
                    "name": "Win back", "channel": "email", "target": place.connection, "list_id": "L7",
                    "holdout": "25", "budget": "", "message": "", "confirm": "yes",
                ]) { $1 }, cookie: cookie)
            let path = try #require(made.header("location"), "\(made.status) \(made.text.prefix(500))")
            let id = try #require(path.split(separator: "/").last.map(String.init))
            let hash = try await frozenHash(place, id)
            for step in ["approve", "execute"] {
                let answer = try await place.http.form("\(path)/\(step)", ["hash": hash], cookie: cookie)
                #expect(answer.status == 303, "\(step): \(answer.status)")
            }
            #expect(server.book.members(of: "lists/L7").isEmpty, "nothing leaves before its requests are confirmed")
            let page = try await place.http.page(path, cookie: cookie).text
            for approval in try await approvals(place, id) {
                #expect(page.contains("/approvals/\(approval)\""), "the page leads to its requests")
                try await confirm(approval, place, cookie: cookie)
            }
            let found = Set(server.book.members(of: "lists/L7"))
            let (treated, held) = (
                try await people(place, id, shop, held: false), try await people(place, id, shop, held: true)
            )
            #expect(!treated.isEmpty && !held.isEmpty)
            #expect(found == treated)
            #expect(found.isDisjoint(with: held))
            let mayGet = Self.company.customers.filter { $0.emailConsent == true && !$0.bounced }
                .map { "PROF\($0.number)" }
            #expect(found.isSubset(of: mayGet))
            #expect(treated.count + held.count < 80, "some of the eighty never said yes")
        }
    }

    private func frozenHash(_ place: Place, _ id: String) async throws -> String {
        let campaign = try await place.http.api("GET", "/api/v1/eyes/campaigns/\(id)", token: place.token)
        return try #require((campaign.json?["audience"] as? [String: Any])?["hash"] as? String, "\(campaign.text)")
    }

    private func approvals(_ place: Place, _ id: String) async throws -> [String] {
        let campaign = try await place.http.api("GET", "/api/v1/eyes/campaigns/\(id)", token: place.token)
        let found = campaign.json?["approval_ids"] as? [String] ?? []
        #expect(!found.isEmpty, "\(campaign.text)")
        return found
    }

    /// Looks at a proposal, agrees to its plan and lets it go: over JSON, or with a cookie on its page.
    private func confirm(_ approval: String, _ place: Place, cookie: String? = nil) async throws {
        let path = "/api/v1/actions/\(approval)"
        let plan = try await place.http.api("GET", path, token: place.token)
        let hash = try #require(plan.json?["plan_hash"] as? String, "\(plan.text)")
        for step in ["approve", "execute"] {
            if let cookie {
                let page = "/o/\(place.tenant.slug)/approvals/\(approval)/\(step)"
                let answer = try await place.http.form(page, ["plan_hash": hash], cookie: cookie)
                #expect(answer.status == 303, "\(step): \(answer.status)")
            } else {
                let answer = try await place.http.api(
                    "POST", path + "/" + step, ["plan_hash": hash], token: place.token)
                #expect((200..<300).contains(answer.status), "\(step): \(answer.text)")
            }
        }
        let isDone = try await eventually {
            try await place.http.api("GET", path, token: place.token).json?["state"] as? String == "executed"
        }
        #expect(isDone)
    }

    /// Ids at the platform of everybody of a group, from the store.
    private func people(_ place: Place, _ id: String, _ shop: EyesShop, held: Bool) async throws -> Set<String> {
        let people = try await place.app.dependencies.database.collection("eyes_campaign_people")
            .find(["campaign_id": .string(id), "held": .bool(held)])
        let ids = Set(people.compactMap { $0["customer_id"]?.stringValue })
        return Set((0..<420).filter { ids.contains(shop.customerID($0)) }.map { shop.prefix + String($0) })
    }
}
