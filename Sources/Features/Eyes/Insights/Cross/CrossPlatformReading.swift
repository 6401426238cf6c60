import BSON
import Customers
import Foundation
import Mongo
import Records
import Tenancy

/// Reads what consented customers did and adds it up. Two ordered streams walk side by side, so that one customer's
/// steps are all that is held.
struct CrossPlatformReading: Sendable {
    let scope: TenantScope
    let database: MongoDatabase

    /// Where a source tells no channel.
    static let unknownChannel = "other"
    static let shop = "shop"

    /// - Parameter risks: chances of the scored customers, by customer id and horizon key.
    func count(
        _ reading: PurposeReading, asOf: Date, risks: [String: [String: Double]],
        progress: (Int) async throws -> Void = { _ in }
    ) async throws -> CrossPlatform {
        let from = asOf.addingTimeInterval(-Double(CrossPlatform.days) * 86_400)
        var events = PersonStream(
            try EventReader(scope, database).touches(from: from, to: asOf).makeAsyncIterator()
        ) { event in
            event.isOwn ? (event.customerID, Self.touch(event)) : nil
        }
        let currency = scope.organization.currency
        var orders = PersonStream(try reading.orderTouches(from: from, to: asOf).makeAsyncIterator()) { order in
            order.counts ? (order.customerID, Self.touch(order, currency)) : nil
        }
        var sum = CrossPlatformCount()
        for (number, customer) in reading.customers.enumerated() {
            let touches = try await events.touches(of: customer) + orders.touches(of: customer)
            sum.add(touches, risks: risks[customer])
            if number % 5_000 == 0 { try await progress(number) }
        }
        return sum.result()
    }

    private static func touch(_ event: EventTouch) -> Touch {
        Touch(id: event.id, at: milliseconds(event.at), channel: event.channel?.lowercased() ?? unknownChannel)
    }

    private static func touch(_ order: OrderTouch, _ currency: String) -> Touch {
        Touch(
            id: order.id, at: milliseconds(order.at), channel: order.channel?.lowercased() ?? shop,
            amountMinor: order.amount(in: currency), isOrder: true)
    }

    private static func milliseconds(_ date: Date) -> Int64 { Int64((date.timeIntervalSince1970 * 1000).rounded()) }
}

/// Rows in order of customer, handed out customer by customer.
private struct PersonStream<Row: Sendable> {
    private var batches: TenantBatches<Row>.AsyncIterator
    private let step: (Row) -> (customer: String, touch: Touch)?
    private var waiting: [(customer: String, touch: Touch)] = []
    private var next = 0
    private var isDone = false

    init(
        _ batches: TenantBatches<Row>.AsyncIterator, _ step: @escaping (Row) -> (customer: String, touch: Touch)?
    ) {
        self.batches = batches
        self.step = step
    }

    /// Customers must be asked for in ascending order.
    mutating func touches(of customer: String) async throws -> [Touch] {
        var found: [Touch] = []
        while true {
            while next < waiting.count {
                let row = waiting[next]
                if row.customer > customer { return found }
                if row.customer == customer { found.append(row.touch) }
                next += 1
            }
            guard !isDone, let batch = try await batches.next() else {
                isDone = true
                return found
            }
            waiting = batch.compactMap(step)
            next = 0
        }
    }
}
