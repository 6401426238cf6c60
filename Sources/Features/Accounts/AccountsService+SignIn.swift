import BSON
import Foundation
import Logging
import Mongo
import Tenancy
import Vault

/// A browser's new session: the value goes into the cookie and is kept nowhere.
public struct BrowserSignIn: Sendable {
    public let identity: Identity
    public let cookie: String
}

extension AccountsService {
    /// Checks e-mail and password. Unknown address, wrong password, disabled person and locked account end in the
    /// same error after the same work: one scrypt computation, then the next step of ``AccountsSettings/refusalStep``.
    public func checkPassword(email raw: String, password: String, client: ClientInfo) async throws -> User {
        let begun = ContinuousClock.now
        let now = clock.now()
        try tries.take(address: client.address, account: raw.trimmed.lowercased())
        guard let email = EmailAddress(raw), !password.isEmpty, password.utf8.count <= 1024 else {
            try await hasher.dummyVerify()
            throw await refusal(since: begun)
        }
        let state = try await attempts.begin(email, at: now)
        let credential = try await users.credential(email: email)
        let verdict = try await verify(password, credential, allowed: state.decision(at: now) == .verify)
        guard let credential, verdict.ok, credential.user.status == .active else {
            try await failed(email, state, credential?.user, client: client, at: now)
            throw await refusal(since: begun)
        }
        try await attempts.clear(email)
        if verdict.needsUpgrade {
            try await users.setPasswordHash(id: credential.user.id, try await hasher.hash(password), at: now)
        }
        return credential.user
    }

    /// Opens a browser session under an id nobody has seen before, and writes the login to the audit log of each
    /// organization of the person.
    public func openBrowserSession(for user: User, method: String, client: ClientInfo) async throws -> BrowserSignIn {
        let now = clock.now()
        let session = Session(
            id: ID.make("ses", at: now), userID: user.id, kind: .browser, ip: client.address,
            userAgent: client.userAgent, at: now, lifetime: settings.sessions.absolute)
        let cookie = RandomToken.make()
        try await recordLogin(user, session, method: method, client: client)
        try await sessions.insert(session, tokenHash: RandomToken.hash(cookie))
        try await users.recordLogin(id: user.id, at: now)
        return BrowserSignIn(identity: Identity(user: user, session: session), cookie: cookie)
    }

    /// Ends the session behind a request; the cookie and all tokens of it are worthless at once.
    public func signOut(_ identity: Identity, client: ClientInfo) async throws {
        for place in try await memberships.memberships(of: identity.user.id).prefix(20) {
            guard let scope = try await scope(of: identity.user, in: place.organization) else { continue }
            try await record(scope, .logout(identity.user.id), client: client)
        }
        _ = try await sessions.end(id: identity.session.id, userID: identity.user.id)
        try await refreshTokens.end(sessionIDs: [identity.session.id])
        forget(sessionIDs: [identity.session.id])
    }

    /// The person who stands for everybody who tries the demo, or nil if no demo was seeded.
    public func demoUser() async throws -> User? {
        guard let organization = try await memberships.demoOrganization(), let user = try await users.demoUser(),
            try await memberships.scope(userID: user.id, organizationID: organization.id) != nil
        else { return nil }
        return user
    }

    /// Makes the demo person for a seeder, once, and gives them a place in the demo organization.
    public func ensureDemoUser(name: String, email: EmailAddress) async throws -> User {
        if let known = try await users.demoUser() { return known }
        let user = User(id: ID.make("usr"), email: email, name: name, isDemo: true, at: clock.now())
        try await users.insert(user, passwordHash: nil)
        return user
    }

    private func verify(_ password: String, _ credential: Credential?, allowed: Bool) async throws -> PasswordVerdict {
        guard allowed, let stored = credential?.passwordHash else {
            try await hasher.dummyVerify()
            return PasswordVerdict(ok: false, needsUpgrade: false)
        }
        return try await hasher.verify(password, against: stored)
    }

    private func failed(
        _ email: EmailAddress, _ state: LockOut, _ user: User?, client: ClientInfo, at now: Date
    ) async throws {
        var locked = false
        if let end = state.lockAfterFailure(at: now) { locked = try await attempts.lock(email, until: end, at: now) }
        logger.notice("sign-in refused", metadata: ["ip": "\(client.address)", "locked": "\(locked)"])
        guard let user else { return }
        for place in try await memberships.memberships(of: user.id).prefix(20) {
            guard let scope = try await scope(of: user, in: place.organization) else { continue }
            try await record(scope, .loginFailed(user.id), client: client)
            if locked { try await record(scope, .security("account.locked", user.id), client: client) }
        }
    }

    /// Waits for the next full step since the request began.
    private func refusal(since begun: ContinuousClock.Instant) async -> AccountError {
        guard settings.refusalStep > 0 else { return .invalidCredentials }
        let elapsed = begun.duration(to: .now) / .seconds(1)
        let steps = (elapsed / settings.refusalStep).rounded(.up)
        try? await Task.sleep(until: begun + .seconds(steps * settings.refusalStep))
        return .invalidCredentials
    }

    func recordLogin(_ user: User, _ session: Session, method: String, client: ClientInfo) async throws {
        for place in try await memberships.memberships(of: user.id).prefix(20) {
            guard let scope = try await scope(of: user, in: place.organization) else { continue }
            try await record(
                scope, .login(user.id), details: ["method": .string(method), "session_id": .string(session.id)],
                client: client)
        }
    }

    func scope(of user: User, in organization: Organization) async throws -> TenantScope? {
        try await memberships.scope(userID: user.id, organizationID: organization.id)
    }
}
