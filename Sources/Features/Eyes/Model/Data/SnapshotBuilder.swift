import Customers

/// Collects rows in any order of arrival and puts them into the snapshot's one order.
///
/// Customers stand in the order of a fingerprint of their orders. Ids settle only what has the same orders, and such
/// customers are equal in every feature and label too. Whatever draws rows at random later (resamples, folds, starts)
/// therefore draws the same rows under any set of ids. It is a fingerprint and not, for instance, the time of the first
/// order, because equal scores are put in the order of rows: that order must not tell what came after a cut-off.
struct SnapshotBuilder {
    private let customers: [String]
    private let minorPerUnit: Double
    private var rows: [(customer: Int32, row: OrderPoint)] = []
    private var events: [(customer: Int32, row: EventPoint)] = []
    private var products: [(customer: Int32, row: ProductPoint)] = []
    private var subscriptions: [Int32: [SubscriptionPoint]] = [:]
    var hasPayments = false
    /// The organization has no orders at all, of anybody: engagement stands in for them, in populations, labels and
    /// rhythm alike.
    var nobodyOrders = false

    /// - Parameter customers: ids of the usable customers; orders name them by index.
    init(customers: [String], minorPerUnit: Double) {
        self.customers = customers
        self.minorPerUnit = minorPerUnit
    }

    mutating func add(_ order: OrderPoint, customer: Int32) {
        guard customers.indices.contains(Int(customer)) else { return }
        rows.append((customer, order))
    }

    mutating func add(_ event: EventPoint, customer: Int32) {
        guard customers.indices.contains(Int(customer)) else { return }
        events.append((customer, event))
    }

    mutating func add(_ product: ProductPoint, customer: Int32) {
        guard customers.indices.contains(Int(customer)) else { return }
        products.append((customer, product))
    }

    mutating func add(_ subscription: SubscriptionPoint, customer: Int32) {
        guard customers.indices.contains(Int(customer)) else { return }
        subscriptions[customer, default: []].append(subscription)
    }

    mutating func reserve(orders count: Int) { rows.reserveCapacity(count) }

    /// The orders and products of another part of the same customers.
    mutating func add(_ part: SnapshotBuilder) {
        rows += part.rows
        products += part.products
    }

    func finish() -> Snapshot {
        guard nobodyOrders, rows.isEmpty else { return placed(qualifying: .order) }
        var whole = self
        whole.rows = engagement
        return whole.placed(qualifying: whole.rows.isEmpty ? .order : .engagement)
    }

    private var engagement: [(customer: Int32, row: OrderPoint)] {
        events.filter { $0.row.kind.isEngagement }.map { event in
            (
                event.customer,
                OrderPoint(
                    placedAt: event.row.at, day: event.row.day, amountMinor: 0, refundedMinor: 0, discountMinor: 0)
            )
        }
    }

    private func placed(qualifying: QualifyingEvent) -> Snapshot {
        let given = RowsByCustomer(rows, customers: customers.count) { $0.key < $1.key }
        let activity = activityInGivenOrder()
        let toldOthers = !events.isEmpty || !products.isEmpty || !subscriptions.isEmpty
        let fingerprints = customers.indices.map { customer in
            let orders = Self.fingerprint(given.of(customer))
            return toldOthers ? Self.stirred(orders, Self.fields(activity, customer)) : orders
        }
        let places = customers.indices.sorted {
            fingerprints[$0] == fingerprints[$1]
                ? customers[$0] < customers[$1] : fingerprints[$0] < fingerprints[$1]
        }
        let orders = given.placed(places)
        return Snapshot(
            customers: places.map { customers[$0] }, offsets: orders.offsets, orders: orders.rows,
            minorPerUnit: minorPerUnit, activity: Self.placed(activity, places), qualifying: qualifying)
    }

    /// What is told of customers besides orders; customers as they were given.
    private func activityInGivenOrder() -> CustomerActivity {
        var activity = CustomerActivity(
            subscriptions: subscriptions.mapValues { $0.sorted { $0.key < $1.key } }, hasPayments: hasPayments)
        let count = customers.count
        if !events.isEmpty { activity.events = RowsByCustomer(events, customers: count) { $0.key < $1.key } }
        if !products.isEmpty { activity.products = RowsByCustomer(products, customers: count) { $0.key < $1.key } }
        return activity
    }

    private static func placed(_ given: CustomerActivity, _ places: [Int]) -> CustomerActivity {
        var activity = CustomerActivity(
            events: given.events.placed(places), products: given.products.placed(places),
            hasPayments: given.hasPayments)
        guard !given.subscriptions.isEmpty else { return activity }
        for (place, customer) in places.enumerated() {
            activity.subscriptions[Int32(place)] = given.subscriptions[Int32(customer)]
        }
        return activity
    }

    private static func fields(_ activity: CustomerActivity, _ customer: Int) -> [UInt64] {
        activity.products(of: customer).flatMap(\.fields) + activity.events(of: customer).flatMap(\.fields)
            + (activity.subscriptions[Int32(customer)] ?? []).flatMap(\.fields)
    }

    /// 64 bits over all orders, each field stirred in by the finalizer of SplitMix64 (Steele, Lea and Flood, 2014). Two
    /// different histories of a million have the same one with a chance of 1 in 37 million.
    private static func fingerprint(_ orders: ArraySlice<OrderPoint>) -> UInt64 {
        var hash: UInt64 = 0
        for order in orders {
            hash = stirred(hash, UInt64(bitPattern: order.placedAt))
            hash = stirred(hash, UInt64(bitPattern: order.amountMinor))
            hash = stirred(hash, UInt64(bitPattern: order.refundedMinor))
            hash = stirred(hash, UInt64(bitPattern: order.discountMinor))
            if order.channel != .untold { hash = stirred(hash, UInt64(order.channel.rawValue)) }
            if !order.isConverted { hash = stirred(hash, UInt64.max) }
        }
        return hash
    }

    private static func stirred(_ start: UInt64, _ fields: [UInt64]) -> UInt64 { fields.reduce(start, stirred) }

    private static func stirred(_ start: UInt64, _ field: UInt64) -> UInt64 {
        var hash = (start ^ field) &+ 0x9E37_79B9_7F4A_7C15
        hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
        hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
        return hash ^ (hash >> 31)
    }
}

extension OrderPoint {
    /// By time, then by amounts and channel.
    fileprivate var key: (Int64, Int64, Int64, Int64, UInt8, UInt8) {
        (placedAt, amountMinor, refundedMinor, discountMinor, channel.rawValue, isConverted ? 1 : 0)
    }
}
