import BSON
import Foundation
import Mongo
import Tenancy
import Vault

/// An invitation as its receiver sees it.
public struct InvitationView: Sendable {
    public let invitation: Invitation
    public let organizationName: String
    /// Whether the address has an account already, so that the page asks for a sign-in instead of a new password.
    public let hasAccount: Bool
}

/// A new person's half of accepting an invitation.
public struct JoinAsNewPerson: Sendable {
    public let name: String
    public let password: String

    public init(name: String, password: String) {
        self.name = name
        self.password = password
    }

    func issues(email: String, organization: String) -> [FieldIssue] {
        var issues = PersonName.issues(name, field: "name")
        let problem = PasswordPolicy.problem(
            with: password, email: email, name: name.trimmed, organization: organization)
        if let problem { issues.append(FieldIssue("password", password.isEmpty ? "required" : problem)) }
        return issues
    }
}

extension AccountsService {
    /// - Throws: ``AccountError/invitationInvalid`` for links that are unknown, used, revoked or too old.
    public func invitation(token: String) async throws -> InvitationView {
        guard let invitation = try await invitations.invitation(tokenHash: RandomToken.hash(token)),
            invitation.isOpen(at: clock.now()),
            let organization = try await memberships.organization(id: invitation.organizationID),
            let email = EmailAddress(invitation.email)
        else { throw AccountError.invitationInvalid }
        return InvitationView(
            invitation: invitation, organizationName: organization.name,
            hasAccount: try await users.user(email: email) != nil)
    }

    /// Somebody who is signed in joins; only the address the invitation was made out to may.
    public func accept(token: String, as identity: Identity, client: ClientInfo) async throws -> TenantScope {
        let view = try await invitation(token: token)
        guard identity.user.email == view.invitation.email else { throw AccountError.invitationForAnother }
        return try await join(view.invitation, identity.user, client: client) { _ in }
    }

    /// Somebody new sets name and password and joins. The invitation proves the address.
    public func accept(token: String, as person: JoinAsNewPerson, client: ClientInfo) async throws -> Registered {
        let now = clock.now()
        try tries.take(address: client.address, account: nil)
        let view = try await invitation(token: token)
        guard !view.hasAccount, let email = EmailAddress(view.invitation.email) else { throw AccountError.emailTaken }
        let issues = person.issues(email: email.value, organization: view.organizationName)
        guard issues.isEmpty else { throw AccountError.invalid(issues) }
        let hash = try await hasher.hash(person.password)
        var user = User(
            id: ID.make("usr", at: now), email: email, name: person.name.trimmed,
            termsVersion: RegisterAccount.currentTerms, at: now)
        user.emailVerified = true
        let joining = user
        let scope = try await join(view.invitation, joining, client: client) { transaction in
            try await users.insert(joining, passwordHash: hash, in: transaction)
        }
        return Registered(user: joining, scope: scope)
    }

    private nonisolated(nonsending) func join(
        _ invitation: Invitation, _ user: User, client: ClientInfo,
        before prepare: nonisolated(nonsending) (MongoTransaction) async throws -> Void
    ) async throws -> TenantScope {
        do {
            try await database.withTransaction { transaction in
                try await prepare(transaction)
                guard try await invitations.accept(id: invitation.id, at: clock.now(), in: transaction) else {
                    throw AccountError.invitationInvalid
                }
                try await memberships.add(
                    userID: user.id, userName: user.name, role: invitation.role, to: invitation.organizationID,
                    in: transaction)
            }
        } catch TenancyError.alreadyMember {
            throw AccountError.alreadyMember
        }
        forget(userID: user.id)
        let scope = try await memberships.scope(userID: user.id, organizationID: invitation.organizationID)
        guard let scope else { throw AccountError.notFound }
        try await record(
            scope, .permission("invitation.accepted", "invitation", invitation.id),
            details: ["role": .string(invitation.role.rawValue), "invited_by": .string(invitation.invitedBy)],
            client: client)
        return scope
    }
}
