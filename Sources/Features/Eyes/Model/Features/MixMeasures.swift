import Customers

/// Orders in the coming season of earlier years.
struct SeasonMeasures {
    /// Days between the first and the last order of an organization: one year to look back to at every cut-off, and one
    /// year of cut-offs.
    static let neededHistory: Int32 = 730
    static let year = 365
    static let seasonDays = 90

    private var inSeason = 0.0
    private let count: Double

    /// - Parameter orders: all before the cut-off.
    init(_ orders: ArraySlice<OrderPoint>, cutOff: Int) {
        count = Double(orders.count)
        // [T − 365k, T − 365k + 90) for k = 1, 2, … are the 90 days that follow T, in earlier years.
        for order in orders where (cutOff - Int(order.day) - 1) % Self.year >= Self.year - Self.seasonDays {
            inSeason += 1
        }
    }

    /// Nil for another group's feature.
    func value(of feature: Feature) -> Double? {
        switch feature {
        case .seasonOrders: inSeason
        case .seasonShare: count > 0 ? inSeason / count : 0
        default: nil
        }
    }
}

/// The ways a customer's orders came.
struct ChannelMeasures {
    private var spend = [Int64](repeating: 0, count: OrderChannel.allCases.count)
    private var seen: Set<OrderChannel> = []
    private let unit: Double

    init(_ orders: ArraySlice<OrderPoint>, minorPerUnit: Double) {
        unit = minorPerUnit
        for order in orders where order.channel != .untold {
            spend[Int(order.channel.rawValue)] += order.amountMinor
            seen.insert(order.channel)
        }
    }

    func value(of feature: Feature) -> Double? {
        switch feature {
        case .orderChannels: Double(seen.count)
        case .spendEmail: spend(.email)
        case .spendSMS: spend(.sms)
        case .spendAds: spend(.ads)
        case .spendWeb: spend(.web)
        case .spendStore: spend(.store)
        default: nil
        }
    }

    private func spend(_ channel: OrderChannel) -> Double { Double(spend[Int(channel.rawValue)]) / unit }
}

/// What a customer's orders were of.
struct ProductMeasures {
    private var items = 0.0
    private var orders = 0.0
    private var again = 0.0
    private var byProduct: [UInt32: Double] = [:]

    init(_ points: ArraySlice<ProductPoint>, cutOff: Int) {
        var last: Int64?
        for point in points where Int(point.day) < cutOff {
            if point.at != last { orders += 1 }
            last = point.at
            let quantity = Double(point.quantity)
            items += quantity
            let before = byProduct[point.product]
            if before != nil { again += quantity }
            byProduct[point.product] = (before ?? 0) + quantity
        }
    }

    func value(of feature: Feature) -> Double? {
        switch feature {
        case .uniqueProducts: Double(byProduct.count)
        case .topProductShare: items > 0 ? (byProduct.values.max() ?? 0) / items : 0
        case .repeatedShare: items > 0 ? again / items : 0
        case .itemsPerOrder: orders > 0 ? items / orders : 0
        default: nil
        }
    }
}
