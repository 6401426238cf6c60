import BSON
import Foundation
import Mongo
import Tenancy
import TestSupport
import Testing

@testable import App

/// Streams go on after the request whose rights were checked. Nobody works here, so that a queued import stays queued
/// and its stream would never end by itself.
@Suite("Streams and rights", .serialized)
struct StreamTests {
    enum Loss: CaseIterable { case signOut, sessionEnded, removed, roleChanged, left, closed }

    @Test("a stream ends when its person may no longer see it", arguments: Loss.allCases)
    func loss(_ loss: Loss) async throws {
        try await TestApp.run(worker: false) { app in
            let owner = try await app.register("owner")
            let guest = try await app.register("guest")
            let memberships = app.dependencies.memberships
            let userID = try await userID(app, guest)
            _ = try await memberships.add(
                userID: userID, userName: "Guest", role: .manager, to: owner.organizationID)
            let path = try await queuedImport(app, owner)
            let cookie = try await app.signIn(guest)
            let stream = try await app.http.stream(path, cookie: cookie)
            #expect(stream.status == 200)
            let scope = try #require(
                try await memberships.scope(userID: try await self.userID(app, owner), slug: owner.slug))
            switch loss {
            case .signOut: _ = try await app.http.form("/logout", [:], cookie: cookie)
            case .sessionEnded:
                _ = try await app.dependencies.database.collection("sessions").delete(
                    ["user_id": .string(userID)], multi: true)
            case .removed: try await memberships.remove(scope, userID: userID)
            case .roleChanged: try await memberships.changeRole(scope, userID: userID, to: .viewer)
            case .left:
                _ = try await app.dependencies.database.collection("memberships").delete(
                    ["user_id": .string(userID), "organization_id": .string(owner.organizationID)], multi: true)
            case .closed:
                _ = try await app.dependencies.database.collection("organizations").update(
                    ["_id": .string(owner.organizationID)], ["$set": ["status": "closed"]])
            }
            // Times out where the server does not end it.
            let sent = try await stream.untilEnd()
            #expect(sent.contains("event: fragment") && !sent.contains("event: done"))
        }
    }

    @Test("an import's and a run's stream go on for whoever may see them")
    func goesOn() async throws {
        try await TestApp.run(worker: true) { app in
            let owner = try await app.register("owner")
            let path = try await queuedImport(app, owner)
            let stream = try await app.http.stream(path, cookie: try await app.signIn(owner))
            #expect(try await stream.untilEnd().contains("event: done"))
        }
    }

    /// An import that waits for a worker; the path of its stream.
    private func queuedImport(_ app: TestApp, _ tenant: TestApp.Tenant) async throws -> String {
        let csv = "customer_id,date,amount\nC1,2026-01-02,12.50\n"
        let upload = try await app.http.send(
            "POST", "/api/v1/imports?file_name=orders.csv",
            headers: ["Authorization": "Bearer " + tenant.token, "Content-Type": "text/csv"], body: Array(csv.utf8))
        let id = try #require(upload.json?["id"] as? String)
        let run = try await app.http.api("POST", "/api/v1/imports/\(id)/run", [:], token: tenant.token)
        #expect(run.status == 202)
        return "/o/\(tenant.slug)/imports/\(id)/stream"
    }

    private func userID(_ app: TestApp, _ tenant: TestApp.Tenant) async throws -> String {
        let profile = try await app.http.api("GET", "/api/v1/auth/me", token: tenant.token)
        return try #require(profile.json?["user_id"] as? String, "\(profile.status) \(profile.text)")
    }
}
