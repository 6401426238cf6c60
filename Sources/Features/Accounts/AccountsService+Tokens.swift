import BSON
import Foundation
import Logging
import Tenancy
import Vault

/// What an API client gets when it signs in, refreshes or switches.
public struct TokenPair: Sendable {
    public let accessToken: String
    public let refreshToken: String
    /// Seconds until the access token runs out.
    public let expiresIn: Int
    public let user: User
    public let scope: TenantScope
}

extension AccountsService {
    /// Opens an API session for a person whose password has been checked.
    /// - Parameter slug: which of the person's organizations; nil takes the first by name.
    public func openAPISession(
        for user: User, organization slug: String?, client: ClientInfo
    ) async throws -> TokenPair {
        let scope = try await apiScope(of: user, slug: slug)
        let now = clock.now()
        let session = Session(
            id: ID.make("ses", at: now), userID: user.id, kind: .api, ip: client.address, userAgent: client.userAgent,
            at: now, lifetime: settings.tokens.refreshAbsolute)
        try await recordLogin(user, session, method: "pwd", client: client)
        try await sessions.insert(session, tokenHash: nil)
        try await users.recordLogin(id: user.id, at: now)
        return try await issue(user, scope, sessionID: session.id, loggedInAt: now)
    }

    /// Exchanges a refresh token for a new pair. Each is good once; one that comes back ends its whole family.
    /// - Throws: ``AccountError/unauthenticated``, ``AccountError/refreshReplayed``.
    public func refresh(_ token: String, client: ClientInfo) async throws -> TokenPair {
        let now = clock.now()
        try tries.take(address: client.address, account: nil)
        switch try await refreshTokens.use(tokenHash: RandomToken.hash(token), at: now) {
        case .unknown:
            throw AccountError.unauthenticated
        case .replayed(let old):
            try await endReplayed(old, client: client)
            throw AccountError.refreshReplayed
        case .fresh(let spent):
            guard let session = try await sessions.session(id: spent.sessionID), session.userID == spent.userID,
                let user = try await users.user(id: spent.userID), user.status == .active,
                let scope = try await memberships.scope(userID: user.id, organizationID: spent.organizationID)
            else { throw AccountError.unauthenticated }
            try await sessions.touch(id: session.id, at: now)
            return try await issue(user, scope, sessionID: session.id, loggedInAt: spent.loggedInAt)
        }
    }

    /// A pair for another organization of the same person, within the same session.
    public func switchOrganization(_ identity: Identity, to organizationID: String) async throws -> TokenPair {
        guard let scope = try await memberships.scope(userID: identity.user.id, organizationID: organizationID) else {
            throw AccountError.notFound
        }
        return try await issue(
            identity.user, scope, sessionID: identity.session.id, loggedInAt: identity.session.createdAt)
    }

    private func issue(
        _ user: User, _ scope: TenantScope, sessionID: String, loggedInAt: Date
    ) async throws -> TokenPair {
        let now = clock.now()
        let refresh = "rt_" + RandomToken.make()
        try await refreshTokens.insert(
            RefreshToken(
                id: ID.make("rft", at: now), tokenHash: RandomToken.hash(refresh), sessionID: sessionID,
                userID: user.id, organizationID: scope.organizationID, loggedInAt: loggedInAt, createdAt: now,
                expiresAt: settings.tokens.refreshExpiry(now: now, loggedInAt: loggedInAt), usedAt: nil))
        let access = try await tokens.issue(
            user: user.id, organization: scope.organizationID, role: scope.role.rawValue, session: sessionID,
            method: "pwd")
        return TokenPair(
            accessToken: access, refreshToken: refresh, expiresIn: Int(settings.tokens.access), user: user, scope: scope
        )
    }

    private func endReplayed(_ token: RefreshToken, client: ClientInfo) async throws {
        _ = try await sessions.end(id: token.sessionID, userID: token.userID)
        try await refreshTokens.end(sessionIDs: [token.sessionID])
        forget(sessionIDs: [token.sessionID])
        logger.warning("refresh token replayed, family ended", metadata: ["user": "\(token.userID)"])
        let scope = try await memberships.scope(userID: token.userID, organizationID: token.organizationID)
        guard let scope else { return }
        try await record(
            scope, .security("refresh_token.replayed", token.userID), details: ["session_id": .string(token.sessionID)],
            client: client)
    }

    private func apiScope(of user: User, slug: String?) async throws -> TenantScope {
        if let slug {
            guard let scope = try await memberships.scope(userID: user.id, slug: slug) else {
                throw AccountError.notFound
            }
            return scope
        }
        guard let first = try await memberships.memberships(of: user.id).first,
            let scope = try await scope(of: user, in: first.organization)
        else { throw AccountError.notFound }
        return scope
    }
}
