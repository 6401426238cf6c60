import BSON
import Foundation
import Mongo
import Tenancy
import Vault

extension AccountsService {
    /// Changes name, address and conventions of an organization.
    public func updateOrganization(
        _ scope: TenantScope, _ wanted: OrganizationSettings, client: ClientInfo
    ) async throws -> Organization {
        try scope.require(.orgEdit)
        try scope.requireWritable()
        if scope.organization.kind == .demo { throw AccountError.demoFixed }
        let settings = try wanted.checked()
        let before = OrganizationSettings(scope.organization)
        guard settings != before else { return scope.organization }
        let changes = OrganizationChanges(
            name: settings.name, slug: settings.slug, timeZone: settings.timeZone, currency: settings.currency,
            locale: settings.locale, weekStart: Organization.WeekStart(rawValue: settings.weekStart))
        let difference = before.differences(to: settings)
        do {
            let updated = try await database.withTransaction { transaction in
                let updated = try await memberships.updateOrganization(scope, changes, in: transaction)
                try await record(
                    scope, .configuration("organization.updated", "organization", scope.organizationID),
                    before: difference.before, after: difference.after, client: client, in: transaction)
                return updated
            }
            if let userID = scope.userID { forget(userID: userID) }
            if settings.currency != before.currency || settings.timeZone != before.timeZone {
                try await hooks.conventionsChanged(updated)
            }
            return updated
        } catch TenancyError.slugTaken {
            throw AccountError.slugTaken
        }
    }

    /// A person's own name, language and colours.
    public func updateProfile(
        _ identity: Identity, name: String?, locale: String?, theme: User.Theme?, client: ClientInfo
    ) async throws -> User {
        if let name {
            let issues = PersonName.issues(name, field: "name")
            guard issues.isEmpty else { throw AccountError.invalid(issues) }
            guard !identity.user.isDemo else { throw AccountError.demoFixed }
        }
        if let locale, !OrganizationSettings.locales.contains(locale) {
            throw AccountError.invalid([FieldIssue("locale", "locale-unknown")])
        }
        let updated = try await users.updateProfile(
            id: identity.user.id, name: name?.trimmed, locale: locale, theme: theme, at: clock.now())
        guard let updated else { throw AccountError.notFound }
        if let name, name.trimmed != identity.user.name {
            try await memberships.rename(userID: updated.id, to: updated.name)
            try await recordRename(of: updated, before: identity.user.name, client: client)
        }
        forget(userID: updated.id)
        return updated
    }

    public func sessions(of identity: Identity) async throws -> [Session] {
        // Everybody who tries the demo is the same person; they do not see each other's devices.
        if identity.user.isDemo { return [identity.session] }
        return try await sessions.sessions(userID: identity.user.id).filter {
            settings.sessions.isAlive($0, at: clock.now())
        }
    }

    /// Ends one of the person's own sessions.
    /// - Throws: ``AccountError/notFound`` if it is somebody else's or gone.
    public func endSession(_ identity: Identity, id: String, client: ClientInfo) async throws {
        guard !identity.user.isDemo || id == identity.session.id else { throw AccountError.demoFixed }
        guard try await sessions.end(id: id, userID: identity.user.id) else { throw AccountError.notFound }
        try await afterEnding([id], of: identity.user, client: client)
    }

    /// Ends all of the person's sessions but the one that asks.
    public func endOtherSessions(_ identity: Identity, client: ClientInfo) async throws -> Int {
        guard !identity.user.isDemo else { throw AccountError.demoFixed }
        let ended = try await sessions.endAll(userID: identity.user.id, except: identity.session.id)
        try await afterEnding(ended, of: identity.user, client: client)
        return ended.count
    }

    private func afterEnding(_ ids: [String], of user: User, client: ClientInfo) async throws {
        guard !ids.isEmpty else { return }
        try await refreshTokens.end(sessionIDs: ids)
        forget(sessionIDs: Set(ids))
        for place in try await memberships.memberships(of: user.id).prefix(20) {
            guard let scope = try await scope(of: user, in: place.organization) else { continue }
            try await record(
                scope, .security("session.ended", user.id), details: ["sessions": .array(ids.map { .string($0) })],
                client: client)
        }
    }

    private func recordRename(of user: User, before: String, client: ClientInfo) async throws {
        for place in try await memberships.memberships(of: user.id).prefix(20) {
            guard let scope = try await scope(of: user, in: place.organization) else { continue }
            try await record(
                scope, .change("user.renamed", "user", user.id),
                before: ["name": .string(before)], after: ["name": .string(user.name)], client: client)
        }
    }
}

extension OrganizationSettings {
    init(_ organization: Organization) {
        self.init(
            name: organization.name, slug: organization.slug, timeZone: organization.timeZone,
            currency: organization.currency, locale: organization.locale, weekStart: organization.weekStart.rawValue)
    }

    /// Before and after of each field that differs, for the audit row.
    func differences(to other: OrganizationSettings) -> (before: BSONDocument, after: BSONDocument) {
        var before = BSONDocument()
        var after = BSONDocument()
        let pairs = [
            ("name", name, other.name), ("slug", slug, other.slug), ("time_zone", timeZone, other.timeZone),
            ("currency", currency, other.currency), ("locale", locale, other.locale),
            ("week_start", weekStart, other.weekStart),
        ]
        for (field, old, new) in pairs where old != new {
            before.append(field, .string(old))
            after.append(field, .string(new))
        }
        return (before, after)
    }
}
