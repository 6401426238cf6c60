import Customers
import Foundation

extension ParsedRow {
    var order: OrderInput {
        let isRefunded = refundedMinor > 0
        let status: OrderStatus = !isRefunded ? .paid : refundedMinor >= amountMinor ? .refunded : .partiallyRefunded
        return OrderInput(
            externalID: externalID, customerExternalID: customer, placedAt: Self.date(placedAt),
            amountMinor: amountMinor, currency: currency, quantity: quantity, status: status,
            refundedMinor: refundedMinor, lines: lines)
    }

    /// An entry a purpose, given when the row happened; without an end it holds for the standard time.
    var consents: [ConsentInput] {
        purposes.map { purpose in
            ConsentInput(
                customerExternalID: customer, purpose: purpose, collectedAt: Self.date(placedAt),
                expiresAt: consentExpiry.map(Self.date), source: "import")
        }
    }

    private static func date(_ milliseconds: Int64) -> Date {
        Date(timeIntervalSince1970: Double(milliseconds) / 1000)
    }
}
