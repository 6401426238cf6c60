/// What a run left out besides the orders and events of usable customers (`OrderExclusions`, `EventExclusions`).
public struct RunExclusions: Sendable, Codable, Equatable {
    /// Of anybody, not before the score time.
    public var futureOrders = 0
    /// Customers who were merged into others, which have their rows.
    public var mergedCustomers = 0
    public var erasedCustomers = 0
    /// Customers who were merged, erased or withdrew while the run computed.
    public var lostMeanwhile = 0

    public init() {}

    enum CodingKeys: String, CodingKey {
        case futureOrders = "future_orders"
        case mergedCustomers = "merged_customers"
        case erasedCustomers = "erased_customers"
        case lostMeanwhile = "lost_meanwhile"
    }
}
