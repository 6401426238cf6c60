import BSON
import Customers
import Foundation
import Mongo
import Records
import Synchronization
import Tenancy
import Vault

/// A record that could not be taken, with why and where it is kept.
public struct QuarantinedRow: TenantDocument, Codable, Equatable {
    public var id: String
    public var connectionID: String
    public var platform: String
    public var stream: String
    /// The source's id; `#` and a fingerprint where the record has none.
    public var externalID: String
    public var field: String
    public var reason: String
    /// The kept page it is on, for another try.
    public var rawID: String?
    public var runID: String
    public var firstSeenAt: Date
    public var lastSeenAt: Date
    public var expiresAt: Date
    /// Somebody decided that it need not be taken: it is neither listed nor counted any more.
    public var ignoredAt: Date?

    public static let spec = CollectionSpec(
        "quarantine",
        indexes: [
            IndexSpec("connection", [("connection_id", 1), ("stream", 1), ("external_id", 1)]),
            IndexSpec("time", [("last_seen_at", -1), ("_id", 1)]),
            IndexSpec("expiry", [("expires_at", 1)], expireAfterSeconds: 0),
        ],
        validator: .schema(
            required: [
                "connection_id", "platform", "stream", "external_id", "field", "reason", "run_id", "first_seen_at",
                "last_seen_at", "expires_at",
            ], properties: [:]))

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case platform, stream, field, reason
        case connectionID = "connection_id"
        case externalID = "external_id"
        case rawID = "raw_ref"
        case runID = "run_id"
        case firstSeenAt = "first_seen_at"
        case lastSeenAt = "last_seen_at"
        case expiresAt = "expires_at"
        case ignoredAt = "ignored_at"
    }
}

/// Puts records aside that a page could not give, and lets those go that a later page gave after all.
struct Quarantine: Sendable {
    /// As long as the sync log.
    static let keptSeconds: TimeInterval = 90 * 86_400

    /// Whether the stream has anything aside: asked once, so that pages without a fault cost nothing.
    private final class Presence: Sendable {
        let known = Mutex<Bool?>(nil)
    }

    let scope: TenantScope
    let database: MongoDatabase
    let source: WriteSource
    let stream: String
    let clock: WallClock
    private let presence = Presence()

    init(
        _ scope: TenantScope, _ database: MongoDatabase, source: WriteSource, stream: String, clock: WallClock
    ) {
        self.scope = scope
        self.database = database
        self.source = source
        self.stream = stream
        self.clock = clock
    }

    private var rows: TenantCollection<QuarantinedRow> { TenantCollection(scope, database) }

    /// - Parameter rawID: the kept page; nil when it is being replayed, then the known one stays.
    func note(_ page: MappedPage, rawID: String?) async throws {
        if !page.problems.isEmpty { try await put(page.problems, rawID: rawID) }
        guard !page.accepted.isEmpty, try await mayHold() else { return }
        _ = try await rows.delete(
            .and([
                .eq("connection_id", .string(source.connectionID)), .eq("stream", .string(stream)),
                .in("external_id", page.accepted.map { .string($0) }),
            ]), multi: true)
    }

    private func put(_ problems: [SyncRun.Problem], rawID: String?) async throws {
        let now = clock.now()
        let ids = DerivedID("qtn", scope.organizationID, source.connectionID)
        let operations = problems.map { problem -> TenantBulk<QuarantinedRow> in
            var update: Update = [
                .setOnInsert("connection_id", .string(source.connectionID)),
                .setOnInsert("platform", .string(source.platform)), .setOnInsert("stream", .string(stream)),
                .setOnInsert("external_id", .string(problem.externalID)),
                .setOnInsert("first_seen_at", .date(now)),
                .set("field", .string(problem.field)), .set("reason", .string(problem.reason)),
                .set("run_id", .string(source.importID)), .set("last_seen_at", .date(now)),
                .set("expires_at", .date(now.addingTimeInterval(Self.keptSeconds))),
            ]
            if let rawID { update.append(.set("raw_ref", .string(rawID))) }
            return .upsert(.id(ids(stream, problem.externalID)), update)
        }
        _ = try await rows.bulk(operations)
        presence.known.withLock { $0 = true }
    }

    private func mayHold() async throws -> Bool {
        if let known = presence.known.withLock({ $0 }) { return known }
        let holds = try await rows.exists(
            .and([.eq("connection_id", .string(source.connectionID)), .eq("stream", .string(stream))]))
        presence.known.withLock { $0 = holds }
        return holds
    }
}
