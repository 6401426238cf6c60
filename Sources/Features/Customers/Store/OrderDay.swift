import BSON
import Foundation
import Tenancy

/// One day of the organization's orders, in its own zone and currency: what charts and tiles read.
struct OrderDay: TenantDocument, Codable, Equatable {
    var id: String
    /// `YYYY-MM-DD` in the organization's zone.
    var day: String
    var timeZone: String
    var currency: String
    var orders: Int64
    var revenueMinor: Int64
    var refundedMinor: Int64
    /// Customers whose first order fell on this day.
    var newCustomers: Int64
    /// Orders left out of the sums.
    var unconverted: Int64
    var test: Int64
    var cancelled: Int64

    static let spec = CollectionSpec(
        "order_days",
        indexes: [IndexSpec("day", [("day", 1)], unique: true)],
        validator: .schema(
            required: ["day", "time_zone", "currency", "orders", "revenue_minor"],
            properties: ["day": ["bsonType": "string", "minLength": 10, "maxLength": 10]]))

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case day, currency, orders, unconverted, test, cancelled
        case timeZone = "time_zone"
        case revenueMinor = "revenue_minor"
        case refundedMinor = "refunded_minor"
        case newCustomers = "new_customers"
    }
}
