/// Features that say the same thing to people. A reason is the sum of its group's parts, so that two entangled features
/// with opposite weights do not show up as two contradicting reasons.
public enum ReasonGroup: String, Sendable, Codable, CaseIterable {
    case recency
    case rhythm
    case frequency
    case spend
    case tenure
    // After the first five, so that rows stored with five parts still read.
    case engagement
    case messages
    case billing
    case season, channels, products

    /// Rows of scores hold at least these parts; later ones only where they say something.
    static let always = 8

    init(_ feature: Feature) {
        switch feature {
        case .recencyDays, .overdue: self = .recency
        case .gapMean, .gapDeviation, .gapMax, .gapLast: self = .rhythm
        case .orderCount, .orders0to30, .orders30to60, .orders0to90, .orders90to180, .orders180to365, .ordersTrend,
            .recentPace, .steadyPace:
            self = .frequency
        case .totalSpend, .averageSpend, .spendDeviation, .largestOrder, .lastOrder, .spend90, .spend365, .refundShare,
            .discountShare, .spendingConsistency:
            self = .spend
        case .tenureDays, .daysActive, .ordersPerDay: self = .tenure
        case .totalEvents, .uniqueEventTypes, .uniqueChannels, .uniqueContent, .eventsEmail, .eventsSMS, .eventsWeb,
            .eventsAds, .spendPerEvent, .daysSinceLastEvent, .events0to7, .events0to30, .events30to60, .eventsTrend,
            .engagementScore, .contentDiversity:
            self = .engagement
        case .emailClicks90, .emailClickRate90, .unsubscribedAny, .supportContacts90: self = .messages
        case .paymentFailures90, .hasSubscription, .daysToRenewal: self = .billing
        case .seasonOrders, .seasonShare: self = .season
        case .orderChannels, .spendEmail, .spendSMS, .spendAds, .spendWeb, .spendStore: self = .channels
        case .uniqueProducts, .topProductShare, .repeatedShare, .itemsPerOrder: self = .products
        }
    }

    var index: Int { ReasonGroup.allCases.firstIndex(of: self) ?? 0 }
}

/// The handful of figures that the words of a reason need.
public struct ReasonFacts: Sendable, Codable, Equatable {
    public let recencyDays: Double
    public let usualGap: Double
    public let lastGap: Double
    public let orderCount: Double
    public let orders90: Double
    public let ordersBefore90: Double
    public let totalMinor: Double
    public let averageMinor: Double
    public let lastMinor: Double
    public let tenureDays: Double
    // 0 in rows from before these were kept.
    public let events30: Double
    public let eventsBefore30: Double
    public let clicks90: Double
    public let supportContacts: Double
    public let paymentFailures: Double
    public let seasonOrders: Double
    public let orderChannels: Double
    public let uniqueProducts: Double
    public let itemsPerOrder: Double

    /// Rows hold at least these figures; later ones only where they say something.
    private static let always = 15

    init(_ table: FeatureTable, row: Int, minorPerUnit: Double) {
        func value(_ feature: Feature) -> Double { table.value(feature, row: row) }
        recencyDays = value(.recencyDays)
        usualGap = value(.gapMean)
        lastGap = value(.gapLast)
        orderCount = value(.orderCount)
        orders90 = value(.orders0to90)
        ordersBefore90 = value(.orders90to180)
        totalMinor = (value(.totalSpend) * minorPerUnit).rounded()
        averageMinor = (value(.averageSpend) * minorPerUnit).rounded()
        lastMinor = (value(.lastOrder) * minorPerUnit).rounded()
        tenureDays = value(.tenureDays)
        events30 = value(.events0to30)
        eventsBefore30 = value(.events30to60)
        clicks90 = value(.emailClicks90)
        supportContacts = value(.supportContacts90)
        paymentFailures = value(.paymentFailures90)
        seasonOrders = value(.seasonOrders)
        orderChannels = value(.orderChannels)
        uniqueProducts = value(.uniqueProducts)
        itemsPerOrder = value(.itemsPerOrder)
    }

    /// From a stored row, in the order of `stored`.
    init?(stored values: [Double]) {
        guard values.count >= 10 else { return nil }
        func later(_ place: Int) -> Double { values.indices.contains(place) ? values[place] : 0 }
        recencyDays = values[0]
        usualGap = values[1]
        lastGap = values[2]
        orderCount = values[3]
        orders90 = values[4]
        ordersBefore90 = values[5]
        totalMinor = values[6]
        averageMinor = values[7]
        lastMinor = values[8]
        tenureDays = values[9]
        events30 = later(10)
        eventsBefore30 = later(11)
        clicks90 = later(12)
        supportContacts = later(13)
        paymentFailures = later(14)
        seasonOrders = later(15)
        orderChannels = later(16)
        uniqueProducts = later(17)
        itemsPerOrder = later(18)
    }

    var stored: [Double] {
        [
            recencyDays, usualGap, lastGap, orderCount, orders90, ordersBefore90, totalMinor, averageMinor, lastMinor,
            tenureDays, events30, eventsBefore30, clicks90, supportContacts, paymentFailures,
            seasonOrders, orderChannels, uniqueProducts, itemsPerOrder,
        ].withoutTrailingZeros(keeping: Self.always)
    }

    /// The group's facts in shop words.
    public func phrase(_ group: ReasonGroup) -> Phrase {
        let isSingle = orderCount <= 1
        switch group {
        case .recency:
            if isSingle { return Phrase("recency_single", [Phrase.days("days", recencyDays)]) }
            return Phrase("recency", [Phrase.days("days", recencyDays), Phrase.days("usual", usualGap)])
        case .rhythm:
            if isSingle { return Phrase("rhythm_single") }
            return Phrase("rhythm", [Phrase.days("usual", usualGap), Phrase.days("last", lastGap)])
        case .frequency:
            return Phrase(
                "frequency", [Phrase.count("recent", orders90), Phrase.count("before", ordersBefore90)])
        case .spend:
            return Phrase("spend", [Phrase.money("total", totalMinor), Phrase.money("average", averageMinor)])
        case .tenure:
            return Phrase("tenure", [Phrase.days("days", tenureDays), Phrase.count("orders", orderCount)])
        case .engagement:
            return Phrase(
                "engagement", [Phrase.count("recent", events30), Phrase.count("before", eventsBefore30)])
        case .messages:
            return Phrase(
                "messages", [Phrase.count("clicks", clicks90), Phrase.count("contacts", supportContacts)])
        case .billing: return Phrase("billing", [Phrase.count("failures", paymentFailures)])
        case .season: return Phrase("season", [Phrase.count("orders", seasonOrders)])
        case .channels: return Phrase("channels", [Phrase.count("channels", orderChannels)])
        case .products:
            return Phrase(
                "products", [Phrase.count("products", uniqueProducts), Phrase.count("items", itemsPerOrder)])
        }
    }
}

extension [Double] {
    /// As they are stored: what is zero at the end says nothing.
    func withoutTrailingZeros(keeping least: Int) -> [Double] {
        let last = lastIndex { $0 != 0 } ?? -1
        return Array(prefix(Swift.max(least, last + 1)))
    }
}

/// A signed part of a score, in log-odds of not ordering.
public struct ScoreReason: Sendable, Equatable {
    public let group: ReasonGroup
    public let part: Double
    public let phrase: Phrase
}
