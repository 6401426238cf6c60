import Accounts
import Audit
import BSON
import Foundation
import Mail
import Memory
import Mongo
import Tenancy
import Vault
import Web

/// Raises alerts, tells people, and remembers who did what about them.
public struct AlertsService: Sendable {
    /// A cause that went away and is back within this time is the same cause: nobody is written to again.
    static let relapse: TimeInterval = 3600
    static let retention: TimeInterval = 365 * 86_400

    public let database: MongoDatabase
    public let outbox: MailOutbox
    public let clock: WallClock
    let accounts: AccountsService
    let audit: AuditLog
    let words: @Sendable (AppLocale, ZoneRules) -> Localizer
    let publicURL: String
    private let pressing: LoadingCache<String, Pressing>

    /// What is to be seen on every page of an organization.
    struct Pressing: Sendable {
        let count: Int
        /// The gravest and oldest one.
        let first: AlertRecord?
    }

    /// - Parameter words: the catalogues, by language and zone
    public init(
        database: MongoDatabase, accounts: AccountsService, audit: AuditLog, outbox: MailOutbox,
        words: @escaping @Sendable (AppLocale, ZoneRules) -> Localizer, publicURL: String, clock: WallClock = .system
    ) {
        self.database = database
        self.accounts = accounts
        self.audit = audit
        self.outbox = outbox
        self.words = words
        self.publicURL = publicURL
        self.clock = clock
        pressing = LoadingCache(capacity: 5_000, lifetime: .seconds(3))
    }

    func rows(_ scope: TenantScope) -> TenantCollection<AlertRecord> { TenantCollection(scope, database) }

    // MARK: Raising

    /// Tells people about a cause, once: while it is open, raising it again only counts.
    @discardableResult
    public func raise(_ scope: TenantScope, _ draft: AlertDraft) async throws -> AlertRecord {
        let now = clock.now()
        if var known = try await count(scope, draft, now) {
            if known.toldAt == nil, !known.isMuted(at: now) { try await tell(scope, &known, draft) }
            return known
        }
        let earlier = try await rows(scope).first(
            .eq("key", .string(draft.key)), sort: [.descending("opened_at")])
        if let earlier, let back = try await reopen(scope, earlier, now) { return back }
        var fresh = AlertRecord(draft, id: ID.make("alt", at: now), at: now)
        fresh.mutedUntil = earlier?.mutedUntil.flatMap { $0 > now ? $0 : nil }
        do {
            try await rows(scope).insert(fresh)
        } catch let error as MongoError where error.isDuplicateKey {
            // Somebody else was first and tells people.
            return try await count(scope, draft, now) ?? fresh
        }
        if !fresh.isMuted(at: now) { try await tell(scope, &fresh, draft) }
        pressing.invalidate(scope.organizationID)
        return fresh
    }

    private func count(_ scope: TenantScope, _ draft: AlertDraft, _ now: Date) async throws -> AlertRecord? {
        try await rows(scope).findAndUpdate(
            .and([.eq("key", .string(draft.key)), .eq("is_open", true)]),
            [.inc("occurrences", 1), .set("last_seen_at", .date(now))])
    }

    /// What went away by itself a moment ago and is back goes on, with the mails it has had.
    private func reopen(_ scope: TenantScope, _ earlier: AlertRecord, _ now: Date) async throws -> AlertRecord? {
        guard earlier.resolvedBy == nil, let ended = earlier.resolvedAt,
            now.timeIntervalSince(ended) < Self.relapse
        else { return nil }
        defer { pressing.invalidate(scope.organizationID) }
        do {
            return try await rows(scope).findAndUpdate(
                .and([.id(earlier.id), .eq("state", "resolved")]),
                [
                    .set("state", "open"), .set("is_open", true), .inc("occurrences", 1),
                    .set("last_seen_at", .date(now)), .unset("resolved_at"), .unset("acknowledged_at"),
                    .unset("acknowledged_by"), .unset("expires_at"),
                ])
        } catch let error as MongoError where error.isDuplicateKey {
            return nil
        }
    }

    /// The cause is gone. Does nothing when nobody was told of it.
    public func settle(_ scope: TenantScope, kind: String, about subject: AlertSubject) async throws {
        let key = "\(kind)/\(subject.type)/\(subject.id)"
        try await settle(scope, .eq("key", .string(key)))
    }

    /// The subject itself is gone or is well in every way.
    public func settleAll(_ scope: TenantScope, about subject: AlertSubject) async throws {
        try await settle(
            scope, .and([.eq("subject.type", .string(subject.type)), .eq("subject.id", .string(subject.id))]))
    }

    private func settle(_ scope: TenantScope, _ filter: Filter) async throws {
        let now = clock.now()
        let ended = try await rows(scope).update(
            .and([filter, .eq("is_open", true)]), Self.ending(now, by: nil), multi: true)
        if ended.modified > 0 { pressing.invalidate(scope.organizationID) }
    }

    private static func ending(_ now: Date, by person: String?) -> Update {
        var update: Update = [
            .set("state", "resolved"), .set("resolved_at", .date(now)), .unset("is_open"),
            .set("expires_at", .date(now + retention)),
        ]
        if let person { update.append(.set("resolved_by", .string(person))) }
        return update
    }

    // MARK: Working on them

    public func get(_ scope: TenantScope, _ id: String) async throws -> AlertRecord {
        guard let found = try await rows(scope).get(id: id) else { throw TenancyError.notFound }
        return found
    }

    /// Somebody has seen it and takes care of it: it leaves the pages and stays on the list.
    public func acknowledge(_ scope: TenantScope, _ id: String, requestID: String) async throws -> AlertRecord {
        let now = clock.now()
        return try await change(
            scope, id, "alert.acknowledged", from: [.open],
            [
                .set("state", "acknowledged"), .set("acknowledged_at", .date(now)),
                .set("acknowledged_by", .string(scope.actor.name ?? scope.actor.kind)),
            ], requestID)
    }

    public func resolve(_ scope: TenantScope, _ id: String, requestID: String) async throws -> AlertRecord {
        try await change(
            scope, id, "alert.resolved", from: [.open, .acknowledged],
            Self.ending(clock.now(), by: scope.actor.name ?? scope.actor.kind), requestID)
    }

    /// Keeps it, and the same cause coming back, quiet until then.
    public func mute(_ scope: TenantScope, _ id: String, until: Date, requestID: String) async throws -> AlertRecord {
        try await change(
            scope, id, "alert.muted", from: AlertRecord.State.allCases, [.set("muted_until", .date(until))], requestID)
    }

    private func change(
        _ scope: TenantScope, _ id: String, _ action: String, from states: [AlertRecord.State], _ update: Update,
        _ requestID: String
    ) async throws -> AlertRecord {
        try scope.requireWritable()
        let before = try await get(scope, id)
        let filter = Filter.and([.id(id), .in("state", states.map { .string($0.rawValue) })])
        guard let after = try await rows(scope).findAndUpdate(filter, update) else {
            throw Problem.conflict("alert_state", "The alert is \(before.state.rawValue) already.")
        }
        pressing.invalidate(scope.organizationID)
        try await audit.record(
            scope, AuditEntry(.configurationChange, action, on: "alert", id, details: ["kind": .string(before.kind)]),
            requestID: requestID)
        return after
    }

    // MARK: Pages

    /// What is to be seen on every page; from memory for a moment.
    func pressing(_ scope: TenantScope) async throws -> Pressing {
        try await pressing.value(for: scope.organizationID) {
            let now = clock.now()
            let filter = Filter.and([
                .eq("state", "open"), .or([.eq("muted_until", .null), .lte("muted_until", .date(now))]),
            ])
            let found = try await rows(scope).find(filter, sort: [.ascending("opened_at")], limit: 100)
            return Pressing(
                count: found.count,
                first: found.first { $0.severity == .critical } ?? found.first { $0.severity == .warning }
                    ?? found.first)
        }
    }
}
