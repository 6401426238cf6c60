import Foundation
import Web

extension StripeServer {
    /// Every movement of the balance: charges when they were paid, refunds when they were given. A charge that failed
    /// moved nothing.
    var ledger: [Row] {
        let orders = world.company.orders.filter { !$0.isTest && !$0.isDeleted && !$0.isCancelled }
        let charges = orders.map { order in
            entry("txn_\(order.number)", "charge", "ch_\(order.number)", order.totalMinor, at: order.placedAt)
        }
        let refunds = orders.filter { $0.refundedMinor > 0 }.map { order in
            entry("txn_r\(order.number)", "refund", "re_\(order.number)", -order.refundedMinor, at: order.updatedAt)
        }
        return charges + refunds
    }

    private func entry(_ id: String, _ type: String, _ source: String, _ amount: Int64, at: Date) -> Row {
        let fee = amount > 0 ? Self.fee(amount) : 0
        return Row(id: id, type: type, created: at) { _ in
            [
                "id": .string(id), "object": "balance_transaction", "amount": .int(amount), "fee": .int(fee),
                "net": .int(amount - fee), "currency": "usd", "type": .string(type), "source": .string(source),
                "created": .int(Int64(at.timeIntervalSince1970)),
                "available_on": .int(Int64(at.timeIntervalSince1970) + 172_800),
            ]
        }
    }
}
