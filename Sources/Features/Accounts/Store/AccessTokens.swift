import Crypto
import Foundation
import JWTKit
import Synchronization
import Vault

/// What an access token says. Times are seconds since 1970 as RFC 7519 has them.
public struct AccessClaims: JWTPayload, Equatable {
    public let iss: String
    public let aud: String
    public let sub: String
    public let org: String
    public let role: String
    public let sid: String
    public let amr: [String]
    public let iat: Int64
    public let exp: Int64
    public let jti: String

    /// Times, issuer and audience are checked by ``AccessTokens`` against our own clock and settings.
    public func verify(using algorithm: some JWTAlgorithm) async throws {}
}

/// Signs and verifies access tokens: ES256 only, key by `kid`, issuer, audience and expiry always checked.
final class AccessTokens: Sendable {
    private struct Keys: Sendable {
        let collection: JWTKeyCollection
        let activeKid: String
        let kids: Set<String>
        let publicKeys: [PublicKey]
        let readAt: Date
    }

    /// A key as the JWKS document shows it; coordinates are base64url.
    struct PublicKey: Sendable, Equatable {
        let kid: String
        let x: String
        let y: String
    }

    /// How soon an unknown `kid` may make us look for new keys again, in seconds.
    private static let reloadPause: TimeInterval = 5
    /// Clock difference that a token's `iat` may show, in seconds.
    private static let leeway: Int64 = 60

    private let store: SigningKeyStore
    private let rules: TokenRules
    private let clock: WallClock
    private let keys = Mutex<Keys?>(nil)

    init(store: SigningKeyStore, rules: TokenRules, clock: WallClock) {
        self.store = store
        self.rules = rules
        self.clock = clock
    }

    func issue(user: String, organization: String, role: String, session: String, method: String) async throws -> String
    {
        let keys = try await currentKeys()
        let now = Int64(clock.now().timeIntervalSince1970)
        let claims = AccessClaims(
            iss: rules.issuer, aud: rules.audience, sub: user, org: organization, role: role, sid: session,
            amr: [method], iat: now, exp: now + Int64(rules.access), jti: RandomToken.make(bytes: 16))
        return try await keys.collection.sign(claims, kid: JWKIdentifier(string: keys.activeKid))
    }

    /// - Throws: ``AccountError/unauthenticated`` for anything but a token of ours that is good now.
    func verify(_ token: String) async throws -> AccessClaims {
        guard token.utf8.count <= 4096, let kid = Self.acceptableKid(token) else { throw AccountError.unauthenticated }
        var keys = try await currentKeys()
        if !keys.kids.contains(kid), clock.now().timeIntervalSince(keys.readAt) >= Self.reloadPause {
            keys = try await reload()
        }
        guard keys.kids.contains(kid) else { throw AccountError.unauthenticated }
        let claims: AccessClaims
        do {
            claims = try await keys.collection.verify(token, as: AccessClaims.self)
        } catch {
            throw AccountError.unauthenticated
        }
        let now = Int64(clock.now().timeIntervalSince1970)
        guard claims.iss == rules.issuer, claims.aud == rules.audience, claims.exp > now,
            claims.iat <= now + Self.leeway
        else { throw AccountError.unauthenticated }
        return claims
    }

    func publicKeys() async throws -> [PublicKey] { try await currentKeys().publicKeys }

    /// Reads or makes the signing key, so that a wrong master key stops the start and not the first login.
    func prepare() async throws { _ = try await currentKeys() }

    private func currentKeys() async throws -> Keys {
        let wanted = SigningKeyStore.kid(at: clock.now())
        if let known = keys.withLock({ $0 }), known.activeKid == wanted { return known }
        return try await reload()
    }

    private func reload() async throws -> Keys {
        let now = clock.now()
        let stored = try await store.current(at: now)
        let collection = JWTKeyCollection()
        for signing in stored {
            await collection.add(
                ecdsa: try ES256PrivateKey(backing: signing.key), kid: JWKIdentifier(string: signing.kid))
        }
        let fresh = Keys(
            collection: collection, activeKid: stored[0].kid, kids: Set(stored.map(\.kid)),
            publicKeys: stored.map(Self.publicKey), readAt: now)
        keys.withLock { $0 = fresh }
        return fresh
    }

    private static func publicKey(_ signing: SigningKeyStore.SigningKey) -> PublicKey {
        let point = [UInt8](signing.key.publicKey.rawRepresentation)
        return PublicKey(
            kid: signing.kid, x: Base64URL.encode(point.prefix(32)), y: Base64URL.encode(point.suffix(32)))
    }

    private struct Header: Decodable {
        let alg: String
        let kid: String?
        let crit: [String]?
    }

    /// The `kid` of a header that names our one algorithm and nothing we would have to understand besides.
    private static func acceptableKid(_ token: String) -> String? {
        guard let part = token.split(separator: ".", omittingEmptySubsequences: false).first,
            let bytes = Base64URL.decode(String(part)),
            let header = try? JSONDecoder().decode(Header.self, from: Data(bytes)),
            header.alg == "ES256", header.crit == nil
        else { return nil }
        return header.kid
    }
}
