import BSON
import Foundation
import Mongo
import Tenancy
import TestSupport
import Testing
import Vault

@testable import Accounts

@Suite("Accounts: sign-in and sessions")
struct SignInTests {
    @Test("the cookie is host-bound, secret, and only its hash is stored")
    func cookie() async throws {
        try await AccountsHarness.run { app in
            _ = try await app.register("ana@acme.test")
            let answer = try await app.http.form(
                "/login", ["email": "ANA@acme.test", "password": AccountsHarness.password])
            #expect(answer.status == 303)
            #expect(answer.header("location") == "/o/acme/home")
            let header = try #require(answer.header("set-cookie"))
            for part in ["__Host-sid=", "Path=/", "Secure", "HttpOnly", "SameSite=Lax"] {
                #expect(header.contains(part))
            }
            let token = try #require(answer.cookies.first?.split(separator: "=", maxSplits: 1).last)
            #expect(token.count == 43)
            let rows = try await app.database.collection("sessions").find(["kind": "browser"])
            #expect(rows.count == 1)
            #expect(rows[0]["token_hash"]?.stringValue == RandomToken.hash(String(token)))
            #expect(!rows[0].description.contains(token))
        }
    }

    @Test("an id chosen by somebody else is never adopted")
    func fixation() async throws {
        try await AccountsHarness.run { app in
            _ = try await app.register("ana@acme.test")
            let planted = "__Host-sid=" + String(repeating: "A", count: 43)
            #expect(try await app.http.page("/login", cookie: planted).header("set-cookie") == nil)
            let cookie = try await app.signIn("ana@acme.test", cookie: planted)
            #expect(cookie != planted)
            #expect(try await app.http.page("/profile", cookie: planted).status == 303)
            #expect(try await app.http.page("/profile", cookie: cookie).status == 200)
        }
    }

    @Test("signing in again gives a new id and ends the one the browser came with")
    func newIDAtLogin() async throws {
        try await AccountsHarness.run { app in
            _ = try await app.register("ana@acme.test")
            let first = try await app.signIn("ana@acme.test")
            let second = try await app.signIn("ana@acme.test", cookie: first)
            #expect(first != second)
            #expect(try await app.http.page("/profile", cookie: first).status == 303)
            #expect(try await app.http.page("/profile", cookie: second).status == 200)
        }
    }

    @Test("signing out kills the session at once")
    func logout() async throws {
        try await AccountsHarness.run { app in
            let ana = try await app.register("ana@acme.test")
            let cookie = try await app.signIn("ana@acme.test")
            #expect(try await app.http.page("/profile", cookie: cookie).status == 200)
            let out = try await app.http.form("/logout", [:], cookie: cookie)
            #expect(out.status == 303)
            #expect(out.header("set-cookie")?.contains("Max-Age=0") == true)
            #expect(try await app.http.page("/profile", cookie: cookie).status == 303)
            let actions = try await app.auditActions(ana.organizationID)
            #expect(actions.suffix(2) == ["auth.signed_in", "auth.signed_out"])
        }
    }

    @Test("idle sessions end, busy ones live on")
    func idle() async throws {
        try await AccountsHarness.run { app in
            _ = try await app.register("ana@acme.test")
            let cookie = try await app.signIn("ana@acme.test")
            for _ in 0..<3 {
                app.time.advance(by: 5000)
                #expect(try await app.http.page("/profile", cookie: cookie).status == 200)
            }
            app.time.advance(by: 7201)
            #expect(try await app.http.page("/profile", cookie: cookie).status == 303)
        }
    }

    @Test("unknown address, wrong password, disabled person: same status, same words, same work")
    func sameAnswer() async throws {
        try await AccountsHarness.run(scrypt: .standard) { app in
            _ = try await app.register("ana@acme.test")
            _ = try await app.register("off@acme.test", organization: "Off")
            try await app.database.collection("users").update(
                ["email": "off@acme.test"], ["$set": ["status": "disabled"]])
            var answers: [(status: Int, text: String)] = []
            var times: [Duration] = []
            for (email, password) in [
                ("ana@acme.test", "wrong password here"), ("nobody@acme.test", "wrong password here"),
                ("off@acme.test", AccountsHarness.password),
            ] {
                let begun = ContinuousClock.now
                let answer = try await app.http.api("POST", "/auth/login", ["email": email, "password": password])
                times.append(begun.duration(to: .now))
                answers.append((answer.status, answer.json?["detail"] as? String ?? ""))
            }
            #expect(answers.allSatisfy { $0.status == 401 && $0.text == answers[0].text })
            // One scrypt computation each: nobody answers in less than half the time of the honest comparison.
            #expect(times.allSatisfy { $0 > times[0] / 2 })
            let page = try await app.http.form(
                "/login", ["email": "nobody@acme.test", "password": "wrong password here"])
            #expect(page.status == 422)
            #expect(page.text.contains("nobody@acme.test"))
            #expect(!page.text.contains("wrong password here"))
        }
    }

    @Test("after five failures the right password is refused with the same text, for thirty minutes")
    func lockOut() async throws {
        try await AccountsHarness.run { app in
            let ana = try await app.register("ana@acme.test")
            func login(_ password: String) async throws -> HTTP.Answer {
                try await app.http.api("POST", "/auth/login", ["email": "ana@acme.test", "password": password])
            }
            var text = ""
            for _ in 0..<5 { text = try await login("wrong password here").json?["detail"] as? String ?? "" }
            let locked = try await login(AccountsHarness.password)
            #expect(locked.status == 401)
            #expect(locked.json?["detail"] as? String == text)
            app.time.advance(by: 1801)
            #expect(try await login(AccountsHarness.password).status == 200)
            let actions = try await app.auditActions(ana.organizationID)
            #expect(actions.filter { $0 == "auth.sign_in_failed" }.count == 6)
            #expect(actions.filter { $0 == "account.locked" }.count == 1)
        }
    }

    @Test("twenty parallel guesses are not twenty tries")
    func parallelGuesses() async throws {
        try await AccountsHarness.run { app in
            _ = try await app.register("ana@acme.test")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        _ = try await app.http.api(
                            "POST", "/auth/login", ["email": "ana@acme.test", "password": "wrong password here"])
                    }
                }
                try await group.waitForAll()
            }
            let right = try await app.http.api(
                "POST", "/auth/login", ["email": "ana@acme.test", "password": AccountsHarness.password])
            #expect(right.status == 401)
        }
    }

    @Test("tries are limited per address, with the time to wait")
    func rateLimit() async throws {
        try await AccountsHarness.run(settings: AccountsSettings(refusalStep: 0)) { app in
            for index in 0..<5 {
                let answer = try await app.http.api(
                    "POST", "/auth/login", ["email": "a\(index)@acme.test", "password": "wrong password here"])
                #expect(answer.status == 401)
            }
            let limited = try await app.http.api(
                "POST", "/auth/login", ["email": "other@acme.test", "password": "wrong password here"])
            #expect(limited.status == 429)
            #expect(limited.header("retry-after") != nil)
        }
    }

    @Test(
        "only local addresses are followed after sign-in",
        arguments: ["//evil.test", "https://evil.test", "/\\evil.test"])
    func openRedirect(next: String) async throws {
        try await AccountsHarness.run { app in
            _ = try await app.register("ana@acme.test")
            let answer = try await app.http.form(
                "/login", ["email": "ana@acme.test", "password": AccountsHarness.password, "next": next])
            #expect(answer.header("location") == "/o/acme/home")
            let form = try await app.http.page(
                "/login?next=" + next.replacing("/", with: "%2F").replacing("\\", with: "%5C"))
            #expect(!form.text.contains("name=\"next\""))
        }
    }

    @Test("a page without a session leads to sign-in and back; a form without one is 401")
    func signInFirst() async throws {
        try await AccountsHarness.run { app in
            _ = try await app.register("ana@acme.test")
            let page = try await app.http.page("/o/acme/settings/team?x=1")
            #expect(page.status == 303)
            #expect(page.header("location") == "/login?next=/o/acme/settings/team%3Fx%3D1")
            #expect(try await app.http.form("/o/acme/settings/organization", ["name": "X"]).status == 401)
            let signedIn = try await app.http.form(
                "/login",
                ["email": "ana@acme.test", "password": AccountsHarness.password, "next": "/o/acme/settings/team?x=1"])
            #expect(signedIn.header("location") == "/o/acme/settings/team?x=1")
        }
    }

    @Test("forms from other sites are refused")
    func crossSite() async throws {
        try await AccountsHarness.run { app in
            _ = try await app.register("ana@acme.test")
            let cookie = try await app.signIn("ana@acme.test")
            let body = Array("name=Stolen".utf8)
            for headers in [
                ["Sec-Fetch-Site": "cross-site"], ["Sec-Fetch-Site": "same-site"], ["Origin": "https://evil.test"], [:],
            ] {
                var all = headers
                all["Cookie"] = cookie
                all["Content-Type"] = "application/x-www-form-urlencoded"
                let answer = try await app.http.send("POST", "/profile", headers: all, body: body)
                #expect(answer.status == 403)
            }
            #expect(try await app.http.page("/profile", cookie: cookie).text.contains("Ana"))
        }
    }

    @Test(
        "every answer carries the security headers, errors included",
        arguments: ["/login", "/nowhere", "/api/v1/users"])
    func headers(path: String) async throws {
        try await AccountsHarness.run { app in
            let answer = try await app.http.page(path)
            let policy = answer.header("content-security-policy") ?? ""
            #expect(policy.contains("frame-ancestors 'none'"))
            #expect(answer.header("x-content-type-options") == "nosniff")
            #expect(answer.header("referrer-policy") == "same-origin")
            #expect(answer.header("x-request-id")?.isEmpty == false)
        }
    }

    @Test("one's sessions are listed and end one by one or all others at once")
    func sessions() async throws {
        try await AccountsHarness.run { app in
            let ana = try await app.register("ana@acme.test")
            let first = try await app.signIn("ana@acme.test")
            let second = try await app.signIn("ana@acme.test")
            let list = try await app.http.api("GET", "/api/v1/auth/sessions", token: ana.token)
            let rows = try #require(list.json?["data"] as? [[String: Any]])
            #expect(rows.count == 3)
            #expect(rows.filter { $0["current"] as? Bool == true }.count == 1)
            let others = try await app.http.form("/profile/sessions/end-others", [:], cookie: second)
            #expect(others.status == 303)
            #expect(try await app.http.page("/profile", cookie: first).status == 303)
            #expect(try await app.http.page("/profile", cookie: second).status == 200)
            #expect(try await app.http.api("GET", "/api/v1/auth/me", token: ana.token).status == 401)
            let bob = try await app.register("bob@acme.test", organization: "Bobs")
            let bobs = try await app.http.api("GET", "/api/v1/auth/sessions", token: bob.token)
            let id = try #require((bobs.json?["data"] as? [[String: Any]])?.first?["session_id"] as? String)
            #expect(try await app.http.form("/profile/sessions/\(id)/end", [:], cookie: second).status == 404)
        }
    }

    @Test("a new password needs the old one and ends all other sessions and tokens")
    func password() async throws {
        try await AccountsHarness.run { app in
            let ana = try await app.register("ana@acme.test")
            let other = try await app.signIn("ana@acme.test")
            let cookie = try await app.signIn("ana@acme.test")
            let new = "green lamps under the bridge"
            let wrong = try await app.http.form(
                "/profile/password", ["current_password": "not my password", "new_password": new], cookie: cookie)
            #expect(wrong.status == 422)
            #expect(!wrong.text.contains(new))
            let weak = try await app.http.form(
                "/profile/password", ["current_password": AccountsHarness.password, "new_password": "password1234"],
                cookie: cookie)
            #expect(weak.status == 422)
            let done = try await app.http.form(
                "/profile/password", ["current_password": AccountsHarness.password, "new_password": new], cookie: cookie
            )
            #expect(done.status == 303)
            #expect(try await app.http.page("/profile", cookie: other).status == 303)
            #expect(try await app.http.api("GET", "/api/v1/auth/me", token: ana.token).status == 401)
            #expect(try await app.http.api("POST", "/auth/refresh", ["refresh_token": ana.refresh]).status == 401)
            let page = try await app.http.page("/profile", cookie: cookie)
            #expect(page.status == 200)
            #expect(page.cookies.contains { $0.hasPrefix("__Host-sid=") && $0 != cookie })
            let login = try await app.http.api("POST", "/auth/login", ["email": "ana@acme.test", "password": new])
            #expect(login.status == 200)
        }
    }

    @Test("language and colours are remembered in the browser and for the person")
    func preferences() async throws {
        try await AccountsHarness.run { app in
            _ = try await app.register("ana@acme.test")
            let cookie = try await app.signIn("ana@acme.test")
            let answer = try await app.http.form(
                "/preferences", ["locale": "es", "return": "//evil.test"], cookie: cookie)
            #expect(answer.header("location") == "/")
            #expect(answer.cookies.contains("locale=es"))
            #expect(try await app.http.page("/profile", cookie: cookie).text.contains("Perfil"))
        }
    }

    @Test("the demo opens by one click where there is one, and its person has no password")
    func demo() async throws {
        try await AccountsHarness.run { app in
            #expect(try await app.http.form("/demo", [:]).status == 404)
            #expect(!(try await app.http.page("/login").text.contains("action=\"/demo\"")))
            let email = try #require(EmailAddress("demo@omnify.test"))
            let user = try await app.accounts.ensureDemoUser(name: "Demo", email: email)
            #expect(try await app.accounts.ensureDemoUser(name: "Demo", email: email).id == user.id)
            let organization = Organization(
                id: ID.make("org"), name: "Demo shop", slug: "demo-shop", kind: .demo, createdAt: app.time.now)
            _ = try await app.memberships.createOrganization(organization, owner: user.id, ownerName: "Demo")
            app.memberships.invalidate(userID: user.id)
            #expect(try await app.http.page("/login").text.contains("action=\"/demo\""))
            let answer = try await app.http.form("/demo", [:])
            #expect(answer.header("location") == "/o/demo-shop/home")
            let cookie = try #require(answer.cookies.first)
            let page = try await app.http.page("/o/demo-shop/settings/team", cookie: cookie)
            #expect(page.text.contains("made up"))
            #expect(page.header("set-cookie") == nil)
            _ = try await app.http.form("/demo", [:])
            let profile = try await app.http.page("/profile", cookie: cookie)
            #expect(profile.text.components(separatedBy: "/profile/sessions/").count == 1)
            let change = try await app.http.form(
                "/o/demo-shop/settings/organization",
                [
                    "name": "Mine", "slug": "demo-shop", "time_zone": "UTC", "currency": "USD", "locale": "en",
                    "week_start": "monday",
                ], cookie: cookie)
            #expect(change.status == 403)
            let login = try await app.http.api(
                "POST", "/auth/login", ["email": "demo@omnify.test", "password": "any password at all"])
            #expect(login.status == 401)
        }
    }
}
