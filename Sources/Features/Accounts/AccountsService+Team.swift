import BSON
import Foundation
import Mongo
import Tenancy
import Vault

/// One person of an organization, as the team page and the API list them.
public struct TeamMember: Sendable {
    public let user: User
    public let role: Role
    public let joinedAt: Date
}

/// An invitation that has just been made. The link is shown once; only its hash is stored.
public struct NewInvitation: Sendable {
    public let invitation: Invitation
    public let token: String
}

extension AccountsService {
    public func members(_ scope: TenantScope) async throws -> [TeamMember] {
        try scope.require(.userView)
        let places = try await memberships.members(scope)
        let people = try await users.users(ids: places.map(\.userID))
        return places.compactMap { place in
            people[place.userID].map { TeamMember(user: $0, role: place.role, joinedAt: place.createdAt) }
        }
    }

    public func member(_ scope: TenantScope, userID: String) async throws -> TeamMember {
        guard let member = try await members(scope).first(where: { $0.user.id == userID }) else {
            throw AccountError.notFound
        }
        return member
    }

    public func openInvitations(_ scope: TenantScope) async throws -> [Invitation] {
        try scope.require(.userView)
        return try await invitations.open(scope, at: clock.now())
    }

    /// Offers somebody a place. Nobody offers a role above their own.
    public func invite(
        _ scope: TenantScope, email raw: String, role: Role, by inviter: User, client: ClientInfo
    ) async throws -> NewInvitation {
        try checkTeamChange(scope, .userInvite)
        guard let email = EmailAddress(raw) else {
            throw AccountError.invalid([FieldIssue("email", raw.isBlank ? "required" : "email-invalid")])
        }
        guard role <= scope.role else { throw AccountError.roleAboveOwn }
        if let user = try await users.user(email: email),
            try await memberships.scope(userID: user.id, organizationID: scope.organizationID) != nil
        {
            throw AccountError.alreadyMember
        }
        let now = clock.now()
        let invitation = Invitation(
            id: ID.make("inv", at: now), organizationID: scope.organizationID, email: email.value, role: role,
            invitedBy: inviter.id, invitedByName: inviter.name, createdAt: now,
            expiresAt: now.addingTimeInterval(Invitation.lifetime), state: .open)
        let token = RandomToken.make()
        try await database.withTransaction { transaction in
            try await invitations.insert(
                invitation, tokenHash: RandomToken.hash(token), at: now, in: transaction)
            try await record(
                scope, .permission("invitation.created", "invitation", invitation.id),
                details: ["role": .string(role.rawValue), "email": .string(email.value)], client: client,
                in: transaction)
        }
        return NewInvitation(invitation: invitation, token: token)
    }

    public func revokeInvitation(_ scope: TenantScope, id: String, client: ClientInfo) async throws {
        try checkTeamChange(scope, .userInvite)
        try await database.withTransaction { transaction in
            guard let invitation = try await invitations.revoke(scope, id: id, in: transaction) else {
                throw AccountError.notFound
            }
            try await record(
                scope, .permission("invitation.revoked", "invitation", id),
                details: ["role": .string(invitation.role.rawValue)], client: client, in: transaction)
        }
    }

    /// Another role for a member, effective with their next request.
    public func changeRole(
        _ scope: TenantScope, userID: String, to role: Role, client: ClientInfo
    ) async throws {
        try checkTeamChange(scope, .userEdit)
        let target = try await place(scope, userID: userID)
        guard target.role != role else { return }
        guard RoleRules.mayChange(actor: scope.role, target: target.role, to: role) else {
            throw AccountError.roleAboveOwn
        }
        try await database.withTransaction { transaction in
            try await memberships.changeRole(scope, userID: userID, to: role, in: transaction)
            try await record(
                scope, .permission("membership.role_changed", "user", userID),
                before: ["role": .string(target.role.rawValue)], after: ["role": .string(role.rawValue)],
                client: client,
                in: transaction)
        }
        try await sessions.requireRotation(userID: userID)
        forget(userID: userID)
    }

    /// Takes a person out of the organization. Their API sessions end; a browser session lives on for their other
    /// organizations, but opens no page of this one.
    public func removeMember(_ scope: TenantScope, userID: String, client: ClientInfo) async throws {
        if userID != scope.userID { try checkTeamChange(scope, .userDelete) }
        let target = try await place(scope, userID: userID)
        guard RoleRules.mayChange(actor: scope.role, target: target.role) else { throw AccountError.roleAboveOwn }
        try await database.withTransaction { transaction in
            try await memberships.remove(scope, userID: userID, in: transaction)
            try await record(
                scope, .permission("membership.removed", "user", userID),
                details: ["role": .string(target.role.rawValue)], client: client, in: transaction)
        }
        try await sessions.requireRotation(userID: userID)
        forget(userID: userID)
    }

    private func place(_ scope: TenantScope, userID: String) async throws -> Membership {
        guard let place = try await memberships.members(scope).first(where: { $0.userID == userID }) else {
            throw AccountError.notFound
        }
        return place
    }

    private func checkTeamChange(_ scope: TenantScope, _ permission: Permission) throws {
        try scope.require(permission)
        try scope.requireWritable()
        if scope.organization.kind == .demo { throw AccountError.demoFixed }
    }
}
