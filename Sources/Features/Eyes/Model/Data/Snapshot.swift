import Customers

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
    var channel = OrderChannel.untold
    /// False where there is no rate into the organization's currency: an order that counts, and no part of any spend.
    var isConverted = true
}

/// Exactly the rows a run works on: the usable customers and their orders, in one fixed order.
///
/// Orders of one customer lie together, oldest first; customers stand in the order of their orders, for the reasons in
/// docs/decisions/0011-rows-in-order-of-content.md. Nothing else reaches features, models or reasons.
struct Snapshot: Sendable {
    /// With and without orders, in the order of `SnapshotBuilder`.
    let customers: [String]
    /// Orders of customer i: `orders[offsets[i]..<offsets[i + 1]]`.
    let offsets: [Int]
    let orders: [OrderPoint]
    /// Minor units in one unit of the currency (100 for most).
    let minorPerUnit: Double
    /// What they did besides ordering.
    let activity: CustomerActivity
    /// What these data can tell.
    let groups: Set<FeatureGroup>
    /// What `orders` are. Where nobody orders, each is an engagement, worth nothing; they are made from the events, and
    /// the canonical form says only that they are.
    let qualifying: QualifyingEvent

    init(
        customers: [String], offsets: [Int], orders: [OrderPoint], minorPerUnit: Double,
        activity: CustomerActivity = .none, qualifying: QualifyingEvent = .order
    ) {
        self.qualifying = qualifying
        self.customers = customers
        self.offsets = offsets
        self.orders = orders
        self.minorPerUnit = minorPerUnit
        self.activity = activity
        groups = activity.groups.union(Self.groups(orders))
    }

    private static func groups(_ orders: [OrderPoint]) -> Set<FeatureGroup> {
        var found: Set<FeatureGroup> = []
        var days = (first: Int32.max, last: Int32.min)
        for order in orders {
            days = (min(days.first, order.day), max(days.last, order.day))
            if order.channel != .untold { found.insert(.channels) }
        }
        if !orders.isEmpty, days.last - days.first >= SeasonMeasures.neededHistory { found.insert(.seasons) }
        return found
    }

    func orders(of customer: Int) -> ArraySlice<OrderPoint> {
        orders[offsets[customer]..<offsets[customer + 1]]
    }

    /// Real orders.
    func placedOrders(of customer: Int) -> ArraySlice<OrderPoint> {
        qualifying == .order ? orders(of: customer) : []
    }

    /// How many real orders there are.
    var orderCount: Int { qualifying == .order ? orders.count : 0 }

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
            for order in placedOrders(of: index) { builder.add(order, customer: next) }
            for event in activity.events(of: index) { builder.add(event, customer: next) }
            for point in activity.products(of: index) { builder.add(point, customer: next) }
            for point in activity.subscriptions[Int32(index)] ?? [] { builder.add(point, customer: next) }
            next += 1
        }
        builder.hasPayments = activity.hasPayments
        builder.nobodyOrders = qualifying == .engagement
        return builder.finish()
    }
}
