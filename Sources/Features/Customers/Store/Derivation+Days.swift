import BSON
import Foundation
import Mongo
import Tenancy

/// What a span of days adds up to.
struct CountedDays: Sendable {
    /// The days that were counted; nil for all.
    let days: Range<String>?
    let rows: [OrderDay]

    /// Nothing was counted: the days are as they were.
    static let none = CountedDays(days: ""..<"", rows: [])
}

/// The rows of ``OrderDay``: what was ordered on each day.
extension Derivation {
    /// The days within `range` as their orders are now; all days without one.
    func countDays(_ range: ClosedRange<Date>?) async throws -> CountedDays {
        let calendar = DayCalendar(scope.organization.timeZone)
        let bounds = range.map { (from: calendar.startOfDay($0.lowerBound), to: calendar.endOfDay($0.upperBound)) }
        let days = bounds.map { calendar.day($0.from)..<calendar.day($0.to) }
        return CountedDays(days: days, rows: try await dayRows(bounds))
    }

    /// The days of orders that were touched; none where there were no orders.
    func countTouched(_ range: ClosedRange<Date>?) async throws -> CountedDays {
        guard let range else { return .none }
        return try await countDays(range)
    }

    /// Stores days that were counted, and how many customers were new on each.
    func store(_ counted: CountedDays) async throws {
        async let fresh = newCustomers()
        async let stored = TenantCollection<OrderDay>(scope, database).find(sort: [.ascending("day")])
        var wanted: [String: OrderDay] = [:]
        for row in counted.rows { wanted[row.day] = row }
        let firsts = try await fresh
        var old: [String: OrderDay] = [:]
        for row in try await stored {
            old[row.day] = row
            if let days = counted.days, !days.contains(row.day) { wanted[row.day] = row }
        }
        for day in Set(wanted.keys).union(firsts.keys) {
            var row = wanted[day] ?? emptyDay(day)
            row.newCustomers = firsts[day] ?? 0
            wanted[day] = row
        }
        var operations: [TenantBulk<OrderDay>] = wanted.values.filter { old[$0.day] != $0 }
            .sorted { $0.day < $1.day }.map { .replace($0, upsert: true) }
        operations += old.values.filter { wanted[$0.day] == nil }.map { .delete(.id($0.id)) }
        for portion in operations.portions() {
            try await TenantCollection<OrderDay>(scope, database).bulk(portion).throwUnlessDuplicates()
        }
    }

    /// A job may look at every order of a large shop on a busy machine.
    private static let mostForAll = Duration.seconds(110)

    /// Sums by everything that decides whether an order counts, folded here: the store then has nothing to decide.
    private func dayRows(_ bounds: (from: Date, to: Date)?) async throws -> [OrderDay] {
        let span = bounds.map { Filter.and([.gte("placed_at", .date($0.from)), .lt("placed_at", .date($0.to))]) }
        let rows: [BSONDocument] = try await orders.aggregate(
            [
                .match(.and([span ?? .all, .told(butBy: retold)])),
                .group(
                    id: [
                        "day": dayOf("$placed_at"), "status": "$status", "test": "$test", "currency": "$currency",
                        "is_converted": ["$gt": ["$org_amount_minor", .null]],
                    ],
                    [
                        "orders": ["$sum": 1], "total": ["$sum": "$total_minor"],
                        "refunded": ["$sum": "$refunded_minor"],
                        "converted": ["$sum": "$org_amount_minor"],
                    ]),
            ], timeout: Self.mostForAll)
        var days: [String: OrderDay] = [:]
        for row in rows {
            guard let key = row["_id"]?.documentValue, let day = key["day"]?.stringValue else { continue }
            add(row, key, to: &days[day, default: emptyDay(day)])
        }
        return Array(days.values)
    }

    private func add(_ row: BSONDocument, _ key: BSONDocument, to day: inout OrderDay) {
        let orders = row["orders"]?.int64Value ?? 0
        if key["test"]?.boolValue == true {
            day.test += orders
        } else if key["status"]?.stringValue == OrderStatus.cancelled.rawValue {
            day.cancelled += orders
        } else {
            day.orders += orders
            if key["currency"]?.stringValue == currency {
                day.revenueMinor += row["total"]?.int64Value ?? 0
                day.refundedMinor += row["refunded"]?.int64Value ?? 0
            } else if key["is_converted"]?.boolValue == true {
                day.revenueMinor += row["converted"]?.int64Value ?? 0
            } else {
                day.unconverted += orders
            }
        }
    }

    private func newCustomers() async throws -> [String: Int64] {
        let rows: [BSONDocument] = try await customers.aggregate(
            [
                .match(.gt("orders_count", 0)), .group(id: dayOf("$first_order_at"), ["count": ["$sum": 1]]),
            ], timeout: Self.mostForAll)
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
}
