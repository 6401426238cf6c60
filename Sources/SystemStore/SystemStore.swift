import BSON
import Mongo
import Tenancy
import Vault

/// Work across organizations: operator pages, schedules over all tenants, removal of an organization.
///
/// Features do not import this room. Every call first writes a row to `system_events` with who, why and what; if that
/// row cannot be written, the work is not done.
public struct SystemStore: Sendable {
    /// Who works across organizations.
    public enum Worker: Sendable, Hashable {
        case command(String)
        case schedule(String)
        case `operator`(id: String)

        fileprivate var description: BSONDocument {
            switch self {
            case .command(let name): ["kind": "command", "name": .string(name)]
            case .schedule(let name): ["kind": "schedule", "name": .string(name)]
            case .operator(let id): ["kind": "operator", "name": .string(id)]
            }
        }
    }

    /// Records of every cross-tenant act. Kept for good: no time-to-live, no update.
    public static let events = CollectionSpec(
        "system_events",
        indexes: [IndexSpec("at", [("at", -1)]), IndexSpec("organization_at", [("organization_id", 1), ("at", -1)])],
        validator: .schema(
            required: ["_id", "at", "worker", "reason", "operation"],
            properties: [
                "_id": ["bsonType": "string"], "at": ["bsonType": "date"],
                "reason": ["bsonType": "string", "minLength": 3],
                "operation": ["bsonType": "string"],
            ]),
        tenantOwned: false
    )

    public static let collections: [CollectionSpec] = [events]

    let database: MongoDatabase
    private let memberships: Memberships
    private let reason: String
    private let worker: Worker
    private let clock: WallClock

    /// - Parameter reason: why somebody reaches across organizations, in words an auditor understands.
    public init(
        _ database: MongoDatabase, memberships: Memberships, reason: String, by worker: Worker,
        clock: WallClock = .system
    ) {
        self.database = database
        self.memberships = memberships
        self.reason = reason
        self.worker = worker
        self.clock = clock
    }

    /// All organizations that are not closed, by id.
    public func organizations(kind: Organization.Kind? = nil) async throws -> [Organization] {
        try await record("organizations.list")
        var filter: BSONDocument = ["status": ["$ne": "closed"]]
        if let kind { filter.append("kind", .string(kind.rawValue)) }
        return try await database.collection(Tenancy.organizations.name)
            .find(filter, options: FindOptions(sort: ["_id": 1]))
            .map { try Organization(bson: $0) }
    }

    /// A scope in an organization nobody in particular acts for, or nil when it is gone.
    public func scope(organizationID: String) async throws -> TenantScope? {
        try await record("scope.open", organizationID: organizationID)
        return try await memberships.jobScope(organizationID: organizationID, startedBy: nil)
    }

    /// Rows of one organization per collection, for evidence and for the certificate of an erasure.
    public func counts(organizationID: String, in specs: [CollectionSpec]) async throws -> [String: Int] {
        try await record("rows.count", organizationID: organizationID)
        var counts: [String: Int] = [:]
        for spec in specs where spec.tenantOwned {
            counts[spec.name] = try await database.collection(spec.name)
                .count([Tenancy.organizationField: .string(organizationID)])
        }
        return counts
    }

    /// Deletes everything an organization owns, its memberships and itself. Returns the rows removed per collection.
    ///
    /// - Parameter keeping: collections left alone, for instance the audit log of a real customer.
    public func erase(
        organizationID: String, in specs: [CollectionSpec], keeping: Set<String> = []
    ) async throws -> [String: Int] {
        try await record("organization.erase", organizationID: organizationID)
        let owned: BSONDocument = [Tenancy.organizationField: .string(organizationID)]
        let members = try await database.collection(Tenancy.memberships.name).find(owned)
        var removed: [String: Int] = [:]
        for spec in specs where spec.tenantOwned && !keeping.contains(spec.name) {
            removed[spec.name] = try await database.collection(spec.name).delete(owned, multi: true)
        }
        removed[Tenancy.memberships.name] = try await database.collection(Tenancy.memberships.name)
            .delete(owned, multi: true)
        removed[Tenancy.organizations.name] = try await database.collection(Tenancy.organizations.name)
            .delete(["_id": .string(organizationID)], multi: false)
        for member in members {
            if let userID = member["user_id"]?.stringValue { memberships.invalidate(userID: userID) }
        }
        return removed
    }

    func record(_ operation: String, organizationID: String? = nil) async throws {
        var event: BSONDocument = [
            "_id": .string(ID.make("sev", at: clock.now())), "at": .date(clock.now()),
            "worker": .document(worker.description), "reason": .string(reason), "operation": .string(operation),
        ]
        if let organizationID { event.append(Tenancy.organizationField, .string(organizationID)) }
        try await database.collection(Self.events.name).insert(event)
    }
}
