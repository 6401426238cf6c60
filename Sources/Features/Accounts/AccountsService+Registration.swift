import BSON
import Foundation
import Mongo
import Tenancy
import Vault

/// A person with the organization they have just made.
public struct Registered: Sendable {
    public let user: User
    public let scope: TenantScope
}

extension AccountsService {
    /// Makes person, organization, owner membership and their audit rows, all or nothing. Two simultaneous
    /// registrations with one address give exactly one account: the unique index of `users` decides.
    public func register(_ command: RegisterAccount, client: ClientInfo) async throws -> Registered {
        guard settings.registration == .instant else { throw AccountError.forbidden("registration") }
        try tries.take(address: client.address, account: command.email.value)
        let hash = try await hasher.hash(command.password)
        if try await users.user(email: command.email) != nil { throw AccountError.emailTaken }
        let now = clock.now()
        let user = User(
            id: ID.make("usr", at: now), email: command.email, name: command.name, locale: command.locale,
            termsVersion: command.termsVersion, at: now)
        let organization = NewOrganization(
            name: command.organizationName, slug: command.slug, timeZone: command.timeZone,
            currency: command.currency, locale: command.locale)
        let scope = try await creating(organization, owner: user, client: client) { transaction in
            try await users.insert(user, passwordHash: hash, in: transaction)
        }
        return Registered(user: user, scope: scope)
    }

    /// One more organization for somebody who has an account; they become its owner.
    public func createOrganization(
        _ organization: NewOrganization, owner identity: Identity, client: ClientInfo
    ) async throws -> TenantScope {
        guard !identity.user.isDemo else { throw AccountError.demoFixed }
        try organization.check()
        let scope = try await creating(organization, owner: identity.user, client: client) { _ in }
        try await sessions.requireRotation(userID: identity.user.id)
        forget(userID: identity.user.id)
        return scope
    }

    /// The transaction both share. A slug that was derived from the name and taken meanwhile is derived anew; one
    /// that was asked for is refused.
    private nonisolated(nonsending) func creating(
        _ new: NewOrganization, owner user: User, client: ClientInfo,
        before prepare: nonisolated(nonsending) (MongoTransaction) async throws -> Void
    ) async throws -> TenantScope {
        for attempt in 1...5 {
            let slug = if let slug = new.slug { slug } else { try await memberships.availableSlug(for: new.name) }
            let now = clock.now()
            let organization = Organization(
                id: ID.make("org", at: now), name: new.name, slug: slug, timeZone: new.timeZone,
                currency: new.currency, locale: new.locale, trialEndsAt: now.addingTimeInterval(14 * 86_400),
                createdAt: now)
            do {
                let scope = try await database.withTransaction { transaction in
                    try await prepare(transaction)
                    let scope = try await memberships.createOrganization(
                        organization, owner: user.id, ownerName: user.name, in: transaction)
                    try await recordCreation(scope, user: user, client: client, in: transaction)
                    return scope
                }
                memberships.invalidate(userID: user.id)
                return scope
            } catch TenancyError.slugTaken where new.slug == nil && attempt < 5 {
                continue
            } catch TenancyError.slugTaken {
                throw AccountError.slugTaken
            }
        }
        throw AccountError.slugTaken
    }

    private nonisolated(nonsending) func recordCreation(
        _ scope: TenantScope, user: User, client: ClientInfo, in transaction: MongoTransaction
    ) async throws {
        let organization = scope.organization
        try await record(
            scope, .change("organization.created", "organization", organization.id),
            details: [
                "name": .string(organization.name), "slug": .string(organization.slug),
                "time_zone": .string(organization.timeZone), "currency": .string(organization.currency),
            ], client: client, in: transaction)
        try await record(
            scope, .permission("membership.added", "user", user.id), details: ["role": "owner"], client: client,
            in: transaction)
    }
}

/// An organization that is about to be made.
public struct NewOrganization: Sendable, Equatable {
    public var name: String
    public var slug: String?
    public var timeZone: String
    public var currency: String
    public var locale: String

    public init(
        name: String, slug: String? = nil, timeZone: String = "UTC", currency: String = "USD", locale: String = "en"
    ) {
        self.name = name.trimmed
        self.slug = slug
        self.timeZone = timeZone
        self.currency = currency
        self.locale = locale
    }

    /// - Throws: ``AccountError/invalid(_:)`` with every broken rule.
    public func check() throws(AccountError) {
        var issues = OrganizationName.issues(name, field: "name")
        issues += OrganizationSettings.issues(slug: slug)
        issues += OrganizationSettings.issues(timeZone: timeZone, currency: currency, locale: locale)
        guard issues.isEmpty else { throw .invalid(issues) }
    }
}
