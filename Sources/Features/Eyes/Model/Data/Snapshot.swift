/// One order as EYES sees it.
struct OrderPoint: Sendable, Equatable {
    /// Milliseconds since the epoch, UTC.
    let placedAt: Int64
    /// The organization's local day (`ZoneCalendar`).
    let day: Int32
    /// Gross at placement, minor units of the organization's currency.
    let amountMinor: Int64
    let refundedMinor: Int64
    let discountMinor: Int64
}

/// Exactly the rows a run works on: the usable customers and their orders, in one fixed order.
///
/// Orders of one customer lie together, oldest first. Nothing else reaches features, models or reasons.
struct Snapshot: Sendable {
    /// Ascending; with and without orders.
    let customers: [String]
    /// Orders of customer i: `orders[offsets[i]..<offsets[i + 1]]`.
    let offsets: [Int]
    let orders: [OrderPoint]
    /// Minor units in one unit of the currency (100 for most).
    let minorPerUnit: Double

    func orders(of customer: Int) -> ArraySlice<OrderPoint> {
        orders[offsets[customer]..<offsets[customer + 1]]
    }

    /// Orders placed on a day before `cutOff`.
    func orders(of customer: Int, before cutOff: Int) -> ArraySlice<OrderPoint> {
        let all = orders(of: customer)
        var end = all.endIndex
        while end > all.startIndex, Int(all[end - 1].day) >= cutOff { end -= 1 }
        return all[all.startIndex..<end]
    }

    var firstDay: Int? { orders.lazy.map { Int($0.day) }.min() }
    var lastDay: Int? { orders.lazy.map { Int($0.day) }.max() }

    /// Only the named customers, in the same order: what is left when somebody withdraws during a run.
    func removing(_ lost: Set<String>) -> Snapshot {
        var builder = SnapshotBuilder(customers: customers.filter { !lost.contains($0) }, minorPerUnit: minorPerUnit)
        var next: Int32 = 0
        for index in customers.indices where !lost.contains(customers[index]) {
            for order in orders(of: index) { builder.add(order, customer: next) }
            next += 1
        }
        return builder.finish()
    }

    /// The input in canonical form, in pieces: one line a customer, one line an order. The run hashes these bytes.
    func writeCanonical(_ write: ([UInt8]) -> Void) {
        var buffer: [UInt8] = []
        buffer.reserveCapacity(1 << 16)
        for index in customers.indices {
            buffer.append(contentsOf: "c \(customers[index])\n".utf8)
            for order in orders(of: index) {
                let amounts = "\(order.amountMinor) \(order.refundedMinor) \(order.discountMinor)"
                buffer.append(contentsOf: "o \(order.placedAt) \(order.day) \(amounts)\n".utf8)
            }
            if buffer.count > 60_000 {
                write(buffer)
                buffer.removeAll(keepingCapacity: true)
            }
        }
        write(buffer)
    }
}

/// Collects rows in any order of arrival and puts them into the snapshot's one order.
struct SnapshotBuilder {
    private let customers: [String]
    private let minorPerUnit: Double
    private var rows: [(customer: Int32, order: OrderPoint)] = []

    /// - Parameter customers: ids of the usable customers, ascending; orders name them by index.
    init(customers: [String], minorPerUnit: Double) {
        self.customers = customers
        self.minorPerUnit = minorPerUnit
    }

    mutating func add(_ order: OrderPoint, customer: Int32) {
        guard customers.indices.contains(Int(customer)) else { return }
        rows.append((customer, order))
    }

    func finish() -> Snapshot {
        let sorted = rows.sorted { SnapshotBuilder.precedes($0, $1) }
        var offsets = [Int](repeating: 0, count: customers.count + 1)
        for row in sorted { offsets[Int(row.customer) + 1] += 1 }
        for index in customers.indices { offsets[index + 1] += offsets[index] }
        return Snapshot(
            customers: customers, offsets: offsets, orders: sorted.map(\.order), minorPerUnit: minorPerUnit)
    }

    private static func precedes(
        _ left: (customer: Int32, order: OrderPoint), _ right: (customer: Int32, order: OrderPoint)
    ) -> Bool {
        if left.customer != right.customer { return left.customer < right.customer }
        let a = left.order
        let b = right.order
        return (a.placedAt, a.amountMinor, a.refundedMinor, a.discountMinor)
            < (b.placedAt, b.amountMinor, b.refundedMinor, b.discountMinor)
    }
}
