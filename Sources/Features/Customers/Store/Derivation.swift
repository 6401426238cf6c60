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

    init(_ scope: TenantScope, _ database: MongoDatabase, clock: WallClock) {
        self.scope = scope
        self.database = database
        self.clock = clock
    }

    private var currency: String { scope.organization.currency }
    private var customers: TenantCollection<StoredCustomer> { TenantCollection(scope, database) }
    private var orders: TenantCollection<StoredOrder> { TenantCollection(scope, database) }

    // MARK: Customers

    /// Counters and standing of these customers; at most a thousand at once.
    func recount(_ ids: [String]) async throws -> Int {
        let values = ids.map { BSONValue.string($0) }
        async let counted = counters(values)
        async let ledger = TenantCollection<ConsentRecord>(scope, database).select(
            ConsentRow.fields, as: ConsentRow.self, .in("customer_id", values))
        async let stored = customers.select(
            CustomerCounters.fields + ["consent_state", "consent_until"], as: DerivedRow.self, .in("_id", values))
        let now = clock.now()
        var rules: [String: ConsentRule] = [:]
        for row in try await ledger {
            rules[row.customerID, default: ConsentRule(purpose: .marketingAnalytics, at: now)].add(row.entry)
        }
        let counts = try await counted
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
        let rows: [DerivedRow] = try await orders.aggregate([
            .match(
                .and([
                    .in("customer_id", ids), .ne("status", .string(OrderStatus.cancelled.rawValue)), .ne("test", true),
                ])),
            .group(
                id: "$customer_id",
                [
                    "orders_count": ["$sum": 1], "spent_minor": ["$sum": amount], "refunded_minor": ["$sum": refund],
                    "first_order_at": ["$min": "$placed_at"], "last_order_at": ["$max": "$placed_at"],
                ]),
        ])
        return Dictionary(rows.map { ($0.id, $0.counters) }) { first, _ in first }
    }

    /// An order's amount in the organization's currency; null, which sums leave out, where it cannot be said.
    private var amount: BSONValue {
        ["$cond": [["$eq": ["$currency", .string(currency)]], "$total_minor", "$org_amount_minor"]]
    }

    private var refund: BSONValue {
        ["$cond": [["$eq": ["$currency", .string(currency)]], "$refunded_minor", 0]]
    }

    // MARK: Days and totals

    /// Days within `range` (all, without one), totals, how far the source reaches, and the next data version.
    func refresh(source: WriteSource?, range: ClosedRange<Date>?) async throws -> DataState {
        try await refreshDays(range)
        var state = try await TenantCollection<DataState>(scope, database).get(id: DataState.id(scope)) ?? .empty(scope)
        if let source { try await note(source, in: &state) }
        try await total(&state)
        state.version += 1
        state.updatedAt = clock.now()
        try await TenantCollection<DataState>(scope, database).replace(state, upsert: true)
        FigureMemory.dataChanged(scope, database)
        return state
    }

    private func refreshDays(_ range: ClosedRange<Date>?) async throws {
        let calendar = DayCalendar(scope.organization.timeZone)
        let bounds = range.map { (from: calendar.startOfDay($0.lowerBound), to: calendar.endOfDay($0.upperBound)) }
        async let counted = dayRows(bounds)
        async let fresh = newCustomers()
        async let stored = TenantCollection<OrderDay>(scope, database).find(sort: [.ascending("day")])
        var wanted: [String: OrderDay] = [:]
        for row in try await counted { wanted[row.day] = row }
        let firsts = try await fresh
        var old: [String: OrderDay] = [:]
        for row in try await stored {
            old[row.day] = row
            let isInside = bounds.map { calendar.day($0.from)..<calendar.day($0.to) ~= row.day } ?? true
            if !isInside { wanted[row.day] = row }
        }
        for day in Set(wanted.keys).union(firsts.keys) {
            var row = wanted[day] ?? emptyDay(day)
            row.newCustomers = firsts[day] ?? 0
            wanted[day] = row
        }
        var operations: [TenantBulk<OrderDay>] = wanted.values.filter { old[$0.day] != $0 }
            .sorted { $0.day < $1.day }.map { .replace($0, upsert: true) }
        operations += old.values.filter { wanted[$0.day] == nil }.map { .delete(.id($0.id)) }
        for start in stride(from: 0, to: operations.count, by: 1000) {
            let portion = Array(operations[start..<min(start + 1000, operations.count)])
            try await TenantCollection<OrderDay>(scope, database).bulk(portion).throwUnlessDuplicates()
        }
    }

    private func dayRows(_ bounds: (from: Date, to: Date)?) async throws -> [OrderDay] {
        let isTest: BSONValue = ["$eq": ["$test", true]]
        let isCancelled: BSONValue = ["$eq": ["$status", .string(OrderStatus.cancelled.rawValue)]]
        let counts: BSONValue = ["$not": [["$or": [isTest, isCancelled]]]]
        func sum(_ condition: BSONValue, _ value: BSONValue = 1) -> BSONDocument {
            ["$sum": ["$cond": [condition, value, 0]]]
        }
        let unconverted: BSONValue = ["$and": [counts, ["$eq": [["$ifNull": [amount, .null]], .null]]]]
        let filter = bounds.map { Filter.and([.gte("placed_at", .date($0.from)), .lt("placed_at", .date($0.to))]) }
        let rows: [BSONDocument] = try await orders.aggregate([
            .match(filter ?? .all),
            .group(
                id: dayOf("$placed_at"),
                [
                    "orders": sum(counts), "revenue_minor": sum(counts, ["$ifNull": [amount, 0]]),
                    "refunded_minor": sum(counts, refund), "unconverted": sum(unconverted), "test": sum(isTest),
                    "cancelled": sum(["$and": [isCancelled, ["$not": [isTest]]]]),
                ]),
        ])
        return rows.compactMap { row in
            guard let day = row["_id"]?.stringValue else { return nil }
            var result = emptyDay(day)
            result.orders = row["orders"]?.int64Value ?? 0
            result.revenueMinor = row["revenue_minor"]?.int64Value ?? 0
            result.refundedMinor = row["refunded_minor"]?.int64Value ?? 0
            result.unconverted = row["unconverted"]?.int64Value ?? 0
            result.test = row["test"]?.int64Value ?? 0
            result.cancelled = row["cancelled"]?.int64Value ?? 0
            return result
        }
    }

    private func newCustomers() async throws -> [String: Int64] {
        let rows: [BSONDocument] = try await customers.aggregate([
            .match(.gt("orders_count", 0)), .group(id: dayOf("$first_order_at"), ["count": ["$sum": 1]]),
        ])
        var result: [String: Int64] = [:]
        for row in rows {
            if let day = row["_id"]?.stringValue { result[day] = row["count"]?.int64Value ?? 0 }
        }
        return result
    }

    private func dayOf(_ field: BSONValue) -> BSONValue {
        let zone = DayCalendar(scope.organization.timeZone).identifier
        return ["$dateToString": ["date": field, "format": "%Y-%m-%d", "timezone": .string(zone)]]
    }

    private func emptyDay(_ day: String) -> OrderDay {
        OrderDay(
            id: DerivedID("day", scope.organizationID)(day), day: day, timeZone: scope.organization.timeZone,
            currency: currency, orders: 0, revenueMinor: 0, refundedMinor: 0, newCustomers: 0, unconverted: 0, test: 0,
            cancelled: 0)
    }

    private func total(_ state: inout DataState) async throws {
        async let people = customers.count()
        async let buyers = customers.count(.gt("orders_count", 0))
        async let bounds: [BSONDocument] = customers.aggregate([
            .group(id: .null, ["first": ["$min": "$first_order_at"], "last": ["$max": "$last_order_at"]])
        ])
        let days = try await TenantCollection<OrderDay>(scope, database).find()
        state.customers = try await people
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

    /// A source reaches to the end of the day of its last order, and never beyond the last midnight.
    private func note(_ source: WriteSource, in state: inout DataState) async throws {
        let now = clock.now()
        let calendar = DayCalendar(scope.organization.timeZone)
        let last: [BSONDocument] = try await orders.aggregate([
            .match(.eq("connection_id", .string(source.connectionID))),
            .group(id: .null, ["last": ["$max": "$placed_at"]]),
        ])
        let lastOrderAt = last.first?["last"]?.dateValue
        let entry = SourceState(
            connectionID: source.connectionID, platform: source.platform, label: source.label,
            completeUntil: lastOrderAt.map { min(calendar.endOfDay($0), calendar.startOfDay(now)) },
            lastOrderAt: lastOrderAt, lastImportAt: now)
        state.sources.removeAll { $0.connectionID == source.connectionID }
        state.sources.append(entry)
        state.sources.sort { $0.connectionID < $1.connectionID }
        state.lastImportAt = now
        state.lastImportID = source.importID
    }
}

/// What is derived about a customer, as it is or as it should be.
private struct DerivedRow: BSONConvertible, Equatable {
    var id = ""
    var counters = CustomerCounters()
    var consent = ConsentVerdict(.missing)

    init(id: String, counters: CustomerCounters, consent: ConsentVerdict) {
        self.id = id
        self.counters = counters
        self.consent = consent
    }

    init(bson: BSONDocument) throws {
        var reader = BSONReader(bson)
        while let field = try reader.next() {
            if try counters.read(field) { continue }
            switch field.key {
            case "_id": id = try field.string()
            case "consent_state": consent.standing = ConsentStanding(rawValue: try field.string()) ?? .missing
            case "consent_until": consent.until = field.isNull ? nil : try field.date()
            default: break
            }
        }
    }

    func bson() -> BSONDocument {
        var writer = BSONWriter()
        counters.write(to: &writer)
        writer.append("consent_state", consent.standing.rawValue)
        writer.append("consent_until", consent.until.map { BSONValue.date($0) } ?? .null)
        return writer.finish()
    }

    func update(now: Date) -> Update {
        var update = Update.setting(bson())
        update.append(.set("updated_at", .date(now)))
        update.append(.inc("version", 1))
        return update
    }
}
