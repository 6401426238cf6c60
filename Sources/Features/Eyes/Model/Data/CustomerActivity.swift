/// What customers did besides ordering, in the order of a snapshot's customers.
struct CustomerActivity: Sendable, Equatable {
    /// Events of customer i: `events[offsets[i]..<offsets[i + 1]]`; empty offsets mean nobody has any.
    var offsets: [Int] = []
    /// Oldest first within a customer.
    var events: [EventPoint] = []
    var subscriptions: [Int32: [SubscriptionPoint]] = [:]
    /// Ordered products of customer i: `products[productOffsets[i]..<productOffsets[i + 1]]`; empty offsets mean that no
    /// source tells.
    var productOffsets: [Int] = []
    /// Oldest first within a customer.
    var products: [ProductPoint] = []
    /// Some source tells payments, so that no failed one is a fact.
    var hasPayments = false

    static let none = CustomerActivity()

    func events(of customer: Int) -> ArraySlice<EventPoint> {
        offsets.isEmpty ? [] : events[offsets[customer]..<offsets[customer + 1]]
    }

    func products(of customer: Int) -> ArraySlice<ProductPoint> {
        productOffsets.isEmpty ? [] : products[productOffsets[customer]..<productOffsets[customer + 1]]
    }

    /// Groups of features that these data can give.
    var groups: Set<FeatureGroup> {
        var found: Set<FeatureGroup> = [.orders]
        if events.contains(where: \.kind.isOwn) { found.insert(.events) }
        if events.contains(where: { $0.kind == .emailClick || $0.kind == .emailDelivered }) { found.insert(.messages) }
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
