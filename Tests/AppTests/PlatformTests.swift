import Connectors
import Foundation
import Tenancy
import TestSupport
import Testing
import VendorServers
import Waiting
import Web

@testable import App

@Suite("Platforms over the API")
struct PlatformTests {
    /// The service with HubSpot's stand-in behind it.
    private func run(_ body: @escaping @Sendable (TestApp, VendorHost) async throws -> Void) async throws {
        let world = VendorWorld()
        try await VendorHost(HubSpotServer(world), world).whileRunning { host in
            let settings = host.settings.map { (PlatformConfiguration.variable("hubspot", $0.key), $0.value) }
            try await TestApp.run(settings: Dictionary(uniqueKeysWithValues: settings)) { app in
                try await body(app, host)
            }
            #expect(host.violations == [])
        }
    }

    private func state(_ app: TestApp, _ id: String, _ token: String) async throws -> String {
        let answer = try await app.http.api("GET", "/api/v1/connections/\(id)", token: token)
        return (answer.json?["state"] as? [String: Any])?["state"] as? String ?? "\(answer.status)"
    }

    @Test("a key is tried first; a good one connects, reads, pauses, resumes and ends")
    func life() async throws {
        try await run { app, host in
            let shop = try await app.register("lifeshop")
            let wrong = try await app.http.api(
                "POST", "/platforms/connect",
                ["platform": "hubspot", "method": "token", "credentials": ["access_token": "pat-wrong"]],
                token: shop.token)
            #expect(wrong.status == 422)
            #expect(wrong.text.contains("Check the credentials") && !wrong.text.contains("pat-wrong"))

            let made = try await app.http.api(
                "POST", "/platforms/connect",
                ["platform": "hubspot", "method": "token", "credentials": ["access_token": "pat-na1-test"]],
                token: shop.token)
            #expect(made.status == 201)
            #expect(!made.text.contains("pat-na1-test"))
            let id = try #require(made.json?["id"] as? String)
            #expect(try await eventually { try await state(app, id, shop.token) == "healthy" })

            let people = try await app.http.api("GET", "/api/v1/customers", token: shop.token)
            #expect((people.json?["data"] as? [Any])?.isEmpty == false)
            let runs = try await app.http.api("GET", "/api/v1/connections/\(id)/runs", token: shop.token)
            #expect((runs.json?["data"] as? [Any])?.isEmpty == false)

            let paused = try await app.http.api("POST", "/api/v1/connections/\(id)/pause", token: shop.token)
            #expect(paused.status == 200)
            #expect(try await state(app, id, shop.token) == "paused")
            let refused = try await app.http.api("POST", "/api/v1/connections/\(id)/sync", token: shop.token)
            #expect(refused.status == 409)
            _ = try await app.http.api("POST", "/api/v1/connections/\(id)/resume", token: shop.token)
            #expect(try await eventually { try await state(app, id, shop.token) == "healthy" })

            let replay = try await app.http.api("POST", "/api/v1/connections/\(id)/replay", token: shop.token)
            #expect(replay.status == 202)
            let ended = try await app.http.api(
                "DELETE", "/api/v1/connections/\(id)?erase_data=true", token: shop.token)
            #expect(ended.status == 204)
            #expect(try await state(app, id, shop.token) == "404")
            let log = try await app.http.api("GET", "/api/v1/audit", token: shop.token)
            #expect(log.text.contains("connection.created") && log.text.contains("connection.disconnected"))
        }
    }

    @Test("withdrawn access needs a person, and says so")
    func revoked() async throws {
        try await run { app, host in
            let shop = try await app.register("revokedshop")
            let made = try await app.http.api(
                "POST", "/platforms/connect",
                ["platform": "hubspot", "method": "token", "credentials": ["access_token": "pat-na1-test"]],
                token: shop.token)
            let id = try #require(made.json?["id"] as? String)
            #expect(try await eventually { try await state(app, id, shop.token) == "healthy" })
            host.server.revoke()
            _ = try await app.http.api("POST", "/api/v1/connections/\(id)/sync", token: shop.token)
            #expect(try await eventually { try await state(app, id, shop.token) == "action_required" })
            let answer = try await app.http.api("GET", "/api/v1/connections/\(id)", token: shop.token)
            #expect((answer.json?["state"] as? [String: Any])?["next_step"] as? String == "reconnect")
        }
    }

    @Test("platforms say what is set up; an unset one and an unknown one are refused in words")
    func gallery() async throws {
        try await run { app, _ in
            let shop = try await app.register("galleryshop")
            let list = try await app.http.api("GET", "/api/v1/platforms", token: shop.token)
            let rows = list.json?["data"] as? [[String: Any]] ?? []
            #expect(rows.contains { $0["platform"] as? String == "csv" && $0["available"] as? Bool == true })
            #expect(rows.contains { $0["platform"] as? String == "hubspot" && $0["available"] as? Bool == true })
            let unknown = try await app.http.api(
                "POST", "/platforms/connect", ["platform": "myspace"], token: shop.token)
            #expect(unknown.status == 422 && unknown.text.contains("hubspot"))
            let files = try await app.http.api("POST", "/platforms/connect", ["platform": "csv"], token: shop.token)
            #expect(files.status == 201)
        }
    }

    @Test("a delivery without a good address or signature has no effect")
    func webhooks() async throws {
        try await run { app, _ in
            let shop = try await app.register("hookshop")
            let nowhere = try await app.http.api("POST", "/webhooks/hubspot/org_x.con_x.nothing", [:])
            #expect(nowhere.status == 404)
            let made = try await app.http.api(
                "POST", "/platforms/connect",
                ["platform": "hubspot", "method": "token", "credentials": ["access_token": "pat-na1-test"]],
                token: shop.token)
            let id = try #require(made.json?["id"] as? String)
            let memberships = app.dependencies.memberships
            let scope = try #require(
                try await memberships.jobScope(organizationID: shop.organizationID, startedBy: nil))
            let path = try await app.dependencies.features.connections.webhookPath(scope, id)
            let unsigned = try await app.http.api("POST", path, [:])
            #expect(unsigned.status == 401)
        }
    }

    @Test("a misspelt platform in a setting is named")
    func settings() {
        let found = PlatformConfiguration.read([
            "OMNIFY_PLATFORM_HUBSPOT_CLIENT_ID": "abc", "OMNIFY_PLATFORM_HUBSPAT_CLIENT_ID": "abc",
        ])
        #expect(found.settings == ["hubspot": ["client_id": "abc"]])
        #expect(found.problems.count == 1 && found.problems[0].contains("OMNIFY_PLATFORM_HUBSPAT_CLIENT_ID"))
    }
}
