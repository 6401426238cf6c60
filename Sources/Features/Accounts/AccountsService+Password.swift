import Foundation
import Tenancy
import Vault

extension AccountsService {
    /// Sets a new password after the old one was given. All other sessions and all tokens of the person end, and the
    /// session that asks gets a new cookie value.
    /// - Throws: ``AccountError/invalid(_:)`` naming `current_password` or `new_password`.
    public func changePassword(
        _ identity: Identity, current: String, new: String, client: ClientInfo
    ) async throws {
        let user = identity.user
        guard !user.isDemo else { throw AccountError.demoFixed }
        if let problem = PasswordPolicy.problem(with: new, email: user.email, name: user.name, organization: "") {
            throw AccountError.invalid([FieldIssue("new_password", new.isEmpty ? "required" : problem)])
        }
        do {
            _ = try await checkPassword(email: user.email, password: current, client: client)
        } catch AccountError.invalidCredentials {
            throw AccountError.invalid([FieldIssue("current_password", "password-wrong")])
        }
        let hash = try await hasher.hash(new)
        for place in try await memberships.memberships(of: user.id).prefix(20) {
            guard let scope = try await scope(of: user, in: place.organization) else { continue }
            try await record(scope, .security("password.changed", user.id), client: client)
        }
        try await users.setPasswordHash(id: user.id, hash, at: clock.now())
        let ended = try await sessions.endAll(userID: user.id, except: identity.session.id)
        try await refreshTokens.end(sessionIDs: ended + [identity.session.id])
        try await sessions.requireRotation(userID: user.id)
        forget(userID: user.id)
    }
}
