import BSON
import FoundationEssentials
import Memory
import Mongo
import Vault

/// What an owner or admin may change about an organization; nil leaves a field as it is.
public struct OrganizationChanges: Sendable {
    public var name: String?
    public var slug: String?
    public var timeZone: String?
    public var currency: String?
    public var locale: String?
    public var weekStart: Organization.WeekStart?

    public init(
        name: String? = nil, slug: String? = nil, timeZone: String? = nil, currency: String? = nil,
        locale: String? = nil, weekStart: Organization.WeekStart? = nil
    ) {
        self.name = name
        self.slug = slug
        self.timeZone = timeZone
        self.currency = currency
        self.locale = locale
        self.weekStart = weekStart
    }
}

extension Memberships {
    /// How long an old slug still leads to its organization.
    static let formerSlugLifetime: TimeInterval = 90 * 86_400

    /// Stores a new organization and its first owner. The scope returned is good inside the same transaction, so that
    /// the audit row can be written with it.
    ///
    /// Throws ``TenancyError/invalidSlug(_:)`` or ``TenancyError/slugTaken``; the latter ends a running transaction.
    public nonisolated(nonsending) func createOrganization(
        _ organization: Organization, owner userID: String, ownerName: String, in transaction: MongoTransaction? = nil
    ) async throws -> TenantScope {
        if let problem = Slug.problem(with: organization.slug) { throw TenancyError.invalidSlug(problem) }
        guard try await isFree(organization.slug, for: organization.id, in: transaction) else {
            throw TenancyError.slugTaken
        }
        try await refusingTakenSlug { try await organizationRows.insert(try organization.bson(), in: transaction) }
        try await insertMember(
            userID: userID, userName: ownerName, role: .owner, organizationID: organization.id, in: transaction)
        return TenantScope(organization: organization, actor: .user(id: userID, name: ownerName), role: .owner)
    }

    /// A slug made from the name that nobody has at this moment.
    public nonisolated(nonsending) func availableSlug(for name: String) async throws -> String {
        let base = Slug.suggestion(for: name)
        if try await isFree(base, for: "", in: nil) { return base }
        for number in 2...9 where try await isFree("\(base)-\(number)", for: "", in: nil) {
            return "\(base)-\(number)"
        }
        return base.prefix(30) + "-" + RandomToken.hash(RandomToken.make()).prefix(8)
    }

    /// Brings a person into the organization. Throws ``TenancyError/alreadyMember``.
    @discardableResult
    public nonisolated(nonsending) func add(
        userID: String, userName: String, role: Role, to organizationID: String, in transaction: MongoTransaction? = nil
    ) async throws -> Membership {
        try await insertMember(
            userID: userID, userName: userName, role: role, organizationID: organizationID, in: transaction)
    }

    /// Gives a member another role, effective with the next request. The last owner keeps theirs.
    public nonisolated(nonsending) func changeRole(
        _ scope: TenantScope, userID: String, to role: Role, in transaction: MongoTransaction? = nil
    ) async throws {
        try await changingMembers(of: scope, in: transaction) { transaction in
            if role != .owner { try await keepAnOwner(besides: userID, scope, in: transaction) }
            let result = try await membershipRows.update(
                memberFilter(scope, userID),
                ["$set": ["role": .string(role.rawValue), "updated_at": .date(clock.now())]], in: transaction)
            guard result.matched == 1 else { throw TenancyError.notFound }
        }
        cache.invalidate(userID)
    }

    /// Takes a person out of the organization. The last owner stays.
    public nonisolated(nonsending) func remove(
        _ scope: TenantScope, userID: String, in transaction: MongoTransaction? = nil
    ) async throws {
        try await changingMembers(of: scope, in: transaction) { transaction in
            try await keepAnOwner(besides: userID, scope, in: transaction)
            let removed = try await membershipRows.delete(memberFilter(scope, userID), multi: false, in: transaction)
            guard removed == 1 else { throw TenancyError.notFound }
        }
        cache.invalidate(userID)
    }

    /// Carries a person's new name into all their memberships.
    public nonisolated(nonsending) func rename(userID: String, to name: String, in transaction: MongoTransaction? = nil)
        async throws
    {
        _ = try await membershipRows.update(
            ["user_id": .string(userID)], ["$set": ["user_name": .string(name), "updated_at": .date(clock.now())]],
            multi: true, in: transaction)
        cache.invalidate(userID)
    }

    /// Changes name, slug and regional settings. A replaced slug goes on leading here for 90 days.
    public nonisolated(nonsending) func updateOrganization(
        _ scope: TenantScope, _ changes: OrganizationChanges, in transaction: MongoTransaction? = nil
    ) async throws -> Organization {
        let now = clock.now()
        var fields: BSONDocument = ["updated_at": .date(now)]
        if let name = changes.name { fields.append("name", .string(name)) }
        if let zone = changes.timeZone { fields.append("time_zone", .string(zone)) }
        if let currency = changes.currency { fields.append("currency", .string(currency)) }
        if let locale = changes.locale { fields.append("locale", .string(locale)) }
        if let weekStart = changes.weekStart { fields.append("week_start", .string(weekStart.rawValue)) }
        var update: BSONDocument = ["$inc": ["version": 1]]
        if let slug = changes.slug, slug != scope.organization.slug {
            if let problem = Slug.problem(with: slug) { throw TenancyError.invalidSlug(problem) }
            guard try await isFree(slug, for: scope.organizationID, in: transaction) else {
                throw TenancyError.slugTaken
            }
            fields.append("slug", .string(slug))
            let former: BSONDocument = [
                "slug": .string(scope.organization.slug),
                "until": .date(now.addingTimeInterval(Self.formerSlugLifetime)),
            ]
            update.append("$push", ["former_slugs": .document(former)])
        }
        update.append("$set", .document(fields))
        let document = try await refusingTakenSlug {
            try await organizationRows.findOneAndUpdate(
                ["_id": .string(scope.organizationID)], update: update, options: .init(returnNew: true), in: transaction
            )
        }
        let changed = scope.organizationID
        cache.invalidate { _, places in places.contains { $0.organization.id == changed } }
        guard let document else { throw TenancyError.notFound }
        return try Organization(bson: document)
    }

    @discardableResult
    private nonisolated(nonsending) func insertMember(
        userID: String, userName: String, role: Role, organizationID: String, in transaction: MongoTransaction?
    ) async throws -> Membership {
        let membership = Membership(
            id: ID.make("mem"), organizationID: organizationID, userID: userID, userName: userName, role: role,
            createdAt: clock.now())
        do {
            try await membershipRows.insert(try membership.bson(), in: transaction)
        } catch let error as MongoError where error.isDuplicateKey {
            throw TenancyError.alreadyMember
        }
        cache.invalidate(userID)
        return membership
    }

    private func memberFilter(_ scope: TenantScope, _ userID: String) -> BSONDocument {
        ["organization_id": .string(scope.organizationID), "user_id": .string(userID)]
    }

    /// Runs a change of members in a transaction that also touches the organization's row: two owners who demote each
    /// other at the same moment then collide instead of both succeeding.
    private nonisolated(nonsending) func changingMembers(
        of scope: TenantScope, in transaction: MongoTransaction?,
        _ body: nonisolated(nonsending) (MongoTransaction) async throws -> Void
    ) async throws {
        if let transaction {
            try await touch(scope, in: transaction)
            try await body(transaction)
        } else {
            try await database.withTransaction { transaction in
                try await touch(scope, in: transaction)
                try await body(transaction)
            }
        }
    }

    private nonisolated(nonsending) func touch(_ scope: TenantScope, in transaction: MongoTransaction) async throws {
        _ = try await organizationRows.update(
            ["_id": .string(scope.organizationID)], ["$inc": ["version": 1]], in: transaction)
    }

    private nonisolated(nonsending) func keepAnOwner(
        besides userID: String, _ scope: TenantScope, in transaction: MongoTransaction
    ) async throws {
        let target = try await membershipRows.findOne(memberFilter(scope, userID), in: transaction)
        guard let target else { throw TenancyError.notFound }
        guard try Membership(bson: target).role == .owner else { return }
        let others = try await membershipRows.count(
            [
                "organization_id": .string(scope.organizationID), "role": "owner", "status": "active",
                "user_id": ["$ne": .string(userID)],
            ], limit: 1, in: transaction)
        guard others > 0 else { throw TenancyError.lastOwner }
    }

    private nonisolated(nonsending) func isFree(
        _ slug: String, for organizationID: String, in transaction: MongoTransaction?
    ) async throws -> Bool {
        let filter: BSONDocument = [
            "_id": ["$ne": .string(organizationID)],
            "$or": [
                ["slug": .string(slug)],
                ["former_slugs": ["$elemMatch": ["slug": .string(slug), "until": ["$gt": .date(clock.now())]]]],
            ],
        ]
        return try await organizationRows.findOne(filter, in: transaction) == nil
    }

    private nonisolated(nonsending) func refusingTakenSlug<R>(_ body: nonisolated(nonsending) () async throws -> R)
        async throws -> R
    {
        do {
            return try await body()
        } catch let error as MongoError where error.isDuplicateKey {
            throw TenancyError.slugTaken
        }
    }
}
