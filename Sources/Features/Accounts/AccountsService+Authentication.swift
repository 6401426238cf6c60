import Foundation
import Memory
import Tenancy
import Vault

/// Recognizing requests: the hot path. In the steady state neither function leaves the process.
extension AccountsService {
    /// The person behind a cookie's value, or nil if it is unknown, has run out or was ended.
    func identity(cookie token: String) async throws -> Identity? {
        let now = clock.now()
        let hash = RandomToken.hash(token)
        let identity = try await identities.value(for: hash) {
            guard let session = try await sessions.session(tokenHash: hash) else { return nil }
            return try await live(session, at: now)
        }
        guard let identity, settings.sessions.isAlive(identity.session, at: now) else { return nil }
        return identity
    }

    /// What an access token stands for.
    /// - Throws: ``AccountError/unauthenticated``.
    func grant(accessToken token: String) async throws -> APIGrant {
        let now = clock.now()
        let grant = try await grants.value(for: token) {
            let claims = try await claims(of: token)
            guard let session = try await sessions.session(id: claims.sid), session.userID == claims.sub,
                let identity = try await live(session, at: now),
                let scope = try await memberships.scope(userID: claims.sub, organizationID: claims.org)
            else { return nil }
            return APIGrant(identity: identity, scope: scope, expires: claims.exp)
        }
        guard let grant, grant.expires > Int64(now.timeIntervalSince1970) else { throw AccountError.unauthenticated }
        return grant
    }

    /// Whether a sign-in that was good a while ago still is, and its person still has the permission in that
    /// organization. Reads the session anew: for work that goes on after its request was checked.
    func stands(_ identity: Identity, in organizationID: String, with permission: Permission) async throws -> Bool {
        let now = clock.now()
        guard let session = try await sessions.session(id: identity.session.id), session.userID == identity.user.id,
            settings.sessions.isAlive(session, at: now),
            try await users.user(id: session.userID)?.status == .active,
            let scope = try await memberships.scope(userID: session.userID, organizationID: organizationID)
        else { return false }
        return scope.can(permission)
    }

    private func claims(of token: String) async throws -> AccessClaims {
        try await verified.value(for: token) { try await tokens.verify(token) }
    }

    private func live(_ session: Session, at now: Date) async throws -> Identity? {
        guard settings.sessions.isAlive(session, at: now), let user = try await users.user(id: session.userID),
            user.status == .active
        else { return nil }
        guard settings.sessions.needsTouch(session, at: now) else { return Identity(user: user, session: session) }
        try await sessions.touch(id: session.id, at: now)
        var touched = session
        touched.lastActivity = now
        return Identity(user: user, session: touched)
    }

    /// Gives a session whose rights changed a new cookie value; nil if another request already did.
    func rotate(_ identity: Identity, cookie token: String) async throws -> String? {
        let fresh = RandomToken.make()
        let hash = RandomToken.hash(token)
        let won = try await sessions.rotate(id: identity.session.id, from: hash, to: RandomToken.hash(fresh))
        identities.invalidate(hash)
        return won ? fresh : nil
    }

    /// Forgets at once what this process remembers of sessions; other processes follow within the cache's age.
    func forget(sessionIDs: Set<String>) {
        identities.invalidate { _, identity in identity.map { sessionIDs.contains($0.session.id) } ?? false }
        grants.invalidate { _, grant in grant.map { sessionIDs.contains($0.identity.session.id) } ?? false }
    }

    func forget(userID: String) {
        identities.invalidate { _, identity in identity?.user.id == userID }
        grants.invalidate { _, grant in grant?.identity.user.id == userID }
        memberships.invalidate(userID: userID)
    }
}
