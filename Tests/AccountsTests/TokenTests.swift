import BSON
import Crypto
import Foundation
import Mongo
import Tenancy
import TestSupport
import Testing
import Vault

@testable import Accounts

@Suite("Accounts: tokens")
struct TokenTests {
    private func parts(_ token: String) -> [String] { token.split(separator: ".").map(String.init) }

    private func claims(_ token: String) throws -> [String: Any] {
        let bytes = try #require(Base64URL.decode(parts(token)[1]))
        return try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    }

    @Test("the access token says who, where and until when")
    func contents() async throws {
        try await AccountsHarness.run { app in
            let ana = try await app.register("ana@acme.test")
            let claims = try claims(ana.token)
            #expect(claims["sub"] as? String == ana.userID)
            #expect(claims["org"] as? String == ana.organizationID)
            #expect(claims["role"] as? String == "owner")
            #expect((claims["exp"] as? Int ?? 0) - (claims["iat"] as? Int ?? 0) == 900)
            for name in ["iss", "aud", "sid", "jti"] { #expect((claims[name] as? String)?.isEmpty == false) }
            let keys = try await app.http.send("GET", "/.well-known/jwks.json")
            let key = try #require((keys.json?["keys"] as? [[String: Any]])?.first)
            #expect(key["alg"] as? String == "ES256")
            #expect(key["d"] == nil)
            let header = try #require(Base64URL.decode(parts(ana.token)[0]))
            #expect(String(decoding: header, as: UTF8.self).contains(key["kid"] as? String ?? "?"))
        }
    }

    @Test("another key, algorithm, audience, issuer or kid, and an expired token, are 401")
    func forgeries() async throws {
        try await AccountsHarness.run { app in
            let ana = try await app.register("ana@acme.test")
            let good = try claims(ana.token)
            let kid = SigningKeyStore.kid(at: app.time.now)
            let own = P256.Signing.PrivateKey()
            func forged(
                _ changes: [String: Any] = [:], alg: String = "ES256", kid: String, key: P256.Signing.PrivateKey?
            )
                throws -> String
            {
                let header = try JSONSerialization.data(withJSONObject: ["alg": alg, "typ": "JWT", "kid": kid])
                let body = try JSONSerialization.data(withJSONObject: good.merging(changes) { $1 })
                let input = Base64URL.encode(header) + "." + Base64URL.encode(body)
                let signature = try key?.signature(for: Data(input.utf8)).rawRepresentation
                return input + "." + Base64URL.encode(signature ?? Data())
            }
            let store = SigningKeyStore(
                app.database, sealer: Sealer(try KeyRing([(id: "k1", key: [UInt8](repeating: 7, count: 32))])))
            let real = try await store.current(at: app.time.now)[0].key
            let hmac = HMAC<SHA256>.authenticationCode(
                for: Data("x".utf8), using: SymmetricKey(data: real.publicKey.rawRepresentation))
            let tokens = [
                try forged(kid: kid, key: own), try forged(kid: "other", key: own),
                try forged(alg: "none", kid: kid, key: nil),
                try forged(alg: "HS256", kid: kid, key: real), try forged(["aud": "else"], kid: kid, key: real),
                try forged(["iss": "else"], kid: kid, key: real),
                try forged(["exp": Int(app.time.now.timeIntervalSince1970) - 1], kid: kid, key: real),
                try forged(["org": "org_other"], kid: kid, key: real),
                try forged(["sid": "ses_other"], kid: kid, key: real),
                parts(ana.token)[0] + "." + parts(ana.token)[1] + "." + Base64URL.encode(hmac),
                parts(ana.token)[0] + "." + parts(ana.token)[1] + ".", "a.b.c", "", String(repeating: "a", count: 9000),
            ]
            for (index, token) in tokens.enumerated() {
                let answer = try await app.http.api("GET", "/api/v1/auth/me", token: token)
                #expect(answer.status == 401, "forgery \(index)")
            }
            // The same way of making tokens, with nothing wrong, is accepted: the refusals above are for their reasons.
            #expect(
                try await app.http.api("GET", "/api/v1/auth/me", token: try forged(kid: kid, key: real)).status == 200)
        }
    }

    @Test("a token is worthless a second after its exp, even when it was verified before")
    func expiry() async throws {
        try await AccountsHarness.run { app in
            let ana = try await app.register("ana@acme.test")
            #expect(try await app.http.api("GET", "/api/v1/auth/me", token: ana.token).status == 200)
            app.time.advance(by: 899)
            #expect(try await app.http.api("GET", "/api/v1/auth/me", token: ana.token).status == 200)
            app.time.advance(by: 1)
            #expect(try await app.http.api("GET", "/api/v1/auth/me", token: ana.token).status == 401)
        }
    }

    @Test("a refresh token works once; its replay ends the family and is recorded")
    func replay() async throws {
        try await AccountsHarness.run { app in
            let ana = try await app.register("ana@acme.test")
            let second = try app.member(
                try await app.http.api("POST", "/auth/refresh", ["refresh_token": ana.refresh]), ana.email)
            #expect(second.refresh != ana.refresh)
            #expect(try await app.http.api("GET", "/api/v1/auth/me", token: second.token).status == 200)
            let replay = try await app.http.api("POST", "/auth/refresh", ["refresh_token": ana.refresh])
            #expect(replay.status == 401)
            #expect(replay.json?["code"] as? String == "refresh-replayed")
            #expect(try await app.http.api("POST", "/auth/refresh", ["refresh_token": second.refresh]).status == 401)
            #expect(try await app.http.api("GET", "/api/v1/auth/me", token: second.token).status == 401)
            #expect(try await app.auditActions(ana.organizationID).contains("refresh_token.replayed"))
        }
    }

    @Test("of two simultaneous uses of one refresh token at most one succeeds")
    func refreshRace() async throws {
        try await AccountsHarness.run { app in
            let ana = try await app.register("ana@acme.test")
            let good = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<5 {
                    group.addTask {
                        try await app.http.api("POST", "/auth/refresh", ["refresh_token": ana.refresh]).status
                    }
                }
                return try await group.reduce(into: 0) { $0 += $1 == 200 ? 1 : 0 }
            }
            #expect(good <= 1)
        }
    }

    @Test("signing out over the API ends token and refresh at once")
    func logout() async throws {
        try await AccountsHarness.run { app in
            let ana = try await app.register("ana@acme.test")
            #expect(try await app.http.api("POST", "/api/v1/auth/logout", token: ana.token).status == 204)
            #expect(try await app.http.api("GET", "/api/v1/auth/me", token: ana.token).status == 401)
            #expect(try await app.http.api("POST", "/auth/refresh", ["refresh_token": ana.refresh]).status == 401)
        }
    }

    @Test("tokens outlive a restart, because the key is stored sealed")
    func restart() async throws {
        try await AccountsHarness.run { app in
            let ana = try await app.register("ana@acme.test")
            let ring = try KeyRing([(id: "k1", key: [UInt8](repeating: 7, count: 32))])
            let again = AccountsService(
                database: app.database, memberships: app.memberships, audit: app.audit, sealer: Sealer(ring),
                hasher: PasswordHasher(parameters: .minimal), settings: .generous, clock: .manual(app.time))
            #expect(try await again.grant(accessToken: ana.token).identity.user.id == ana.userID)
            let row = try #require(try await app.database.collection("signing_keys").findOne([:]))
            guard case .binary(let sealed) = row["sealed"] else { throw Unexpected("not sealed") }
            let key = try await SigningKeyStore(app.database, sealer: Sealer(ring)).current(at: app.time.now)[0].key
            #expect(!Data(sealed.bytes).contains(key.rawRepresentation))
            let wrong = try KeyRing([(id: "k1", key: [UInt8](repeating: 8, count: 32))])
            let other = AccountsService(
                database: app.database, memberships: app.memberships, audit: app.audit, sealer: Sealer(wrong),
                hasher: PasswordHasher(parameters: .minimal), settings: .generous, clock: .manual(app.time))
            await #expect(throws: (any Error).self) { try await other.prepare() }
        }
    }

    @Test("tokens of the old key stay good after the key has changed")
    func keyRotation() async throws {
        try await AccountsHarness.run { app in
            _ = try await app.register("ana@acme.test")
            let slot = SigningKeyStore.slotLength
            let now = app.time.now.timeIntervalSince1970
            app.time.set(Date(timeIntervalSince1970: ((now / slot).rounded(.down) + 1) * slot - 60))
            let ana = try app.member(
                try await app.http.api(
                    "POST", "/auth/login", ["email": "ana@acme.test", "password": AccountsHarness.password]),
                "ana@acme.test")
            app.time.advance(by: 120)
            #expect(try await app.http.api("GET", "/api/v1/auth/me", token: ana.token).status == 200)
            let fresh = try app.member(
                try await app.http.api("POST", "/auth/refresh", ["refresh_token": ana.refresh]), ana.email)
            #expect(parts(fresh.token)[0] != parts(ana.token)[0])
            let keys = try await app.http.send("GET", "/.well-known/jwks.json")
            #expect((keys.json?["keys"] as? [Any])?.count == 2)
        }
    }

    @Test("in the steady state an authenticated request asks the database nothing")
    func cacheIsWarm() async throws {
        try await AccountsHarness.run { app in
            let ana = try await app.register("ana@acme.test")
            let cookie = try await app.signIn("ana@acme.test")
            #expect(try await app.http.api("GET", "/api/v1/auth/me", token: ana.token).status == 200)
            #expect(try await app.http.page("/o/acme/settings/organization", cookie: cookie).status == 200)
            // With the rows gone behind its back, only memory can answer.
            _ = try await app.database.collection("sessions").delete([:], multi: true)
            #expect(try await app.http.api("GET", "/api/v1/auth/me", token: ana.token).status == 200)
            #expect(try await app.http.page("/o/acme/settings/organization", cookie: cookie).status == 200)
            app.time.advance(by: 1)
            #expect(try await app.http.api("GET", "/api/v1/auth/me", token: ana.token).status == 401)
            #expect(try await app.http.page("/o/acme/settings/organization", cookie: cookie).status == 303)
        }
    }
}
