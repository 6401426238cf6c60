/// What EYES measures about a customer. Raw values are the names on cards, in documents and in catalogues.
///
/// Features of orders come first. The others take part only where some source tells such things (`FeatureGroup`); a card
/// names those that were absent.
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
    case recentPace = "pace_30"
    case steadyPace = "pace_120"
    // From the same season of earlier years.
    case seasonOrders = "season_orders"
    case seasonShare = "season_share"
    // From the ways orders came.
    case orderChannels = "order_channels"
    case spendEmail = "spend_email"
    case spendSMS = "spend_sms"
    case spendAds = "spend_ads"
    case spendWeb = "spend_web"
    case spendStore = "spend_store"
    // From ordered products.
    case uniqueProducts = "unique_products"
    case topProductShare = "top_product_share"
    case repeatedShare = "repeated_share"
    case itemsPerOrder = "items_per_order"
    // From events.
    case totalEvents = "total_events"
    case uniqueEventTypes = "unique_event_types"
    case uniqueChannels = "unique_channels"
    case uniqueContent = "unique_content"
    case eventsEmail = "events_email"
    case eventsSMS = "events_sms"
    case eventsWeb = "events_web"
    case eventsAds = "events_ads"
    case spendPerEvent = "spend_per_event"
    case daysSinceLastEvent = "days_since_last_event"
    case events0to7 = "events_0_7"
    case events0to30 = "events_0_30"
    case events30to60 = "events_30_60"
    case eventsTrend = "trend_events"
    case engagementScore = "engagement_score"
    case contentDiversity = "content_diversity"
    case supportContacts90 = "support_contacts_90"
    // From messages.
    case emailClicks90 = "email_clicks_90"
    case emailClickRate90 = "email_click_rate_90"
    case unsubscribedAny = "unsubscribed_any"
    // From payments and subscriptions.
    case paymentFailures90 = "payment_failures_90"
    case hasSubscription = "has_subscription"
    case daysToRenewal = "days_to_renewal"

    /// The column in a feature matrix.
    var column: Int { Feature.columns[self] ?? 0 }

    private static let columns = Dictionary(uniqueKeysWithValues: zip(Feature.allCases, Feature.allCases.indices))

    /// Non-negative and skewed: log(1 + value) before a model or the "log" scaling sees it.
    var isSkewed: Bool {
        switch self {
        case .refundShare, .discountShare, .ordersTrend, .spendingConsistency, .eventsTrend, .contentDiversity,
            .emailClickRate90, .unsubscribedAny, .hasSubscription, .seasonShare, .topProductShare, .repeatedShare:
            false
        default: true
        }
    }

    /// How the value is written for people.
    var unit: Phrase.Argument.Kind {
        switch self {
        case .totalSpend, .averageSpend, .spendDeviation, .largestOrder, .lastOrder, .spend90, .spend365,
            .spendPerEvent, .spendEmail, .spendSMS, .spendAds, .spendWeb, .spendStore:
            .money
        case .recencyDays, .tenureDays, .daysActive, .gapMean, .gapDeviation, .gapMax, .gapLast, .daysSinceLastEvent,
            .daysToRenewal:
            .days
        case .refundShare, .discountShare, .emailClickRate90, .seasonShare, .topProductShare, .repeatedShare:
            .percent
        case .overdue, .spendingConsistency, .recentPace, .steadyPace, .ordersPerDay, .engagementScore,
            .contentDiversity, .itemsPerOrder:
            .ratio
        default: .count
        }
    }

    var group: FeatureGroup {
        switch self {
        case .seasonOrders, .seasonShare: .seasons
        case .orderChannels, .spendEmail, .spendSMS, .spendAds, .spendWeb, .spendStore: .channels
        case .uniqueProducts, .topProductShare, .repeatedShare, .itemsPerOrder: .products
        case .totalEvents, .uniqueEventTypes, .uniqueChannels, .uniqueContent, .eventsEmail, .eventsSMS, .eventsWeb,
            .eventsAds, .spendPerEvent, .daysSinceLastEvent, .events0to7, .events0to30, .events30to60, .eventsTrend,
            .engagementScore, .contentDiversity, .supportContacts90:
            .events
        case .emailClicks90, .emailClickRate90, .unsubscribedAny: .messages
        case .paymentFailures90, .hasSubscription, .daysToRenewal: .billing
        default: .orders
        }
    }

    /// They come first, so that a table of orders alone is as wide as it needs to be.
    static let ofOrders = Feature.allCases.filter { $0.group == .orders }

    /// The columns of a table: up to the last that some source tells.
    static func columns(_ groups: Set<FeatureGroup>) -> ArraySlice<Feature> {
        let last = Feature.allCases.lastIndex { groups.contains($0.group) } ?? ofOrders.count - 1
        return Feature.allCases[...max(last, ofOrders.count - 1)]
    }

    /// Features a churn model may use. spend_365 serves segments and value at risk only.
    static func forModels(_ groups: Set<FeatureGroup>) -> [Feature] {
        Feature.allCases.filter { $0 != .spend365 && groups.contains($0.group) }
    }

    /// Those that no source tells.
    static func absent(_ groups: Set<FeatureGroup>) -> [Feature] {
        Feature.allCases.filter { !groups.contains($0.group) }
    }

    /// The clusters' "purchase" space.
    static let purchaseSpace: [Feature] = [.recencyDays, .orderCount, .totalSpend]
    /// The clusters' "behaviour" space, where events are told.
    static let behaviourSpace: [Feature] = [
        .totalEvents, .uniqueEventTypes, .uniqueChannels, .totalSpend, .averageSpend, .daysActive, .ordersPerDay,
        .engagementScore, .spendingConsistency, .contentDiversity, .recencyDays,
    ]
    /// What a segment's centre is stored in; the purchase space comes first.
    static let centreFeatures = purchaseSpace + behaviourSpace.filter { !purchaseSpace.contains($0) }
    /// Features in which segments are described to people.
    static let forProfiles: [Feature] = [
        .recencyDays, .orderCount, .totalSpend, .averageSpend, .tenureDays, .gapMean, .overdue, .orders0to90, .spend90,
        .largestOrder,
    ]
}
