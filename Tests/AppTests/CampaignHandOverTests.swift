import BSON
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
    @Test("a campaign becomes an approved action, and the list at HubSpot holds exactly its audience")
    func handOver() async throws {
        let world = VendorWorld(SeededCompany(size: .init(customers: 420, orders: 0)))
        let server = HubSpotServer(world)
        try await VendorHost(server, world).whileRunning { host in
            let settings = host.settings.map { (PlatformConfiguration.variable("hubspot", $0.key), $0.value) }
            try await TestApp.run(settings: Dictionary(uniqueKeysWithValues: settings)) { app in
                let tenant = try await app.register("handover")
                let (http, token) = (app.http, tenant.token)
                let made = try await http.api(
                    "POST", "/platforms/connect",
                    ["platform": "hubspot", "method": "token", "credentials": ["access_token": "pat-na1-test"]],
                    token: token)
                let connection = try #require(made.json?["id"] as? String)
                server.book.add([], to: "lists/7")
                #expect(
                    try await eventually(within: .seconds(120)) {
                        let list = try await http.api("GET", "/api/v1/customers?limit=1", token: token)
                        return ((list.json?["page"] as? [String: Any])?["total"] as? Int ?? 0) >= 400
                    })
                let shop = EyesShop(app: app, tenant: tenant, connectionID: connection, platform: "hubspot")
                try await shop.fill(400, .told)
                try await shop.run()
                let draft = try await http.api(
                    "POST", "/api/v1/eyes/trigger-retention-campaign",
                    [
                        "campaign_type": "email", "horizon": "30d", "cut": 50, "holdout_share": 0.2,
                        "connection_id": connection, "list_id": "7", "confirm_provisional": true,
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
                try await confirm(try await approvals(http, token, id), http, token)
                let shown = try await treated(app, tenant, id, shop)
                #expect(shown.count == audience["treated"] as? Int && !shown.isEmpty)
                #expect(Set(server.book.members(of: "lists/7")) == shown)
            }
            #expect(host.violations == [])
        }
    }

    private func approvals(_ http: HTTP, _ token: String, _ id: String) async throws -> [String] {
        let campaign = try await http.api("GET", "/api/v1/eyes/campaigns/\(id)", token: token)
        let found = campaign.json?["approval_ids"] as? [String] ?? []
        #expect(!found.isEmpty, "\(campaign.text)")
        return found
    }

    /// Looks at each proposal, agrees to its plan and lets it go.
    private func confirm(_ approvals: [String], _ http: HTTP, _ token: String) async throws {
        for approval in approvals {
            let path = "/api/v1/actions/\(approval)"
            let plan = try await http.api("GET", path, token: token)
            let hash = try #require(plan.json?["plan_hash"] as? String, "\(plan.text)")
            for step in ["approve", "execute"] {
                let answer = try await http.api("POST", path + "/" + step, ["plan_hash": hash], token: token)
                #expect((200..<300).contains(answer.status), "\(step): \(answer.text)")
            }
            let isDone = try await eventually {
                try await http.api("GET", path, token: token).json?["state"] as? String == "executed"
            }
            #expect(isDone)
        }
    }

    /// Contact numbers of everybody who is to be written to, from the store.
    private func treated(
        _ app: TestApp, _ tenant: TestApp.Tenant, _ id: String, _ shop: EyesShop
    ) async throws -> Set<String> {
        let people = try await app.dependencies.database.collection("eyes_campaign_people")
            .find(["campaign_id": .string(id), "held": false])
        let ids = Set(people.compactMap { $0["customer_id"]?.stringValue })
        return Set((0..<420).filter { ids.contains(shop.customerID($0)) }.map(String.init))
    }
}
