import Audit
import BSON
import Foundation
import Mongo
import Tenancy
import TestSupport
import Testing

@testable import Accounts

@Suite("Accounts: registration")
struct RegistrationTests {
    @Test("registering makes person, organization and owner, and its token works at once")
    func register() async throws {
        try await AccountsHarness.run { app in
            let answer = try await app.http.api(
                "POST", "/api/v1/auth/register",
                [
                    "email": " Ana@Acme.test ", "password": AccountsHarness.password, "name": "Ana",
                    "organization_name": "Acme", "accepted_terms_version": "2026-10", "time_zone": "Europe/Madrid",
                    "currency": "EUR", "locale": "es",
                ])
            #expect(answer.status == 201)
            let json = try #require(answer.json)
            #expect(json["token_type"] as? String == "Bearer")
            #expect(json["expires_in"] as? Int == 900)
            #expect((json["refresh_token"] as? String)?.hasPrefix("rt_") == true)
            #expect((json["organization_id"] as? String)?.hasPrefix("org_") == true)
            let organization = try #require(json["organization"] as? [String: Any])
            #expect(organization["slug"] as? String == "acme")
            #expect(organization["status"] as? String == "trial")
            #expect(organization["time_zone"] as? String == "Europe/Madrid")
            let user = try #require(json["user"] as? [String: Any])
            #expect(user["email"] as? String == "ana@acme.test")
            #expect(user["role"] as? String == "owner")
            #expect(!answer.text.contains("scrypt"))
            let ana = try app.member(answer, "ana@acme.test")
            let current = try await app.http.api("GET", "/api/v1/organizations/current", token: ana.token)
            #expect(current.status == 200)
            #expect(current.json?["currency"] as? String == "EUR")
            let actions = try await app.auditActions(ana.organizationID)
            #expect(actions == ["organization.created", "membership.added", "auth.signed_in"])
        }
    }

    @Test("two simultaneous registrations with one address give exactly one account")
    func race() async throws {
        try await AccountsHarness.run { app in
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for index in 0..<6 {
                    group.addTask {
                        try await app.http.api(
                            "POST", "/auth/register",
                            [
                                "email": "ana@acme.test", "password": AccountsHarness.password, "name": "Ana",
                                "organization_name": "Acme \(index)",
                            ]
                        ).status
                    }
                }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses.sorted() == [201, 409, 409, 409, 409, 409])
            #expect(try await app.database.collection("users").count([:]) == 1)
            #expect(try await app.database.collection("organizations").count([:]) == 1)
            #expect(try await app.database.collection("memberships").count([:]) == 1)
        }
    }

    @Test("a derived slug steps aside, a wished one is refused with the field named")
    func slugs() async throws {
        try await AccountsHarness.run { app in
            let first = try await app.register("a@acme.test", organization: "Café Ñandú")
            let second = try await app.register("b@acme.test", organization: "Café Ñandú")
            #expect(first.slug == "cafe-nandu")
            #expect(second.slug == "cafe-nandu-2")
            let refused = try await app.http.api(
                "POST", "/auth/register",
                [
                    "email": "c@acme.test", "password": AccountsHarness.password, "name": "C",
                    "organization_name": "Other", "slug": "cafe-nandu",
                ])
            #expect(refused.status == 409)
            let errors = try #require(refused.json?["errors"] as? [[String: Any]])
            #expect(errors.first?["field"] as? String == "slug")
            #expect(try await app.database.collection("users").count(["email": "c@acme.test"]) == 0)
        }
    }

    @Test("wrong input is 422 with every field, unknown fields are 400, no password comes back")
    func refusals() async throws {
        try await AccountsHarness.run { app in
            let empty = try await app.http.api("POST", "/auth/register", [:])
            #expect(empty.status == 422)
            let fields = (empty.json?["errors"] as? [[String: Any]])?.compactMap { $0["field"] as? String }
            #expect(fields == ["email", "name", "organization_name", "password"])
            let common = try await app.http.api(
                "POST", "/auth/register",
                ["email": "a@b.test", "password": "password123456", "name": "A", "organization_name": "Acme"])
            #expect(common.status == 422)
            #expect(common.text.contains("password-common"))
            #expect(!common.text.contains("password123456"))
            let unknown = try await app.http.api("POST", "/auth/register", ["email": "a@b.test", "role": "owner"])
            #expect(unknown.status == 400)
        }
    }

    @Test("the sign-up page keeps what was typed, never the password, and ends signed in")
    func page() async throws {
        try await AccountsHarness.run { app in
            let form = try await app.http.page("/signup")
            #expect(form.status == 200)
            #expect(form.text.contains("name=\"organization_name\""))
            let fields = [
                "name": "Ana <b>", "email": "ana@acme.test", "password": "too short", "organization_name": "Acme",
                "time_zone": "UTC", "currency": "EUR",
            ]
            let refused = try await app.http.form("/signup", fields)
            #expect(refused.status == 422)
            #expect(refused.text.contains("ana@acme.test"))
            #expect(refused.text.contains("Ana &lt;b&gt;"))
            #expect(refused.text.contains("field-terms"))
            #expect(!refused.text.contains("too short"))
            var good = fields
            good["password"] = AccountsHarness.password
            good["terms"] = "yes"
            let done = try await app.http.form("/signup", good)
            #expect(done.status == 303)
            #expect(done.header("location") == "/o/acme/home")
            let cookie = try #require(done.cookies.first)
            let team = try await app.http.page("/o/acme/settings/team", cookie: cookie)
            #expect(team.status == 200)
            #expect(team.text.contains("Ana &lt;b&gt;"))
            #expect(team.text.contains("Welcome"))
            let again = try await app.http.page("/o/acme/settings/team", cookie: cookie)
            #expect(!again.text.contains("Welcome"))
        }
    }

    @Test("by invitation only, nobody registers")
    func inviteOnly() async throws {
        var settings = AccountsSettings.generous
        settings.registration = .inviteOnly
        try await AccountsHarness.run(settings: settings) { app in
            let answer = try await app.http.api(
                "POST", "/auth/register",
                ["email": "a@b.test", "password": AccountsHarness.password, "name": "A", "organization_name": "Acme"])
            #expect(answer.status == 403)
            #expect(try await app.http.page("/signup").text.contains("invitation"))
        }
    }
}
