import BSON
import Foundation
import Mongo
import Tenancy

/// The rows of ``OrderDay``: what was ordered on each day.
extension Derivation {
    /// Counts the days within `range` anew, and everybody's first day.
    func refreshDays(_ range: ClosedRange<Date>?) async throws {
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
}
