/// What EYES measures about a customer from orders. Raw values are the names on cards, in documents and in catalogues.
///
/// Features that need more than orders (channels, content, messages, subscriptions) join when such data do; with orders
/// alone they are constant or equal to one of these.
public enum Feature: String, Sendable, Codable, CaseIterable {
    case orderCount = "order_count"
    case totalSpend = "total_spend"
    case averageSpend = "avg_spend"
    case spendDeviation = "spend_std"
    case largestOrder = "max_order"
    case lastOrder = "last_order"
    case spend90 = "spend_90"
    case spend365 = "spend_365"
    case refundShare = "refund_share"
    case discountShare = "discount_share"
    case recencyDays = "recency_days"
    case tenureDays = "tenure_days"
    case daysActive = "days_active"
    case ordersPerDay = "events_per_day"
    case orders0to30 = "orders_0_30"
    case orders30to60 = "orders_30_60"
    case orders0to90 = "orders_0_90"
    case orders90to180 = "orders_90_180"
    case orders180to365 = "orders_180_365"
    case gapMean = "gap_mean"
    case gapDeviation = "gap_std"
    case gapMax = "gap_max"
    case gapLast = "gap_last"
    case overdue = "overdue"
    case ordersTrend = "trend_orders"
    case spendingConsistency = "spending_consistency"

    /// The column in a feature matrix.
    var column: Int { Feature.columns[self] ?? 0 }

    private static let columns = Dictionary(uniqueKeysWithValues: zip(Feature.allCases, Feature.allCases.indices))

    /// Non-negative and skewed: log(1 + value) before a model or the "log" scaling sees it.
    var isSkewed: Bool {
        switch self {
        case .refundShare, .discountShare, .ordersTrend, .spendingConsistency: false
        default: true
        }
    }

    /// How the value is written for people.
    var unit: Phrase.Argument.Kind {
        switch self {
        case .totalSpend, .averageSpend, .spendDeviation, .largestOrder, .lastOrder, .spend90, .spend365: .money
        case .recencyDays, .tenureDays, .daysActive, .gapMean, .gapDeviation, .gapMax, .gapLast: .days
        case .refundShare, .discountShare: .percent
        case .overdue, .spendingConsistency, .ordersPerDay: .ratio
        default: .count
        }
    }

    /// Features a churn model may use. spend_365 serves segments and value at risk only.
    static let forModels = Feature.allCases.filter { $0 != .spend365 }
    /// The clusters' "purchase" space.
    static let purchaseSpace: [Feature] = [.recencyDays, .orderCount, .totalSpend]
    /// Features in which segments are described to people.
    static let forProfiles: [Feature] = [
        .recencyDays, .orderCount, .totalSpend, .averageSpend, .tenureDays, .gapMean, .overdue, .orders0to90, .spend90,
        .largestOrder,
    ]
}
