import Customers
import Foundation
import Mongo
import Tenancy

/// Looks back at what runs predicted for windows that have closed since, and recounts what came from the orders.
struct OutcomeCheck: Sendable {
    let scope: TenantScope
    let database: MongoDatabase
    let now: Date

    /// Runs that are looked at: beyond these the rows are not kept.
    static let runs = 60

    private var store: EyesStore { EyesStore(scope, database) }

    /// - Parameter dataUntilDay: the first day that is not whole yet.
    func run(_ reading: PurposeReading, dataUntilDay: Int) async throws {
        for trend in try await store.trends(limit: Self.runs) {
            for report in trend.result.horizons where report.state.hasProbabilities {
                guard trend.result.asOfDay + report.horizon.days <= dataUntilDay,
                    try await !store.hasOutcome(runID: trend.id, horizon: report.horizon)
                else { continue }
                try await check(trend.id, report.horizon, reading)
            }
        }
    }

    private func check(_ runID: String, _ horizon: Horizon, _ reading: PurposeReading) async throws {
        guard let run = try await store.run(runID), let report = run.report(horizon), !run.result.isOfEngagement else {
            return
        }
        let scored = try await store.scored(of: runID, horizon)
        guard !scored.isEmpty else { return }
        let segments = Dictionary(
            try await store.segments(of: runID).map { ($0.number, $0.id) }, uniquingKeysWith: { first, _ in first })
        let usable = Set(reading.customers)
        let buyers = try await Self.buyers(
            reading, scope, days: run.result.asOfDay..<(run.result.asOfDay + horizon.days))
        let rows = scored.filter { usable.contains($0.customerID) }.map { customer in
            ScoredOutcome(
                chance: customer.chance, level: customer.level, segment: customer.segment.flatMap { segments[$0] },
                left: !buyers.contains(customer.customerID))
        }
        guard !rows.isEmpty else { return }
        try await store.save(
            Outcome(
                runID: runID, report: report, asOfDay: run.result.asOfDay, scored: scored.count, rows: rows, at: now))
    }

    /// Whoever placed an order that counts, within whole days of the organization's zone.
    static func buyers(
        _ reading: PurposeReading, _ scope: TenantScope, days: Range<Int>
    ) async throws -> Set<String> {
        let calendar = ZoneCalendar(zoneName: scope.organization.timeZone)
        let currency = scope.organization.currency
        var found: Set<String> = []
        let orders = try reading.orderTouches(
            from: calendar.start(of: days.lowerBound), to: calendar.start(of: days.upperBound))
        for try await batch in orders {
            for order in batch where order.counts && order.amount(in: currency) != nil {
                found.insert(order.customerID)
            }
        }
        return found
    }
}
