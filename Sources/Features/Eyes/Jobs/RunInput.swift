import Customers
import Foundation
import Mongo
import Tenancy

/// The loaded rows of a run and where they come from.
struct RunInput: Sendable {
    var snapshot: Snapshot
    let reading: PurposeReading
    let orders: OrderExclusions
    let events: ActivityLoading.Counts
    var leftOut: RunExclusions
    let asOf: Date
    let asOfDay: Int
    let onOldData: Bool
    let sources: [SourceState]
    /// What amounts are in.
    let currency: String
    /// Set when somebody's consent changed while the run computed.
    var consent: ConsentRecheck?

    var counts: ConsentCounts { consent?.counts ?? reading.counts }
    var consentHash: String { consent?.snapshotHash ?? reading.consentHash }

    /// Takes out whoever may no longer be used, and counts them.
    mutating func drop(_ recheck: ConsentRecheck) {
        leftOut.lostMeanwhile += recheck.lost.intersection(snapshot.customers).count
        snapshot = snapshot.removing(recheck.lost)
        consent = recheck
    }

    /// Days behind the last midnight after which a run is marked "on old data".
    static let oldAfterDays = 3

    /// Opens the consented reading and streams its orders into a snapshot.
    ///
    /// The score time is the last midnight, in the organization's zone, up to which all sources are complete; without
    /// any data it is the last midnight.
    static func load(
        _ scope: TenantScope, _ database: MongoDatabase, now: Date,
        progress: @escaping @Sendable (Int, Int?) async throws -> Void
    ) async throws -> RunInput {
        let calendar = ZoneCalendar(zoneName: scope.organization.timeZone)
        let today = calendar.day(of: now)
        let state = try await CustomerFigures(scope, database).dataState()
        let asOfDay = state.completeUntil.map { min(calendar.day(of: $0), today) } ?? today
        let asOf = calendar.start(of: asOfDay)
        let reading = try await CustomerStore(scope, database).open(purpose: .marketingAnalytics, consentAt: now)
        let loaded = try await OrderLoading(
            reading: reading, before: asOf, calendar: calendar,
            minorPerUnit: CurrencyDigits.minorPerUnit(scope.organization.currency)
        ).load(expecting: state.orders) { count in try await progress(count, state.orders) }
        var builder = loaded.builder
        builder.nobodyOrders = state.orders + state.unconvertedOrders == 0
        var days = DayCounter(calendar: calendar)
        let events = try await ActivityLoading(
            scope: scope, database: database, customers: reading.customers, before: asOf
        ).load(into: &builder, days: &days) { done in try await progress(loaded.count + done, nil) }
        var leftOut = RunExclusions()
        leftOut.futureOrders = try await reading.futureOrders(from: asOf)
        leftOut.mergedCustomers = reading.mergedCustomers
        leftOut.erasedCustomers = reading.deletedCustomers
        return RunInput(
            snapshot: builder.finish(), reading: reading, orders: loaded.excluded, events: events, leftOut: leftOut,
            asOf: asOf, asOfDay: asOfDay, onOldData: today - asOfDay > oldAfterDays, sources: state.sources,
            currency: scope.organization.currency)
    }
}

/// Minor units of a currency (ISO 4217): two digits, but for a few.
enum CurrencyDigits {
    private static let none: Set<String> = [
        "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF",
    ]
    private static let three: Set<String> = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]

    static func minorPerUnit(_ currency: String) -> Double {
        if none.contains(currency) { return 1 }
        return three.contains(currency) ? 1000 : 100
    }
}

extension Array where Element: Hashable {
    /// Each element once, in order of first appearance.
    func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
