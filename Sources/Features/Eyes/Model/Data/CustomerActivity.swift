/// What customers did besides ordering, in the order of a snapshot's customers.
struct CustomerActivity: Sendable, Equatable {
    /// Oldest first within a customer.
    var events = RowsByCustomer<EventPoint>()
    var subscriptions: [Int32: [SubscriptionPoint]] = [:]
    /// Ordered products, oldest first within a customer; nobody has any where no source tells.
    var products = RowsByCustomer<ProductPoint>()
    /// Some source tells payments, so that no failed one is a fact.
    var hasPayments = false

    static let none = CustomerActivity()

    func events(of customer: Int) -> ArraySlice<EventPoint> {
        events.of(customer)
    }

    func products(of customer: Int) -> ArraySlice<ProductPoint> {
        products.of(customer)
    }

    /// Groups of features that these data can give.
    var groups: Set<FeatureGroup> {
        var found: Set<FeatureGroup> = [.orders]
        if events.rows.contains(where: \.kind.isOwn) { found.insert(.events) }
        if events.rows.contains(where: { $0.kind == .emailClick || $0.kind == .emailDelivered }) {
            found.insert(.messages)
        }
        if hasPayments || !subscriptions.isEmpty { found.insert(.billing) }
        if !products.isEmpty { found.insert(.products) }
        return found
    }
}

/// Features by what they are made from.
public enum FeatureGroup: String, Sendable, Codable, CaseIterable {
    case orders
    /// Two years of orders: one to look back to, one to learn from.
    case seasons
    /// Ways that orders came.
    case channels
    /// What was ordered.
    case products
    case events, messages, billing

    /// Tells of something besides orders.
    var isOfActivity: Bool { self == .events || self == .messages || self == .billing }
}
