import Accounts
import Audit
import Mongo
import Tenancy
import Vault
import Web

/// A segment as the filter offers it.
public struct SegmentOption: Sendable, Hashable {
    public let id: String
    public let label: String
    public let size: Int

    public init(id: String, label: String, size: Int) {
        self.id = id
        self.label = label
        self.size = size
    }
}

/// What another feature shows about a person on their page.
public struct CustomerScoreSection: Sendable {
    public let title: String
    public let summary: String
    public let html: SafeHTML

    public init(title: String, summary: String, html: SafeHTML) {
        self.title = title
        self.summary = summary
        self.html = html
    }
}

/// What features above fill in, so that this one need not know them.
public struct CustomerHooks: Sendable {
    /// Segments of the last published run; none before the first.
    public var segments: @Sendable (TenantScope, Localizer) async throws -> [SegmentOption]
    /// Ids of a segment's members, ascending, after an id.
    public var members:
        @Sendable (TenantScope, _ segmentID: String, _ after: String?, _ limit: Int) async throws -> [String]
    public var scores: @Sendable (TenantScope, _ customerID: String, Localizer) async throws -> CustomerScoreSection?
    /// What people call a platform: `hubspot` is HubSpot.
    public var platformName: @Sendable (String) -> String

    public init(
        segments: @escaping @Sendable (TenantScope, Localizer) async throws -> [SegmentOption] = { _, _ in [] },
        members: @escaping @Sendable (TenantScope, String, String?, Int) async throws -> [String] = { _, _, _, _ in []
        },
        scores: @escaping @Sendable (TenantScope, String, Localizer) async throws -> CustomerScoreSection? = {
            _, _, _ in
            nil
        }, platformName: @escaping @Sendable (String) -> String = { $0 }
    ) {
        self.segments = segments
        self.members = members
        self.scores = scores
        self.platformName = platformName
    }

    public static let none = CustomerHooks()
}

/// The feature as App mounts it: its pages and its part of the API.
public struct CustomersFeature: Sendable {
    public let database: MongoDatabase
    public let keys: PersonKeys
    public let audit: AuditLog
    public let hooks: CustomerHooks
    public let clock: WallClock
    let lists = RecentLists()

    public init(
        database: MongoDatabase, keys: PersonKeys, audit: AuditLog, hooks: CustomerHooks = .none,
        clock: WallClock = .system
    ) {
        self.database = database
        self.keys = keys
        self.audit = audit
        self.hooks = hooks
        self.clock = clock
    }

    public var pages: RouteTable<TenantPageContext> {
        let pages = CustomerPages(feature: self)
        let merges = MergePages(feature: self)
        return RouteTable(
            "customers",
            [
                .get("customers", .needs("customer:view"), name: "customers.index", pages.index),
                .get("customers/merges", .needs("customer:view"), name: "customers.merges", merges.index),
                .get(
                    "customers/merges/preview", .needs("customer:edit"), name: "customers.merges.preview",
                    merges.preview),
                .post("customers/merges", .needs("customer:edit"), name: "customers.merges.create", merges.merge),
                .post(
                    "customers/merges/{id}/undo", .needs("customer:edit"), name: "customers.merges.undo", merges.undo),
                .get("customers/{id}", .needs("customer:view"), name: "customers.show", pages.show),
                .post("customers/{id}/reveal", .needs("customer:pii"), name: "customers.reveal", pages.reveal),
                .post("customers/{id}/consent", .needs("consent:edit"), name: "customers.consent", pages.consent),
            ])
    }

    func directory(_ scope: TenantScope) -> CustomerDirectory { CustomerDirectory(scope, database, keys: keys) }
}
