import BSON
import Connectors
import Customers
import Foundation
import Jobs
import Mongo
import Records
import Tenancy
import Vault

/// What App hands to the reconciliation.
public struct ReconciliationHooks: Sendable {
    /// A source's figures have come apart by more than is allowed; once per day of the source.
    public var alert: @Sendable (TenantScope, Connection, ReconciliationDay) async throws -> Void
    /// All days compared agree again.
    public var settled: @Sendable (TenantScope, Connection) async throws -> Void

    public init(
        alert: @escaping @Sendable (TenantScope, Connection, ReconciliationDay) async throws -> Void = { _, _, _ in },
        settled: @escaping @Sendable (TenantScope, Connection) async throws -> Void = { _, _ in }
    ) {
        self.alert = alert
        self.settled = settled
    }
}

/// What came of holding one connection's days against its source.
public enum ReconciliationOutcome: Sendable, Equatable {
    case compared([ReconciliationDay])
    /// The source has no summary of its own.
    case noSummary
    case refused(code: String, detail: String?)
}

/// Holds what we stored against what sources state themselves. Pages, API and jobs go through it.
public struct ReconciliationService: Sendable {
    /// Days compared every night, and after a reading.
    public static let nightlyDays = 7
    public static let readingDays = 3
    /// After readings no more often than this: a comparison costs calls.
    static let quietSeconds: TimeInterval = 6 * 3600

    public let database: MongoDatabase
    public let connections: ConnectionsService
    public let queue: JobQueue
    public let memberships: Memberships
    public let clock: WallClock
    public let hooks: ReconciliationHooks

    public init(
        connections: ConnectionsService, hooks: ReconciliationHooks = ReconciliationHooks()
    ) {
        database = connections.database
        self.connections = connections
        queue = connections.queue
        memberships = connections.memberships
        clock = connections.clock
        self.hooks = hooks
    }

    func days(_ scope: TenantScope) -> TenantCollection<ReconciliationDay> { TenantCollection(scope, database) }

    // MARK: Comparing

    /// Compares the last whole days of one connection.
    @discardableResult
    public func reconcile(
        _ scope: TenantScope, _ connection: Connection, days count: Int = nightlyDays
    ) async throws -> ReconciliationOutcome {
        try scope.requireWritable()
        guard let rules = connections.summaryRules(connection.platform) else { return .noSummary }
        let zone = rules.timeZone ?? connection.accountTimeZone ?? "UTC"
        let last = VendorTime.day(VendorTime.day(clock.now(), in: zone), plus: -1)
        let span = (from: VendorTime.day(last, plus: 1 - max(1, count)), to: last)
        switch try await connections.summary(scope, connection, days: span) {
        case .none: return .noSummary
        case .refused(let code, let detail): return .refused(code: code, detail: detail)
        case .days(let stated):
            return .compared(try await compare(stated, rules, zone, scope, connection))
        }
    }

    private func compare(
        _ stated: [SourceDay], _ rules: SummaryRules, _ zone: String, _ scope: TenantScope, _ connection: Connection
    ) async throws -> [ReconciliationDay] {
        let readAt = clock.now()
        let reader = OwnSide(scope: scope, service: connections, connection: connection, rules: rules)
        let asOf = try await reader.asOf()
        var cases: [DayCase] = []
        for day in stated where !day.figures.isEmpty {
            var facts = DayCase(
                day: day.day, ownZone: scope.organization.timeZone, sourceZone: zone,
                currency: connection.accountCurrency ?? scope.organization.currency, rules: rules,
                figures: day.figures, readAt: readAt, ownAsOf: asOf)
            try await reader.fill(&facts)
            cases.append(facts)
        }
        try await addRows(to: &cases, zone, scope, connection, reader)
        let ids = DerivedID("rcn", scope.organizationID, connection.id)
        let result = cases.map { ReconciliationDay($0, id: ids($0.day), connection: connection, now: readAt) }
        try await store(result, scope, connection)
        return result
    }

    /// Rows are asked for once, for the whole of the days that differ.
    private func addRows(
        to cases: inout [DayCase], _ zone: String, _ scope: TenantScope, _ connection: Connection, _ reader: OwnSide
    ) async throws {
        let differing = cases.indices.filter { cases[$0].splits().contains { $0.gap != 0 } }
        guard let first = differing.map({ cases[$0].day }).min(), let last = differing.map({ cases[$0].day }).max(),
            let span = VendorTime.span(from: first, to: last, in: zone),
            let rows = try await connections.summaryRows(scope, connection, span: span)
        else { return }
        for index in differing {
            guard let day = VendorTime.span(from: cases[index].day, to: cases[index].day, in: zone) else { continue }
            let mine = rows.filter { $0.at >= day.from && $0.at < day.to }
            cases[index].source = mine
            try await reader.add(named: mine, to: &cases[index])
        }
    }

    private func store(
        _ compared: [ReconciliationDay], _ scope: TenantScope, _ connection: Connection
    ) async throws {
        let known = try await days(scope).find(.in("_id", compared.map { .string($0.id) }))
        let wasOff = Set(known.filter(\.isOff).map(\.id))
        _ = try await days(scope).bulk(compared.map { .replace($0, upsert: true) })
        let shares = compared.flatMap(\.figures).filter { GapSplit.target($0.metric) != nil }.map(\.share)
        try await connections.noteReconciliation(scope, connection.id, unexplained: shares.max())
        for day in compared where day.isOff && !wasOff.contains(day.id) {
            try await hooks.alert(scope, connection, day)
        }
        if !compared.contains(where: \.isOff) { try await hooks.settled(scope, connection) }
    }

    // MARK: Reading

    /// Days of all sources, newest first.
    public func list(
        _ scope: TenantScope, connectionID: String? = nil, from: Day? = nil, to: Day? = nil, onlyOff: Bool = false,
        before: (day: Day, connectionID: String)? = nil, limit: Int = 500
    ) async throws -> [ReconciliationDay] {
        var filters: [Filter] = []
        if let connectionID { filters.append(.eq("connection_id", .string(connectionID))) }
        if let from { filters.append(.gte("day", .string(from))) }
        if let to { filters.append(.lte("day", .string(to))) }
        if onlyOff { filters.append(.eq("is_off", true)) }
        if let before {
            filters.append(
                .or([
                    .lt("day", .string(before.day)),
                    .and([.eq("day", .string(before.day)), .gt("connection_id", .string(before.connectionID))]),
                ]))
        }
        return try await days(scope).find(
            filters.isEmpty ? .all : .and(filters), sort: [.descending("day"), .ascending("connection_id")],
            limit: limit)
    }

    /// One day of a source, named by its connection, or by its platform where there is only one of it.
    public func show(_ scope: TenantScope, source: String, day: Day) async throws -> ReconciliationDay {
        let found = try await days(scope).find(
            .and([
                .eq("day", .string(day)),
                .or([.eq("connection_id", .string(source)), .eq("platform", .string(source))]),
            ]), limit: 2)
        guard found.count == 1, let only = found.first else { throw TenancyError.notFound }
        return only
    }

    /// Connections whose figures came apart by more than is allowed on one of the last days.
    public func offConnections(_ scope: TenantScope) async throws -> Set<String> {
        let since = VendorTime.day(VendorTime.day(clock.now(), in: scope.organization.timeZone), plus: -8)
        let ids = try await days(scope).distinct(
            "connection_id", .and([.gte("day", .string(since)), .eq("is_off", true)]))
        return Set(ids.compactMap(\.stringValue))
    }
}
