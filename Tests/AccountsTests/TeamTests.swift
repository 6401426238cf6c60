import BSON
import Foundation
import Mongo
import Tenancy
import TestSupport
import Testing
import Vault
import Web

@testable import Accounts

@Suite("Accounts: team and organizations")
struct TeamTests {
    @Test("each role reaches exactly the API routes its permissions allow", arguments: Role.allCases)
    func roleMatrix(role: Role) async throws {
        try await AccountsHarness.run { app in
            let owner = try await app.register("ana@acme.test")
            let person = try await app.join(owner, "\(role.rawValue)@acme.test", as: role)
            for route in app.registry.routes where route.kind == .api && route.path.hasPrefix("/api/v1/") {
                guard let permission = route.access.permission.flatMap(Permission.init(rawValue:)) else { continue }
                let path = route.path(filling: { _ in "usr_00000000000000000000000000" })
                let answer = try await app.http.api(route.method.rawValue, path, [:], token: person.token)
                #expect((answer.status != 403) == role.can(permission), "\(route.method) \(path): \(answer.status)")
                #expect(try await app.http.api(route.method.rawValue, path, [:]).status == 401)
            }
        }
    }

    @Test("each role reaches exactly the pages its permissions allow", arguments: Role.allCases)
    func pageMatrix(role: Role) async throws {
        try await AccountsHarness.run { app in
            let owner = try await app.register("ana@acme.test")
            let person = try await app.join(owner, "\(role.rawValue)@acme.test", as: role)
            let cookie = try await app.signIn(person.email)
            for route in app.registry.routes where route.path.hasPrefix("/o/{slug}/") {
                guard let permission = route.access.permission.flatMap(Permission.init(rawValue:)) else { continue }
                let path = route.path(filling: { $0 == "slug" ? owner.slug : "usr_0" })
                let answer =
                    route.method == .get
                    ? try await app.http.page(path, cookie: cookie) : try await app.http.form(path, [:], cookie: cookie)
                #expect((answer.status != 403) == role.can(permission), "\(route.method) \(path): \(answer.status)")
            }
            let forbidden = try await app.http.page("/o/\(owner.slug)/settings/team", cookie: cookie)
            if !role.can(.userView) { #expect(forbidden.text.contains("Ask Ana")) }
        }
    }

    @Test("another organization's pages, people and invitations do not exist")
    func foreign() async throws {
        try await AccountsHarness.run { app in
            let ana = try await app.register("ana@acme.test")
            let bob = try await app.register("bob@other.test", name: "Bob", organization: "Other")
            let cookie = try await app.signIn("bob@other.test")
            let page = try await app.http.page("/o/acme/settings/team", cookie: cookie)
            #expect(page.status == 404)
            #expect(!page.text.contains("Acme"))
            #expect(try await app.http.page("/o/nowhere/settings/team", cookie: cookie).status == 404)
            #expect(try await app.http.api("GET", "/api/v1/users/\(ana.userID)", token: bob.token).status == 404)
            let patch = try await app.http.api(
                "PATCH", "/api/v1/users/\(ana.userID)", ["role": "viewer"], token: bob.token)
            #expect(patch.status == 404)
            let invitation = try await app.http.api(
                "POST", "/api/v1/invitations", ["email": "x@acme.test", "role": "member"], token: ana.token)
            let id = try #require(invitation.json?["invitation_id"] as? String)
            #expect(try await app.http.api("DELETE", "/api/v1/invitations/\(id)", token: bob.token).status == 404)
            let move = try await app.http.api(
                "POST", "/api/v1/auth/switch", ["organization_id": ana.organizationID], token: bob.token)
            #expect(move.status == 404)
        }
    }

    @Test("a new role holds with the next request and changes the cookie")
    func roleChange() async throws {
        try await AccountsHarness.run { app in
            let owner = try await app.register("ana@acme.test")
            let luis = try await app.join(owner, "luis@acme.test", as: .viewer)
            let cookie = try await app.signIn(luis.email)
            #expect(try await app.http.api("GET", "/api/v1/users", token: luis.token).status == 403)
            let change = try await app.http.api(
                "PATCH", "/api/v1/users/\(luis.userID)", ["role": "manager"], token: owner.token)
            #expect(change.status == 200)
            #expect(try await app.http.api("GET", "/api/v1/users", token: luis.token).status == 200)
            let page = try await app.http.page("/o/acme/settings/team", cookie: cookie)
            #expect(page.status == 200)
            let renewed = try #require(page.cookies.first { $0.hasPrefix("__Host-sid=") })
            #expect(renewed != cookie)
            #expect(try await app.http.page("/o/acme/settings/team", cookie: cookie).status == 303)
            #expect(try await app.http.page("/o/acme/settings/team", cookie: renewed).status == 200)
            #expect(try await app.auditActions(owner.organizationID).contains("membership.role_changed"))
        }
    }

    @Test("the last owner can be neither demoted nor removed; an admin cannot touch an owner")
    func lastOwner() async throws {
        try await AccountsHarness.run { app in
            let owner = try await app.register("ana@acme.test")
            let admin = try await app.join(owner, "luis@acme.test", as: .admin)
            let path = "/api/v1/users/\(owner.userID)"
            #expect(try await app.http.api("PATCH", path, ["role": "admin"], token: owner.token).status == 409)
            #expect(try await app.http.api("DELETE", path, token: owner.token).status == 409)
            #expect(try await app.http.api("PATCH", path, ["role": "viewer"], token: admin.token).status == 403)
            let promote = try await app.http.api(
                "PATCH", "/api/v1/users/\(admin.userID)", ["role": "owner"], token: admin.token)
            #expect(promote.status == 403)
            let up = try await app.http.api(
                "PATCH", "/api/v1/users/\(admin.userID)", ["role": "owner"], token: owner.token)
            #expect(up.status == 200)
            #expect(try await app.http.api("PATCH", path, ["role": "admin"], token: owner.token).status == 200)
        }
    }

    @Test("two owners who demote each other at once leave one owner")
    func ownersRace() async throws {
        try await AccountsHarness.run { app in
            let ana = try await app.register("ana@acme.test")
            let luis = try await app.join(ana, "luis@acme.test", as: .owner)
            async let first = app.http.api(
                "PATCH", "/api/v1/users/\(luis.userID)", ["role": "viewer"], token: ana.token)
            async let second = app.http.api(
                "PATCH", "/api/v1/users/\(ana.userID)", ["role": "viewer"], token: luis.token)
            _ = try await (first, second)
            let owners = try await app.database.collection("memberships").count(
                ["organization_id": .string(ana.organizationID), "role": "owner"])
            #expect(owners >= 1)
        }
    }

    @Test("a removed person is out with the next request")
    func removal() async throws {
        try await AccountsHarness.run { app in
            let owner = try await app.register("ana@acme.test")
            let luis = try await app.join(owner, "luis@acme.test", as: .manager)
            let cookie = try await app.signIn("ana@acme.test")
            let confirm = try await app.http.page("/o/acme/settings/team/\(luis.userID)/remove", cookie: cookie)
            #expect(confirm.status == 200)
            #expect(try await app.http.api("GET", "/api/v1/users", token: luis.token).status == 200)
            let removed = try await app.http.form("/o/acme/settings/team/\(luis.userID)/remove", [:], cookie: cookie)
            #expect(removed.status == 303)
            #expect(try await app.http.api("GET", "/api/v1/users", token: luis.token).status == 401)
            let page = try await app.http.page("/o/acme/settings/team", cookie: cookie)
            #expect(page.text.contains("was removed"))
        }
    }

    @Test("an invitation link works once, for its address only, and not after seven days")
    func invitation() async throws {
        try await AccountsHarness.run { app in
            let owner = try await app.register("ana@acme.test")
            let cookie = try await app.signIn("ana@acme.test")
            func invite(_ email: String) async throws -> String {
                let page = try await app.http.form(
                    "/o/acme/settings/team/invitations", ["email": email, "role": "member"], cookie: cookie)
                #expect(page.status == 201)
                let match = try #require(page.text.firstMatch(of: /\/invite\/([A-Za-z0-9_-]{43})/))
                return "/invite/" + match.1
            }
            let link = try await invite("luis@acme.test")
            let listed = try await app.http.page("/o/acme/settings/team", cookie: cookie)
            #expect(listed.text.contains("luis@acme.test"))
            #expect(!listed.text.contains(link))
            let open = try await app.http.page(link)
            #expect(open.status == 200)
            #expect(open.text.contains("Join Acme"))
            #expect(try await app.http.form(link, ["name": "", "password": "short"]).status == 422)
            let joined = try await app.http.form(link, ["name": "Luis", "password": AccountsHarness.password])
            #expect(joined.header("location") == "/o/acme/home")
            #expect(try await app.http.page(link).status == 410)
            let again = try await app.http.form(link, ["name": "Eve", "password": AccountsHarness.password])
            #expect(again.status == 410)

            let bob = try await app.register("bob@other.test", name: "Bob", organization: "Other")
            let bobs = try await app.signIn(bob.email)
            let second = try await invite("carla@acme.test")
            #expect(try await app.http.form(second, [:], cookie: bobs).status == 403)
            app.time.advance(by: 7 * 86_400 + 1)
            #expect(try await app.http.page(second).status == 410)
            #expect(try await app.auditActions(owner.organizationID).contains("invitation.accepted"))
        }
    }

    @Test("nobody invites above their own role, or a member twice")
    func inviteRules() async throws {
        try await AccountsHarness.run { app in
            let owner = try await app.register("ana@acme.test")
            let admin = try await app.join(owner, "luis@acme.test", as: .admin)
            func invite(_ email: String, _ role: String, _ token: String) async throws -> Int {
                try await app.http.api("POST", "/api/v1/invitations", ["email": email, "role": role], token: token)
                    .status
            }
            #expect(try await invite("x@acme.test", "owner", admin.token) == 403)
            #expect(try await invite("ana@acme.test", "member", admin.token) == 409)
            #expect(try await invite("x@acme.test", "member", admin.token) == 201)
            #expect(try await invite("x@acme.test", "member", admin.token) == 409)
            #expect(try await invite("x@acme.test", "king", admin.token) == 422)
        }
    }

    @Test("settings change with every field checked; the old address leads on")
    func settings() async throws {
        try await AccountsHarness.run { app in
            let owner = try await app.register("ana@acme.test")
            _ = try await app.register("bob@other.test", name: "Bob", organization: "Other")
            let cookie = try await app.signIn("ana@acme.test")
            var fields = [
                "name": "Acme Iberia", "slug": "other", "time_zone": "Europe/Madrid", "currency": "EUR", "locale": "es",
                "week_start": "sunday",
            ]
            let taken = try await app.http.form("/o/acme/settings/organization", fields, cookie: cookie)
            #expect(taken.status == 422)
            #expect(taken.text.contains("Acme Iberia"))
            fields["slug"] = "acme-iberia"
            let saved = try await app.http.form("/o/acme/settings/organization", fields, cookie: cookie)
            #expect(saved.header("location") == "/o/acme-iberia/settings/organization")
            let old = try await app.http.page("/o/acme/settings/team?q=1", cookie: cookie)
            #expect(old.header("location") == "/o/acme-iberia/settings/team?q=1")
            let current = try await app.http.api("GET", "/api/v1/organizations/current", token: owner.token)
            #expect(current.json?["week_start"] as? String == "sunday")
            let bad = try await app.http.api(
                "PATCH", "/api/v1/organizations/current", ["currency": "XXX"], token: owner.token)
            #expect(bad.status == 422)
            #expect(try await app.auditActions(owner.organizationID).contains("organization.updated"))
        }
    }

    @Test("several organizations: the switcher lists them, a token is for one")
    func several() async throws {
        try await AccountsHarness.run { app in
            let ana = try await app.register("ana@acme.test")
            let made = try await app.http.api("POST", "/api/v1/organizations", ["name": "Second"], token: ana.token)
            #expect(made.status == 201)
            let id = try #require(made.json?["organization_id"] as? String)
            let cookie = try await app.signIn("ana@acme.test")
            let page = try await app.http.page("/o/acme/settings/team", cookie: cookie)
            #expect(page.text.contains("/o/second/home"))
            #expect(try await app.http.page("/organizations", cookie: cookie).text.contains("Second"))
            let switched = try app.member(
                try await app.http.api("POST", "/api/v1/auth/switch", ["organization_id": id], token: ana.token),
                ana.email)
            let current = try await app.http.api("GET", "/api/v1/organizations/current", token: switched.token)
            #expect(current.json?["slug"] as? String == "second")
            let first = try await app.http.api("GET", "/api/v1/organizations/current", token: ana.token)
            #expect(first.json?["slug"] as? String == "acme")
        }
    }

    @Test("all 83 permissions are listed with their holders")
    func permissions() async throws {
        try await AccountsHarness.run { app in
            let ana = try await app.register("ana@acme.test")
            let answer = try await app.http.api("GET", "/api/v1/permissions", token: ana.token)
            let rows = try #require(answer.json?["data"] as? [[String: Any]])
            #expect(rows.count == 83)
            #expect(rows.allSatisfy { $0["granted"] as? Bool == true })
        }
    }
}
