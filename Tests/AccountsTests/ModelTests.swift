import Accounts
import Foundation
import Tenancy
import Testing

@Suite("Accounts: rules")
struct ModelTests {
    @Test(
        "e-mail addresses are trimmed, lower-cased and shallowly checked",
        arguments: [
            (" Ana@Acme.TEST ", "ana@acme.test"), ("a.b+c@shop.example.org", "a.b+c@shop.example.org"), ("ana", nil),
            ("ana@acme", nil), ("a b@acme.test", nil), ("ana@acme..test", nil), ("@acme.test", nil),
            ("ana@@acme.test", nil), ("<ana@acme.test>", nil), ("ana@acme.test\r\nBcc: x@y.test", nil),
        ] as [(String, String?)])
    func email(raw: String, expected: String?) {
        #expect(EmailAddress(raw)?.value == expected)
    }

    @Test(
        "short, common, repeated and own-name passwords are refused",
        arguments: [
            ("short pass", "password-too-short"), ("password1234", "password-common"),
            ("P@ssw0rd!2026", "password-common"),
            ("passwordpassword", "password-common"), ("123456789012", "password-common"),
            ("qwertyuiopas", "password-common"), ("aaaaaaaaaaaaa", "password-common"),
            ("abcabcabcabc", "password-common"), ("ana.lopez@acme.test", "password-is-own-name"),
            ("ANA LÓPEZ GARCÍA", "password-is-own-name"), ("acme trading company", "password-is-own-name"),
            ("orange kettle on the roof", nil), ("12 Señores y un ñandú", nil),
        ] as [(String, String?)])
    func password(candidate: String, expected: String?) {
        let problem = PasswordPolicy.problem(
            with: candidate, email: "ana.lopez@acme.test", name: "Ana López García",
            organization: "Acme Trading Company")
        #expect(problem == expected)
    }

    @Test("a password of 128 characters is allowed, one of 5,000 is not")
    func passwordLength() {
        let long = String(repeating: "long sentence ", count: 400)
        let check = { PasswordPolicy.problem(with: $0, email: "a@b.test", name: "A", organization: "B") }
        #expect(check(String(long.prefix(128))) == nil || check(String(long.prefix(128))) == "password-common")
        #expect(check(String(long.prefix(100) + " and 28 different more")) == nil)
        #expect(check(long) == "password-too-long")
    }

    @Test("five failures within 15 minutes lock for 30, and the lock ends by itself")
    func lockOut() {
        let start = Date(timeIntervalSince1970: 1_000_000)
        var state = LockOut()
        for index in 1...4 {
            state.failures.append(start.addingTimeInterval(Double(index)))
            #expect(state.decision(at: start.addingTimeInterval(Double(index))) == .verify)
            #expect(state.lockAfterFailure(at: start.addingTimeInterval(Double(index))) == nil)
        }
        let fifth = start.addingTimeInterval(5)
        state.failures.append(fifth)
        #expect(state.decision(at: fifth) == .verify)
        state.lockedUntil = state.lockAfterFailure(at: fifth)
        #expect(state.lockedUntil == fifth.addingTimeInterval(1800))
        #expect(state.decision(at: fifth.addingTimeInterval(1799)) == .refuse)
        let after = fifth.addingTimeInterval(1801)
        state.failures.append(after)
        #expect(state.decision(at: after) == .verify)
        #expect(state.recentFailures(at: after) == 1)
    }

    @Test("parallel guesses beyond five are refused before the lock is written")
    func parallelGuesses() {
        let now = Date(timeIntervalSince1970: 1_000_000)
        let state = LockOut(failures: Array(repeating: now, count: 6))
        #expect(state.decision(at: now) == .refuse)
    }

    @Test("old failures fall out of the window")
    func window() {
        let now = Date(timeIntervalSince1970: 1_000_000)
        let state = LockOut(failures: (1...5).map { now.addingTimeInterval(-901 - Double($0)) } + [now])
        #expect(state.decision(at: now) == .verify)
        #expect(state.recentFailures(at: now) == 1)
    }

    @Test(
        "only local targets are followed",
        arguments: [
            ("/o/acme/home", "/o/acme/home"), ("/o/acme/eyes?tab=churn", "/o/acme/eyes?tab=churn"),
            ("//evil.test", nil),
            ("/\\evil.test", nil), ("https://evil.test", nil), ("javascript:alert(1)", nil), ("", nil), ("/login", nil),
            ("/login?next=/x", nil), ("/x\r\nSet-Cookie: a=b", nil), ("/\u{202E}x", nil),
        ] as [(String, String?)])
    func redirects(target: String, expected: String?) {
        #expect(SafeRedirect.local(target) == expected)
    }

    @Test("a session dies of idleness after two hours and of age after thirty days")
    func sessionLife() {
        let start = Date(timeIntervalSince1970: 1_000_000)
        let rules = SessionRules.standard
        var session = Session(
            id: "ses_1", userID: "usr_1", kind: .browser, ip: "::1", userAgent: "x", at: start, lifetime: rules.absolute
        )
        #expect(rules.isAlive(session, at: start.addingTimeInterval(7199)))
        #expect(!rules.isAlive(session, at: start.addingTimeInterval(7200)))
        session.lastActivity = start.addingTimeInterval(30 * 86_400 - 1)
        #expect(rules.isAlive(session, at: start.addingTimeInterval(30 * 86_400 - 1)))
        #expect(!rules.isAlive(session, at: start.addingTimeInterval(30 * 86_400)))
    }

    @Test("a refresh token slides by a week but not past thirty days from the login")
    func refreshLife() {
        let login = Date(timeIntervalSince1970: 1_000_000)
        let rules = TokenRules.standard
        #expect(rules.refreshExpiry(now: login, loggedInAt: login) == login.addingTimeInterval(7 * 86_400))
        let late = login.addingTimeInterval(28 * 86_400)
        #expect(rules.refreshExpiry(now: late, loggedInAt: login) == login.addingTimeInterval(30 * 86_400))
    }

    @Test("nobody hands out or touches a role above their own")
    func roles() {
        #expect(RoleRules.grantable(by: .manager) == [.manager, .member, .viewer])
        #expect(!RoleRules.mayChange(actor: .admin, target: .owner))
        #expect(!RoleRules.mayChange(actor: .admin, target: .member, to: .owner))
        #expect(RoleRules.mayChange(actor: .admin, target: .manager, to: .admin))
    }

    @Test("an organization's settings name every field that is wrong")
    func settings() throws {
        let wrong = OrganizationSettings(
            name: "A", slug: "Bad Slug", timeZone: "Mars/Olympus", currency: "XYZ", locale: "de", weekStart: "friday")
        do {
            _ = try wrong.checked()
            Issue.record("accepted")
        } catch {
            guard case .invalid(let issues) = error else { throw error }
            #expect(issues.map(\.field) == ["name", "slug", "time_zone", "currency", "locale", "week_start"])
        }
    }

    @Test("a registration reports all that is missing at once")
    func registration() throws {
        do {
            _ = try RegisterAccount.Draft().checked()
            Issue.record("accepted")
        } catch {
            guard case .invalid(let issues) = error else { throw error }
            #expect(
                issues.map(\.field) == ["email", "name", "organization_name", "password", "accepted_terms_version"])
        }
    }
}
