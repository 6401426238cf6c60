import Customers
import Foundation
import Synchronization

/// Streams the orders of a reading into a snapshot, once: of many customers in two halves beside each other.
struct OrderLoading {
    let reading: PurposeReading
    let before: Date
    let calendar: ZoneCalendar
    let minorPerUnit: Double

    struct Loaded: Sendable {
        var builder: SnapshotBuilder
        var excluded = OrderExclusions()
        var count = 0
    }

    /// Fewer customers are read in one go.
    static let enoughForHalves = 2_000

    /// - Parameters:
    ///   - expected: about how many orders there are
    ///   - progress: gets how many have come so far
    func load(expecting expected: Int, progress: @escaping @Sendable (Int) async throws -> Void) async throws -> Loaded
    {
        let count = reading.customers.count
        let halves = count < Self.enoughForHalves ? [0..<count] : [0..<count / 2, count / 2..<count]
        let sum = Sum()
        return try await withThrowingTaskGroup(of: (part: Int, loaded: Loaded).self) { group in
            for (part, places) in halves.enumerated() {
                group.addTask {
                    let loaded = try await load(places, expecting: expected / halves.count) { more in
                        try await progress(sum.add(more))
                    }
                    return (part, loaded)
                }
            }
            var parts = [Loaded?](repeating: nil, count: halves.count)
            while let next = try await group.next() { parts[next.part] = next.loaded }
            var all = Loaded(builder: builder)
            for part in parts.compactMap(\.self) {
                all.builder.add(part.builder)
                all.excluded += part.excluded
                all.count += part.count
            }
            return all
        }
    }

    private var builder: SnapshotBuilder {
        SnapshotBuilder(customers: reading.customers, minorPerUnit: minorPerUnit)
    }

    private func load(
        _ places: Range<Int>, expecting expected: Int, progress: (Int) async throws -> Void
    ) async throws -> Loaded {
        var loaded = Loaded(builder: builder)
        loaded.builder.reserve(orders: expected)
        var days = DayCounter(calendar: calendar)
        for try await batch in reading.orderFacts(before: before, of: places) {
            for fact in batch.facts {
                loaded.builder.add(fact, day: Int32(clamping: days.day(ofMilliseconds: fact.placedAt)))
            }
            loaded.excluded += batch.excluded
            loaded.count += batch.facts.count
            try await progress(batch.facts.count)
        }
        return loaded
    }
}

/// Counted together by the halves.
private final class Sum: Sendable {
    private let value = Mutex(0)

    func add(_ more: Int) -> Int {
        value.withLock { value in
            value += more
            return value
        }
    }
}

extension SnapshotBuilder {
    fileprivate mutating func add(_ fact: OrderFact, day: Int32) {
        add(
            OrderPoint(
                placedAt: fact.placedAt, day: day, amountMinor: fact.amountMinor ?? 0,
                refundedMinor: fact.refundedMinor, discountMinor: fact.discountMinor, channel: fact.channel,
                isConverted: fact.amountMinor != nil), customer: fact.customer)
        for line in fact.lines {
            add(
                ProductPoint(
                    at: fact.placedAt, day: day, product: EventPoint.short(line.product),
                    quantity: Int32(clamping: line.quantity)), customer: fact.customer)
        }
    }
}
