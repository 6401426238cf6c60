/// Collects rows in any order of arrival and puts them into the snapshot's one order.
///
/// Customers stand in the order of a fingerprint of their orders. Ids settle only what has the same orders, and such
/// customers are equal in every feature and label too. Whatever draws rows at random later (resamples, folds, starts)
/// therefore draws the same rows under any set of ids. It is a fingerprint and not, for instance, the time of the first
/// order, because equal scores are put in the order of rows: that order must not tell what came after a cut-off.
struct SnapshotBuilder {
    private let customers: [String]
    private let minorPerUnit: Double
    private var rows: [(customer: Int32, order: OrderPoint)] = []

    /// - Parameter customers: ids of the usable customers; orders name them by index.
    init(customers: [String], minorPerUnit: Double) {
        self.customers = customers
        self.minorPerUnit = minorPerUnit
    }

    mutating func add(_ order: OrderPoint, customer: Int32) {
        guard customers.indices.contains(Int(customer)) else { return }
        rows.append((customer, order))
    }

    func finish() -> Snapshot {
        let given = inGivenOrder()
        let fingerprints = customers.indices.map { Self.fingerprint(given.orders(of: $0)) }
        let places = customers.indices.sorted {
            fingerprints[$0] == fingerprints[$1]
                ? customers[$0] < customers[$1] : fingerprints[$0] < fingerprints[$1]
        }
        var offsets = [0]
        offsets.reserveCapacity(customers.count + 1)
        var orders: [OrderPoint] = []
        orders.reserveCapacity(rows.count)
        for customer in places {
            orders.append(contentsOf: given.orders(of: customer))
            offsets.append(orders.count)
        }
        return Snapshot(
            customers: places.map { customers[$0] }, offsets: offsets, orders: orders, minorPerUnit: minorPerUnit)
    }

    /// Each customer's orders together, oldest first; customers as they were given.
    private func inGivenOrder() -> Snapshot {
        let sorted = rows.sorted {
            $0.customer == $1.customer ? $0.order.key < $1.order.key : $0.customer < $1.customer
        }
        var offsets = [Int](repeating: 0, count: customers.count + 1)
        for row in sorted { offsets[Int(row.customer) + 1] += 1 }
        for index in customers.indices { offsets[index + 1] += offsets[index] }
        return Snapshot(
            customers: customers, offsets: offsets, orders: sorted.map(\.order), minorPerUnit: minorPerUnit)
    }

    /// 64 bits over all orders, each field stirred in by the finalizer of SplitMix64 (Steele, Lea and Flood, 2014). Two
    /// different histories of a million have the same one with a chance of 1 in 37 million.
    private static func fingerprint(_ orders: ArraySlice<OrderPoint>) -> UInt64 {
        var hash: UInt64 = 0
        for order in orders {
            for field in [order.placedAt, order.amountMinor, order.refundedMinor, order.discountMinor] {
                hash = (hash ^ UInt64(bitPattern: field)) &+ 0x9E37_79B9_7F4A_7C15
                hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
                hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
                hash ^= hash >> 31
            }
        }
        return hash
    }
}

extension OrderPoint {
    /// By time, then by amounts.
    fileprivate var key: (Int64, Int64, Int64, Int64) { (placedAt, amountMinor, refundedMinor, discountMinor) }
}
