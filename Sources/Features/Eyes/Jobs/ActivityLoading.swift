import Customers
import Foundation
import Mongo
import Records
import Tenancy

/// Events of usable customers that take part in nothing, by reason.
public struct EventExclusions: Sendable, Codable, Equatable {
    /// Made by mail programs, scanners and bots.
    public var machine = 0
    /// Not before the score time.
    public var future = 0

    public init() {}
}

/// Streams what usable customers did besides ordering into a snapshot, once.
struct ActivityLoading {
    let scope: TenantScope
    let database: MongoDatabase
    /// Usable customers, ascending.
    let customers: [String]
    let before: Date

    struct Counts: Sendable {
        var used = 0
        var excluded = EventExclusions()
    }

    func load(
        into builder: inout SnapshotBuilder, days: inout DayCounter, progress: (Int) async throws -> Void
    ) async throws -> Counts {
        let reader = ActivityReader(scope, database)
        var counts = Counts()
        var places = CustomerPlaces(customers)
        for try await batch in try reader.events(before: before) {
            for fact in batch {
                guard let place = places.place(of: fact.customerID) else { continue }
                if fact.isMachine {
                    counts.excluded.machine += 1
                } else if let kind = EventKind(type: fact.type) {
                    builder.add(Self.point(fact, kind, &days), customer: place)
                    counts.used += 1
                }
            }
            try await progress(counts.used)
        }
        counts.excluded.future = try await reader.futureEvents(from: before)
        try await loadBilling(reader, &builder, &days)
        return counts
    }

    private func loadBilling(
        _ reader: ActivityReader, _ builder: inout SnapshotBuilder, _ days: inout DayCounter
    ) async throws {
        builder.hasPayments = try await reader.hasPayments()
        var places = CustomerPlaces(customers)
        for try await batch in try reader.failedPayments(before: before) {
            for fact in batch {
                guard let place = places.place(of: fact.customerID) else { continue }
                let at = Self.milliseconds(fact.at)
                builder.add(
                    EventPoint(
                        at: at, day: Int32(clamping: days.day(ofMilliseconds: at)), kind: .paymentFailure, type: 0,
                        channel: 0, content: 0), customer: place)
            }
        }
        places = CustomerPlaces(customers)
        for try await batch in try reader.subscriptions() {
            for fact in batch {
                guard let place = places.place(of: fact.customerID), let started = fact.startedAt else { continue }
                func day(_ date: Date) -> Int32 {
                    Int32(clamping: days.day(ofMilliseconds: Self.milliseconds(date)))
                }
                builder.add(
                    SubscriptionPoint(
                        startDay: day(started), endDay: fact.canceledAt.map(day),
                        intervalDays: SubscriptionPoint.intervals[fact.interval] ?? 30), customer: place)
            }
        }
    }

    private static func point(_ fact: EventFact, _ kind: EventKind, _ days: inout DayCounter) -> EventPoint {
        EventPoint(
            at: fact.at, day: Int32(clamping: days.day(ofMilliseconds: fact.at)), kind: kind,
            type: EventPoint.short(fact.type), channel: EventPoint.short(fact.channel?.lowercased()),
            content: EventPoint.fingerprint(fact.contentID))
    }

    private static func milliseconds(_ date: Date) -> Int64 { Int64((date.timeIntervalSince1970 * 1000).rounded()) }
}

/// Finds the places of customers that are asked for in ascending order.
private struct CustomerPlaces {
    private let customers: [String]
    private var next = 0

    init(_ customers: [String]) { self.customers = customers }

    mutating func place(of customer: String) -> Int32? {
        while next < customers.count, customers[next] < customer { next += 1 }
        return next < customers.count && customers[next] == customer ? Int32(next) : nil
    }
}
