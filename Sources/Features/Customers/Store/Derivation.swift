import BSON
import Foundation
import Mongo
import Tenancy
import Vault

/// Recomputes, in MongoDB, what follows from orders and the ledger, and writes only what has changed.
struct Derivation: Sendable {
    let scope: TenantScope
    let database: MongoDatabase
    let clock: WallClock
    /// Connections whose orders are not counted, because they only tell again those of others.
    let retold: [String]

    init(_ scope: TenantScope, _ database: MongoDatabase, clock: WallClock, retold: [String]) {
        self.retold = retold
        self.scope = scope
        self.database = database
        self.clock = clock
    }

    var currency: String { scope.organization.currency }
    var customers: TenantCollection<StoredCustomer> { TenantCollection(scope, database) }
    var orders: TenantCollection<StoredOrder> { TenantCollection(scope, database) }

    // MARK: Customers

    /// Counters and standing of these customers; at most a thousand at once.
    /// - Parameter certain: counters that need not be looked for
    func recount(_ ids: [String], certain: [String: CustomerCounters] = [:]) async throws -> Int {
        let values = ids.map { BSONValue.string($0) }
        async let counted = counters(ids.filter { certain[$0] == nil }.map { .string($0) })
        async let ledger = TenantCollection<ConsentRecord>(scope, database).select(
            ConsentRow.fields, as: ConsentRow.self, .in("customer_id", values))
        async let stored = customers.select(
            CustomerCounters.fields + ["consent_state", "consent_until"], as: DerivedRow.self, .in("_id", values))
        let now = clock.now()
        var rules: [String: ConsentRule] = [:]
        for row in try await ledger {
            rules[row.customerID, default: ConsentRule(purpose: .marketingAnalytics, at: now)].add(row.entry)
        }
        let counts = try await counted.merging(certain) { _, certain in certain }
        var operations: [TenantBulk<StoredCustomer>] = []
        for row in try await stored {
            let wanted = DerivedRow(
                id: row.id, counters: counts[row.id] ?? CustomerCounters(),
                consent: rules[row.id]?.verdict ?? ConsentVerdict(.missing))
            if wanted != row { operations.append(.update(.id(row.id), wanted.update(now: now))) }
        }
        if !operations.isEmpty { try await customers.bulk(operations).throwUnlessDuplicates() }
        return ids.count
    }

    private func counters(_ ids: [BSONValue]) async throws -> [String: CustomerCounters] {
        guard !ids.isEmpty else { return [:] }
        let rows: [DerivedRow] = try await orders.aggregate([
            .match(countable(ids)), .group(id: "$customer_id", sums),
        ])
        return Dictionary(rows.map { ($0.id, $0.counters) }) { first, _ in first }
    }

    /// Orders of these customers that count.
    func countable(_ ids: [BSONValue]) -> Filter {
        .and([
            .in("customer_id", ids), .ne("status", .string(OrderStatus.cancelled.rawValue)), .ne("test", true),
            .told(butBy: retold),
        ])
    }

    var sums: [String: BSONDocument] {
        [
            "orders_count": ["$sum": 1], "spent_minor": ["$sum": amount], "refunded_minor": ["$sum": refund],
            "first_order_at": ["$min": "$placed_at"], "last_order_at": ["$max": "$placed_at"],
        ]
    }

    /// An order's amount in the organization's currency; null, which sums leave out, where it cannot be said.
    var amount: BSONValue {
        ["$cond": [["$eq": ["$currency", .string(currency)]], "$total_minor", "$org_amount_minor"]]
    }

    var refund: BSONValue {
        ["$cond": [["$eq": ["$currency", .string(currency)]], "$refunded_minor", 0]]
    }

    // MARK: Days and totals

    /// Days within `range` (all, without one), totals, how far the source reaches, and the next data version.
    func refresh(source: WriteSource?, range: ClosedRange<Date>?) async throws -> DataState {
        try await refresh(source: source, counted: countDays(range))
    }

    /// The same with days that were counted meanwhile.
    func refresh(source: WriteSource?, counted: CountedDays) async throws -> DataState {
        try await refresh(counted) { state in
            if let source { try await note(source, in: &state) }
        }
    }

    /// Everything anew, how far each source reaches too: the days themselves are others.
    func refreshAll() async throws -> DataState {
        try await refresh(countDays(nil)) { state in
            for place in state.sources.indices {
                let source = state.sources[place]
                state.sources[place].completeUntil = reach(
                    source.lastOrderAt, readAt: source.lastImportAt ?? clock.now())
            }
        }
    }

    private func refresh(
        _ counted: CountedDays, _ change: (inout DataState) async throws -> Void
    ) async throws -> DataState {
        try await store(counted)
        var state = try await TenantCollection<DataState>(scope, database).get(id: DataState.id(scope)) ?? .empty(scope)
        try await change(&state)
        try await total(&state)
        state.retold = retold.isEmpty ? nil : retold
        state.version += 1
        state.updatedAt = clock.now()
        try await TenantCollection<DataState>(scope, database).replace(state, upsert: true)
        FigureMemory.dataChanged(scope, database)
        return state
    }

    /// Totals and the next data version, when people were merged or parted: their orders stay on their days.
    func refreshPeople() async throws -> DataState {
        try await refresh(source: nil, counted: .none)
    }

    private func total(_ state: inout DataState) async throws {
        async let everybody = customers.count()
        async let merged = customers.count(.gt("merged_into", ""))
        async let buyers = customers.count(.gt("orders_count", 0))
        async let bounds: [BSONDocument] = customers.aggregate([
            .group(id: .null, ["first": ["$min": "$first_order_at"], "last": ["$max": "$last_order_at"]])
        ])
        let days = try await TenantCollection<OrderDay>(scope, database).find()
        state.customers = try await everybody - merged
        state.buyers = try await buyers
        state.firstOrderAt = try await bounds.first?["first"]?.dateValue
        state.lastOrderAt = try await bounds.first?["last"]?.dateValue
        state.currency = currency
        state.orders = Int(days.reduce(0) { $0 + $1.orders })
        state.revenueMinor = days.reduce(0) { $0 + $1.revenueMinor }
        state.refundedMinor = days.reduce(0) { $0 + $1.refundedMinor }
        state.unconvertedOrders = Int(days.reduce(0) { $0 + $1.unconverted })
        state.testOrders = Int(days.reduce(0) { $0 + $1.test })
        state.cancelledOrders = Int(days.reduce(0) { $0 + $1.cancelled })
    }

    /// A source reaches to the end of the day of its last order, and never beyond the midnight before it was read.
    private func reach(_ lastOrderAt: Date?, readAt: Date) -> Date? {
        let calendar = DayCalendar(scope.organization.timeZone)
        return lastOrderAt.map { min(calendar.endOfDay($0), calendar.startOfDay(readAt)) }
    }

    private func note(_ source: WriteSource, in state: inout DataState) async throws {
        let now = clock.now()
        let last = try await orders.select(
            ["placed_at"], as: BSONDocument.self, .eq("connection_id", .string(source.connectionID)),
            sort: [.descending("placed_at"), .descending("_id")], limit: 1)
        let lastOrderAt = last.first?["placed_at"]?.dateValue
        let entry = SourceState(
            connectionID: source.connectionID, platform: source.platform, label: source.label,
            completeUntil: reach(lastOrderAt, readAt: now), lastOrderAt: lastOrderAt, lastImportAt: now,
            retellsOrders: source.retellsOrders ? true : nil)
        state.sources.removeAll { $0.connectionID == source.connectionID }
        state.sources.append(entry)
        state.sources.sort { $0.connectionID < $1.connectionID }
        state.lastImportAt = now
        state.lastImportID = source.importID
    }
}
