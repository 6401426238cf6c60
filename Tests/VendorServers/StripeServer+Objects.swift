import Foundation
import Web

/// The company's rows as Stripe's objects. Every order was paid with one charge; a cancelled one is a charge that
/// failed; test orders do not show with a live key.
extension StripeServer {
    struct Row {
        let id: String
        /// An event's type, a subscription's status.
        var type = ""
        let created: Date
        /// The object, with these parts expanded.
        let object: (Set<String>) -> JSONValue
    }

    func rows(_ name: String) throws -> [Row] {
        let company = world.company
        switch name {
        case "customers":
            return company.customers.filter { !$0.isDeleted }.map { person in
                Row(id: "cus_\(person.number)", created: person.createdAt) { _ in self.customer(person) }
            }
        case "products":
            return company.products.map { product in
                Row(id: "prod_\(product.number)", created: product.createdAt) { self.product(product, $0) }
            }
        case "charges":
            return paid.map { order in
                Row(id: "ch_\(order.number)", created: order.placedAt) { self.charge(order, $0) }
            }
        case "refunds":
            return paid.filter { $0.refundedMinor > 0 && !$0.isCancelled }.map { order in
                Row(id: "re_\(order.number)", created: order.updatedAt) { self.refund(order, $0) }
            }
        case "disputes":
            return paid.filter { isDisputed($0) }.map { order in
                Row(id: "dp_\(order.number)", created: order.placedAt.addingTimeInterval(600)) {
                    self.dispute(order, $0)
                }
            }
        case "subscriptions":
            return subscribers.map { person in
                Row(
                    id: "sub_\(person.number)", type: isEnded(person) ? "canceled" : "active", created: person.createdAt
                ) { self.subscription(person, $0) }
            }
        case "invoices":
            return subscribers.map { person in
                Row(id: "in_\(person.number)", created: person.createdAt) { _ in self.invoice(person) }
            }
        case "events": return events
        case "balance_transactions": return ledger
        default: throw SheetViolation("no list \(name)")
        }
    }

    private var paid: [SeededCompany.Order] { world.company.orders.filter { !$0.isTest && !$0.isDeleted } }
    private var subscribers: [SeededCompany.Customer] { world.company.customers.filter { $0.number % 5 == 0 } }
    public func isDisputed(_ order: SeededCompany.Order) -> Bool { order.number % 45 == 44 && !order.isCancelled }
    public func isEnded(_ person: SeededCompany.Customer) -> Bool { person.number % 20 == 15 }

    private func seconds(_ date: Date) -> JSONValue { .int(Int64(date.timeIntervalSince1970)) }

    // MARK: Objects

    private func customer(_ person: SeededCompany.Customer) -> JSONValue {
        [
            "id": .string("cus_\(person.number)"), "object": "customer", "email": .string(person.email),
            "name": .string("\(person.firstName) \(person.lastName)"), "phone": .string(person.phone),
            "created": seconds(person.createdAt), "currency": "usd", "delinquent": false, "balance": 0,
            "address": ["country": .string(person.country)], "metadata": .object([]), "livemode": true,
        ]
    }

    private func product(_ product: SeededCompany.Product, _ expanded: Set<String>) -> JSONValue {
        let price: JSONValue = [
            "id": .string("price_\(product.number)"), "object": "price", "unit_amount": .int(product.priceMinor),
            "currency": "usd", "type": "one_time",
        ]
        return [
            "id": .string("prod_\(product.number)"), "object": "product", "name": .string(product.title),
            "active": .bool(product.isActive), "created": seconds(product.createdAt), "livemode": true,
            "default_price": expanded.contains("default_price") ? price : price["id"] ?? .null,
        ]
    }

    public static func fee(_ amount: Int64) -> Int64 { amount * 29 / 1000 + 30 }

    private func charge(_ order: SeededCompany.Order, _ expanded: Set<String>) -> JSONValue {
        let amount = order.totalMinor
        let balance: JSONValue = [
            "id": .string("txn_\(order.number)"), "object": "balance_transaction", "amount": .int(amount),
            "fee": .int(Self.fee(amount)), "net": .int(amount - Self.fee(amount)), "currency": "usd",
        ]
        let failed = order.isCancelled
        return [
            "id": .string("ch_\(order.number)"), "object": "charge", "amount": .int(amount),
            "amount_captured": .int(failed ? 0 : amount), "amount_refunded": .int(order.refundedMinor),
            "currency": "usd", "status": failed ? "failed" : "succeeded", "paid": .bool(!failed),
            "refunded": .bool(order.refundedMinor >= amount), "disputed": .bool(isDisputed(order)),
            "customer": .string("cus_\(order.customer)"), "payment_intent": .string("pi_\(order.number)"),
            "billing_details": ["email": .string(world.company.customer(order.customer).email)],
            "balance_transaction": failed
                ? .null : expanded.contains("balance_transaction") ? balance : balance["id"] ?? .null,
            "failure_code": failed ? "card_declined" : .null, "payment_method_details": ["type": "card"],
            "created": seconds(order.placedAt), "metadata": ["order_id": .string(String(order.number))],
            "livemode": true,
        ]
    }

    private func refund(_ order: SeededCompany.Order, _ expanded: Set<String>) -> JSONValue {
        [
            "id": .string("re_\(order.number)"), "object": "refund", "amount": .int(order.refundedMinor),
            "currency": "usd",
            "charge": expanded.contains("charge") ? charge(order, []) : .string("ch_\(order.number)"),
            "payment_intent": .string("pi_\(order.number)"), "reason": "requested_by_customer", "status": "succeeded",
            "created": seconds(order.updatedAt),
        ]
    }

    private func dispute(_ order: SeededCompany.Order, _ expanded: Set<String>) -> JSONValue {
        [
            "id": .string("dp_\(order.number)"), "object": "dispute", "amount": .int(order.totalMinor),
            "currency": "usd",
            "charge": expanded.contains("charge") ? charge(order, []) : .string("ch_\(order.number)"),
            "status": "needs_response", "reason": "fraudulent", "livemode": true,
            "created": seconds(order.placedAt.addingTimeInterval(600)),
        ]
    }

    /// Twenty dollars a month; every tenth person 120 a year; every fifteenth with a tenth off.
    private func subscription(_ person: SeededCompany.Customer, _ expanded: Set<String>) -> JSONValue {
        let isYearly = person.number % 10 == 0
        let recurring: JSONValue = ["interval": isYearly ? "year" : "month", "interval_count": 1]
        let price: JSONValue = [
            "id": isYearly ? "price_year" : "price_month", "unit_amount": isYearly ? 12_000 : 2000, "currency": "usd",
            "recurring": recurring, "product": "prod_0",
        ]
        let item: JSONValue = [
            "id": .string("si_\(person.number)"), "quantity": 1, "price": price,
            "current_period_start": seconds(person.createdAt),
            "current_period_end": seconds(person.createdAt.addingTimeInterval(30 * 86_400)),
        ]
        let coupon: JSONValue = ["id": "TENTH", "percent_off": 10.0, "duration": "forever"]
        let discount: JSONValue = ["id": "di_1", "object": "discount", "coupon": coupon]
        let ended = isEnded(person)
        return [
            "id": .string("sub_\(person.number)"), "object": "subscription",
            "customer": .string("cus_\(person.number)"), "status": ended ? "canceled" : "active",
            "items": ["object": "list", "data": [item], "has_more": false], "start_date": seconds(person.createdAt),
            "trial_start": .null, "trial_end": .null, "cancel_at": .null, "cancel_at_period_end": false,
            "canceled_at": ended ? seconds(person.updatedAt) : .null,
            "cancellation_details": ["reason": ended ? "cancellation_requested" : .null, "feedback": .null],
            "pause_collection": .null, "currency": "usd", "created": seconds(person.createdAt),
            "discounts": person.number % 15 == 5
                ? [expanded.contains("discounts") ? discount : "di_1"] : [], "metadata": .object([]), "livemode": true,
        ]
    }

    private func invoice(_ person: SeededCompany.Customer) -> JSONValue {
        let details: JSONValue = ["subscription": .string("sub_\(person.number)")]
        return [
            "id": .string("in_\(person.number)"), "object": "invoice", "number": .string("NW-\(person.number)"),
            "customer": .string("cus_\(person.number)"), "customer_email": .string(person.email),
            "status": person.number % 10 == 0 ? "paid" : "open", "total": 2000, "amount_due": 2000, "currency": "usd",
            "billing_reason": "subscription_cycle", "parent": ["subscription_details": details],
            "created": seconds(person.createdAt), "status_transitions": ["paid_at": .null], "livemode": true,
        ]
    }

    // MARK: The feed

    /// Thirty days of it. The copies inside are of the time they were made: amounts before refunds, old names.
    private var events: [Row] {
        let now = world.clock.now()
        var rows: [Row] = []
        func add(_ id: String, _ type: String, _ at: Date, _ object: JSONValue) {
            guard at > now.addingTimeInterval(-30 * 86_400) else { return }
            rows.append(
                Row(id: "evt_\(id)", type: type, created: at) { _ in
                    [
                        "id": .string("evt_\(id)"), "object": "event", "type": .string(type),
                        "created": self.seconds(at),
                        "livemode": true, "data": ["object": object],
                    ]
                })
        }
        for order in paid {
            var before = order
            before.refundedMinor = 0
            add(
                "ch_\(order.number)", order.isCancelled ? "charge.failed" : "charge.succeeded", order.placedAt,
                charge(before, []))
            if order.refundedMinor > 0, !order.isCancelled {
                add("re_\(order.number)", "refund.created", order.updatedAt, refund(order, []))
                add("rf_\(order.number)", "charge.refunded", order.updatedAt, charge(order, []))
            }
        }
        for person in world.company.customers {
            let old: JSONValue = ["id": .string("cus_\(person.number)"), "object": "customer", "name": "Old Name"]
            add("cc_\(person.number)", "customer.created", person.createdAt, old)
            guard person.updatedAt > person.createdAt else { continue }
            add(
                "cu_\(person.number)", person.isDeleted ? "customer.deleted" : "customer.updated", person.updatedAt, old
            )
        }
        for person in subscribers {
            add("sc_\(person.number)", "customer.subscription.created", person.createdAt, subscription(person, []))
            guard isEnded(person) else { continue }
            add("sd_\(person.number)", "customer.subscription.deleted", person.updatedAt, subscription(person, []))
        }
        return rows
    }
}
