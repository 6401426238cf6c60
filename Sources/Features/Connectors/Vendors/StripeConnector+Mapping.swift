import Customers
import Foundation
import Records
import Web

extension StripeConnector {
    // MARK: The feed

    static func event(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("id")?.text, let type = record.at("type")?.text,
            let at = record.at("created")?.secondsTime
        else { throw MappingProblem("type") }
        let object = record.at("data.object") ?? .null
        if type == "customer.deleted", let gone = object.at("id")?.text {
            batch.deletions.append(Deletion(.customer, gone))
        }
        if let present = record.at("_object") { try map(present, context, &batch) }
        guard
            let word = [
                "charge.failed": "payment_failed", "customer.subscription.created": "subscription_started",
                "customer.subscription.deleted": "subscription_canceled",
                "charge.dispute.created": "custom:dispute_opened",
            ][type]
        else { return }
        batch.events.append(
            EventInput(
                externalID: id, type: word, at: at, customerExternalID: reference(object.at("customer")),
                contentID: object.at("id")?.text, valueMinor: object.at("amount")?.whole,
                currency: object.at("currency")?.text?.uppercased()))
    }

    private static func map(_ object: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        switch object.at("object")?.text {
        case "customer": try customer(object, &batch)
        case "charge": try charge(object, &batch)
        case "refund": try refund(object, &batch)
        case "dispute": try dispute(object, &batch)
        case "subscription": try subscription(object, context, &batch)
        case "invoice": try invoice(object, &batch)
        default: break
        }
    }

    /// An id, also where the whole object stands in its place.
    private static func reference(_ value: JSONValue?) -> String? { value?.text ?? value?.at("id")?.text }

    // MARK: People and goods

    static func customer(_ record: JSONValue, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("id")?.text else { throw MappingProblem("id") }
        if record.at("deleted")?.flag == true { return batch.deletions.append(Deletion(.customer, id)) }
        let names = (record.at("name")?.text ?? "").split(separator: " ", maxSplits: 1).map(String.init)
        batch.customers.append(
            CustomerInput(
                externalID: id, email: record.at("email")?.text, phone: record.at("phone")?.text,
                firstName: names.first, lastName: names.count > 1 ? names[1] : nil,
                country: record.at("address.country")?.text, sourceCreatedAt: record.at("created")?.secondsTime))
    }

    static func product(_ record: JSONValue, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("id")?.text, let title = record.at("name")?.text else { throw MappingProblem("name") }
        var product = ProductInput(
            externalID: id, title: title, status: record.at("active")?.flag == false ? "archived" : "active")
        product.priceMinor = record.at("default_price.unit_amount")?.whole
        product.currency = record.at("default_price.currency")?.text?.uppercased()
        batch.products.append(product)
    }

    // MARK: Money

    static func charge(_ record: JSONValue, _ batch: inout CanonicalBatch) throws {
        let amount = record.at("amount")?.whole ?? 0
        // Authorised and not taken yet.
        let isHeld = record.at("amount_captured")?.whole == 0 && amount > 0
        let word = record.at("status")?.text ?? ""
        var payment = try payment(record, .charge, status: isHeld && word == "succeeded" ? "pending" : word)
        if let captured = record.at("amount_captured")?.whole, captured > 0 { payment.amountMinor = captured }
        payment.customerExternalID =
            reference(record.at("customer"))
            ?? record.firstText("billing_details.email", "receipt_email")
        payment.method = record.at("payment_method_details.type")?.text
        payment.feeMinor = record.at("balance_transaction.fee")?.whole
        payment.netMinor = record.at("balance_transaction.net")?.whole
        payment.orderExternalID = record.at("metadata.order_id")?.text
        batch.payments.append(payment)
    }

    static func refund(_ record: JSONValue, _ batch: inout CanonicalBatch) throws {
        let states = ["requires_action": "pending", "canceled": "cancelled"]
        let word = record.at("status")?.text ?? "succeeded"
        var payment = try payment(record, .refund, status: states[word] ?? word)
        payment.customerExternalID = reference(record.at("charge.customer"))
        payment.orderExternalID = record.at("charge.metadata.order_id")?.text
        batch.payments.append(payment)
    }

    static func dispute(_ record: JSONValue, _ batch: inout CanonicalBatch) throws {
        let states = ["lost": "succeeded", "won": "cancelled", "warning_closed": "cancelled"]
        var payment = try payment(record, .dispute, status: states[record.at("status")?.text ?? ""] ?? "pending")
        payment.customerExternalID = reference(record.at("charge.customer"))
        payment.orderExternalID = record.at("charge.metadata.order_id")?.text
        batch.payments.append(payment)
    }

    private static func payment(_ record: JSONValue, _ kind: PaymentInput.Kind, status: String) throws -> PaymentInput {
        guard let id = record.at("id")?.text else { throw MappingProblem("id") }
        guard let amount = record.at("amount")?.whole else { throw MappingProblem("amount") }
        guard let currency = record.at("currency")?.text else { throw MappingProblem("currency") }
        guard let at = record.at("created")?.secondsTime else { throw MappingProblem("created") }
        guard ["succeeded", "pending", "failed", "cancelled"].contains(status) else {
            throw MappingProblem("status", "unknown: \(status)")
        }
        return PaymentInput(
            externalID: id, kind: kind, status: status, at: at, amountMinor: amount, currency: currency.uppercased())
    }

    /// An invoice is something that happened between the shop and a person; the money in it is a charge.
    static func invoice(_ record: JSONValue, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("id")?.text else { throw MappingProblem("id") }
        guard let status = record.at("status")?.text, status != "draft" else { return batch.skip("draft_invoice") }
        guard let at = record.at("status_transitions.paid_at")?.secondsTime ?? record.at("created")?.secondsTime else {
            throw MappingProblem("created")
        }
        let subscription =
            reference(record.at("parent.subscription_details.subscription"))
            ?? reference(record.at("subscription"))
        batch.events.append(
            EventInput(
                externalID: id, type: "custom:invoice_\(status)", at: at,
                customerExternalID: reference(record.at("customer")) ?? record.at("customer_email")?.text,
                contentID: subscription, valueMinor: record.at("total")?.whole,
                currency: record.at("currency")?.text?.uppercased()))
    }

    // MARK: Subscriptions

    static func subscription(
        _ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch
    ) throws {
        guard let id = record.at("id")?.text else { throw MappingProblem("id") }
        let items = record.at("items.data")?.list ?? []
        guard let first = items.first else { throw MappingProblem("items") }
        let states = [
            "unpaid": "past_due", "incomplete_expired": "canceled", "trialing": "trialing", "active": "active",
            "past_due": "past_due", "canceled": "canceled", "incomplete": "incomplete", "paused": "paused",
        ]
        guard var status = states[record.at("status")?.text ?? ""] else { throw MappingProblem("status") }
        if status == "active", record.at("pause_collection")?.isObject == true { status = "paused" }
        let currency = record.firstText("currency", "items.data.0.price.currency") ?? context.currency
        var subscription = BillingSubscriptionInput(
            externalID: id, status: status, amountMinor: items.reduce(0) { $0 + amount($1) },
            currency: currency.uppercased(),
            interval: first.firstText("price.recurring.interval", "plan.interval") ?? "month")
        subscription.customerExternalID = reference(record.at("customer"))
        subscription.plan = first.firstText("price.nickname", "price.id", "plan.id")
        subscription.mrrMinor = status == "active" || status == "past_due" ? monthly(record, items) : 0
        subscription.startedAt = record.at("start_date")?.secondsTime
        subscription.trialEnd = record.at("trial_end")?.secondsTime
        // On the items since 2025, before that on the subscription.
        subscription.currentPeriodEnd =
            items.compactMap { $0.at("current_period_end")?.secondsTime }.max()
            ?? record.at("current_period_end")?.secondsTime
        subscription.cancelAt =
            record.at("cancel_at")?.secondsTime
            ?? (record.at("cancel_at_period_end")?.flag == true ? subscription.currentPeriodEnd : nil)
        subscription.canceledAt = record.at("canceled_at")?.secondsTime
        subscription.cancelReason = record.firstText("cancellation_details.feedback", "cancellation_details.reason")
        batch.subscriptions.append(subscription)
    }

    private static func amount(_ item: JSONValue) -> Int64 {
        let unit = item.at("price.unit_amount")?.whole ?? item.at("plan.amount")?.whole ?? 0
        return unit * (item.at("quantity")?.whole ?? 1)
    }

    /// How many of an item's periods make a month.
    private static func periodsPerMonth(_ item: JSONValue) -> Double {
        let count = max(
            1, item.at("price.recurring.interval_count")?.number ?? item.at("plan.interval_count")?.number ?? 1)
        switch item.firstText("price.recurring.interval", "plan.interval") {
        case "year": return 1 / (12 * count)
        case "week": return 52 / 12 / count
        case "day": return 365 / 12 / count
        default: return 1 / count
        }
    }

    /// The month's worth of all items less the discounts that go on.
    private static func monthly(_ record: JSONValue, _ items: [JSONValue]) -> Int64 {
        var sum = items.reduce(0.0) { $0 + Double(amount($1)) * periodsPerMonth($1) }
        let discounts = (record.at("discounts")?.list ?? []) + [record.at("discount")].compactMap(\.self)
        for discount in discounts {
            guard let coupon = discount.at("coupon") ?? discount.at("source.coupon"), coupon.isObject,
                coupon.at("duration")?.text != "once"
            else { continue }
            if let percent = coupon.at("percent_off")?.number { sum *= 1 - percent / 100 }
            if let off = coupon.at("amount_off")?.number, let first = items.first {
                sum -= off * periodsPerMonth(first)
            }
        }
        return Int64(max(0, sum).rounded())
    }
}
