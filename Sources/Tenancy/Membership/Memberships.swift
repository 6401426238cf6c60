import BSON
import FoundationEssentials
import Memory
import Mongo
import Vault

/// The door to every organization: looks up who belongs where and makes the ``TenantScope`` that proves it.
///
/// Make one value per process and pass it around; copies share the short cache that a change drops.
public struct Memberships: Sendable {
    let database: MongoDatabase
    let clock: WallClock
    /// Where a person belongs, by the person's id. A change made in this process drops what it concerns at once.
    let cache: LoadingCache<String, [Place]>

    /// An organization and the person's membership in it.
    struct Place: Sendable {
        let organization: Organization
        let membership: Membership
    }

    /// - Parameter cacheLifetime: how long a look-up may be repeated from memory; at most a second, so that a removed
    ///   person is out within a second on every instance.
    public init(database: MongoDatabase, clock: WallClock = .system, cacheLifetime: Duration = .seconds(1)) {
        self.database = database
        self.clock = clock
        let lifetime = min(cacheLifetime, .seconds(1))
        self.cache = LoadingCache(capacity: 10_000, lifetime: lifetime, renewal: lifetime / 2)
    }

    var organizationRows: MongoCollection { database.collection(Tenancy.organizations.name) }
    var membershipRows: MongoCollection { database.collection(Tenancy.memberships.name) }

    /// The person's scope in the organization with this slug; nil when there is none or they do not belong to it.
    public func scope(userID: String, slug: String) async throws -> TenantScope? {
        try await places(of: userID).first { $0.organization.slug == slug }.map(Self.scope)
    }

    public func scope(userID: String, organizationID: String) async throws -> TenantScope? {
        try await places(of: userID).first { $0.organization.id == organizationID }.map(Self.scope)
    }

    /// The scope a background job acts with: the rights its starter has now, or those of a schedule.
    ///
    /// Nil when the organization is gone, or the person who started it no longer belongs to it.
    public func jobScope(organizationID: String, startedBy userID: String?) async throws -> TenantScope? {
        if let userID { return try await scope(userID: userID, organizationID: organizationID) }
        guard let organization = try await organization(id: organizationID), organization.status != .closed else {
            return nil
        }
        return TenantScope(organization: organization, actor: .schedule, role: .admin)
    }

    /// Where a person belongs, by organization name.
    public func memberships(of userID: String) async throws -> [(organization: Organization, role: Role)] {
        try await places(of: userID).map { ($0.organization, $0.membership.role) }
            .sorted { ($0.0.name, $0.0.id) < ($1.0.name, $1.0.id) }
    }

    /// Everybody in the organization, owners first, then by name.
    public func members(_ scope: TenantScope) async throws -> [Membership] {
        let rows = try await membershipRows.find(["organization_id": .string(scope.organizationID)])
        return try rows.map { try Membership(bson: $0) }
            .sorted { ($1.role, $0.userName, $0.id) < ($0.role, $1.userName, $1.id) }
    }

    public func organization(slug: String) async throws -> Organization? {
        try await organizationRows.findOne(["slug": .string(slug)]).map { try Organization(bson: $0) }
    }

    public func organization(id: String) async throws -> Organization? {
        try await organizationRows.findOne(["_id": .string(id)]).map { try Organization(bson: $0) }
    }

    /// The present slug of an organization that had this one in the last 90 days.
    public func currentSlug(formerly slug: String) async throws -> String? {
        let filter: BSONDocument = [
            "former_slugs": ["$elemMatch": ["slug": .string(slug), "until": ["$gt": .date(clock.now())]]]
        ]
        return try await organizationRows.findOne(filter).map { try Organization(bson: $0).slug }
    }

    /// The demo organization, if one was seeded.
    public func demoOrganization() async throws -> Organization? {
        try await organizationRows.findOne(["kind": "demo", "status": ["$ne": "closed"]])
            .map { try Organization(bson: $0) }
    }

    /// Forgets what is cached about a person, for instance after their account was locked.
    public func invalidate(userID: String) { cache.invalidate(userID) }

    private static func scope(_ place: Place) -> TenantScope {
        let membership = place.membership
        return TenantScope(
            organization: place.organization, actor: .user(id: membership.userID, name: membership.userName),
            role: membership.role)
    }

    /// A person's active memberships with their organizations, in one round trip.
    private func places(of userID: String) async throws -> [Place] {
        try await cache.value(for: userID) {
            let rows = try await membershipRows.aggregate([
                ["$match": ["user_id": .string(userID), "status": "active"]],
                [
                    "$lookup": [
                        "from": .string(Tenancy.organizations.name), "localField": "organization_id",
                        "foreignField": "_id", "as": "organization",
                    ]
                ],
                ["$unwind": "$organization"],
                ["$match": ["organization.status": ["$ne": "closed"]]],
            ])
            return try rows.compactMap { row in
                guard let organization = row["organization"]?.documentValue else { return nil }
                return Place(
                    organization: try Organization(bson: organization), membership: try Membership(bson: row))
            }
        }
    }
}
