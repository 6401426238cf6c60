import Customers
import Foundation

/// Everything the demo shop's systems would hand over, before it is written anywhere.
public struct DemoShop: Sendable, Equatable {
    /// One customer with all that belongs to them.
    public struct Customer: Sendable, Equatable {
        public let kind: DemoKind
        public let details: CustomerInput
        public let orders: [OrderInput]
        public let consents: [ConsentInput]
    }

    public let customers: [Customer]
    /// Sales beside the shop, to be imported as a file.
    public let marketFile: String

    public var orderCount: Int { customers.reduce(0) { $0 + $1.orders.count } }

    /// Batches of whole customers with about `orders` orders each, the size the writer likes.
    public func batches(orders: Int = 1_000) -> [WriteBatch] {
        var result: [WriteBatch] = []
        var batch = WriteBatch()
        for customer in customers {
            batch.customers.append(customer.details)
            batch.orders += customer.orders
            batch.consents += customer.consents
            if batch.orders.count >= orders || batch.customers.count >= orders {
                result.append(batch)
                batch = WriteBatch()
            }
        }
        if !batch.customers.isEmpty { result.append(batch) }
        return result
    }
}
