import Customers
import Foundation
import Records
import Web

extension SquareConnector {
    static func customer(_ record: JSONValue, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("id")?.text else { throw MappingProblem("id") }
        let email = record.at("email_address")?.text
        batch.customers.append(
            CustomerInput(
                externalID: id, email: email, phone: record.at("phone_number")?.text,
                firstName: record.at("given_name")?.text, lastName: record.at("family_name")?.text,
                country: record.at("address.country")?.text,
                region: record.at("address.administrative_district_level_1")?.text,
                sourceCreatedAt: record.at("created_at")?.time, sourceUpdatedAt: record.at("updated_at")?.time))
        guard email != nil, let isOut = record.at("preferences.email_unsubscribed")?.flag else { return }
        batch.consents.append(
            ConsentSignal(
                customerExternalID: id, channel: .email, state: isOut ? .unsubscribed : .subscribed, at: nil,
                evidence: "preferences.email_unsubscribed: \(isOut)"))
    }

    /// One row per variation: this is what has a price.
    static func product(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        let variations = record.at("item_data.variations")?.list ?? []
        if record.at("is_deleted")?.flag == true {
            batch.deletions += variations.compactMap { $0.at("id")?.text }.map { Deletion(.product, $0) }
            return
        }
        guard let title = record.at("item_data.name")?.text else { throw MappingProblem("item_data.name") }
        for variation in variations {
            guard let id = variation.at("id")?.text else { throw MappingProblem("variations.id") }
            let data = variation.at("item_variation_data")
            var product = ProductInput(externalID: id, title: title)
            product.variant = data?.at("name")?.text
            product.sku = data?.at("sku")?.text
            product.priceMinor = data?.at("price_money.amount")?.whole
            product.currency = data?.at("price_money.currency")?.text ?? context.currency
            product.category = record.at("item_data.categories.0.name")?.text
            product.updatedAt = record.at("updated_at")?.time
            batch.products.append(product)
        }
    }

    static func order(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("id")?.text else { throw MappingProblem("id") }
        let state = record.at("state")?.text ?? ""
        if state == "DRAFT" { return batch.skip("draft") }
        guard let total = record.at("total_money.amount")?.whole else { throw MappingProblem("total_money") }
        guard let placed = record.at("created_at")?.time else { throw MappingProblem("created_at") }
        let refunded = refunded(record)
        let status: OrderStatus =
            switch state {
            case "CANCELED": .cancelled
            case _ where refunded >= total && total > 0: .refunded
            case _ where refunded > 0: .partiallyRefunded
            case "OPEN" where record.at("tenders.0") == nil: .open
            default: .paid
            }
        let quantity = (record.at("line_items")?.list ?? []).reduce(0.0) { $0 + ($1.at("quantity")?.number ?? 0) }
        batch.orders.append(
            OrderInput(
                externalID: id, customerExternalID: record.at("customer_id")?.text ?? "order:\(id)", placedAt: placed,
                amountMinor: total, currency: record.at("total_money.currency")?.text ?? context.currency,
                quantity: Int(quantity.rounded(.up)), status: status, refundedMinor: refunded,
                discountMinor: record.at("total_discount_money.amount")?.whole ?? 0,
                number: record.at("reference_id")?.text, taxMinor: record.at("total_tax_money.amount")?.whole ?? 0,
                sourceName: record.at("source.name")?.text, sourceUpdatedAt: record.at("updated_at")?.time,
                lines: lines(record)))
    }

    private static func lines(_ record: JSONValue) -> [OrderLine] {
        (record.at("line_items")?.list ?? []).compactMap { line in
            guard let product = line.firstText("catalog_object_id", "name") else { return nil }
            return OrderLine(
                product: product, quantity: Int((line.at("quantity")?.number ?? 0).rounded(.up)),
                amountMinor: line.at("total_money.amount")?.whole ?? 0)
        }
    }

    private static func refunded(_ record: JSONValue) -> Int64 {
        guard let refunds = record.at("refunds")?.list, !refunds.isEmpty else {
            return record.at("return_amounts.total_money.amount")?.whole ?? 0
        }
        return refunds.filter { !["REJECTED", "FAILED"].contains($0.at("status")?.text ?? "") }
            .reduce(0) { $0 + ($1.at("amount_money.amount")?.whole ?? 0) }
    }

    // MARK: Money

    static func payment(_ record: JSONValue, _ batch: inout CanonicalBatch) throws {
        var payment = try money(record, .charge, record.at("total_money") ?? record.at("amount_money"))
        payment.customerExternalID = record.firstText("customer_id", "buyer_email_address")
        payment.method = record.at("source_type")?.text?.lowercased()
        if let fees = record.at("processing_fee")?.list, !fees.isEmpty {
            let fee = fees.reduce(0) { $0 + ($1.at("amount_money.amount")?.whole ?? 0) }
            payment.feeMinor = fee
            payment.netMinor = payment.amountMinor - fee
        }
        batch.payments.append(payment)
    }

    static func refund(_ record: JSONValue, _ batch: inout CanonicalBatch) throws {
        batch.payments.append(try money(record, .refund, record.at("amount_money")))
    }

    private static func money(
        _ record: JSONValue, _ kind: PaymentInput.Kind, _ value: JSONValue?
    ) throws -> PaymentInput {
        guard let id = record.at("id")?.text else { throw MappingProblem("id") }
        guard let amount = value?.at("amount")?.whole, let currency = value?.at("currency")?.text else {
            throw MappingProblem("amount_money")
        }
        guard let at = record.at("created_at")?.time else { throw MappingProblem("created_at") }
        let states = [
            "COMPLETED": "succeeded", "APPROVED": "pending", "PENDING": "pending", "CANCELED": "cancelled",
            "FAILED": "failed", "REJECTED": "failed",
        ]
        guard let status = states[record.at("status")?.text ?? ""] else { throw MappingProblem("status") }
        var payment = PaymentInput(
            externalID: id, kind: kind, status: status, at: at, amountMinor: amount, currency: currency)
        payment.orderExternalID = record.at("order_id")?.text
        payment.updatedAt = record.at("updated_at")?.time
        return payment
    }

    /// What a plan costs and how often stands in the catalog; only an override stands here. Without one the amount
    /// is not known, and no figure is made up.
    static func subscription(_ record: JSONValue, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("id")?.text else { throw MappingProblem("id") }
        guard let amount = record.at("price_override_money.amount")?.whole,
            let currency = record.at("price_override_money.currency")?.text
        else { return batch.skip("plan_price_unknown") }
        let states = [
            "PENDING": "incomplete", "ACTIVE": "active", "CANCELED": "canceled", "DEACTIVATED": "canceled",
            "PAUSED": "paused",
        ]
        guard let status = states[record.at("status")?.text ?? ""] else { throw MappingProblem("status") }
        var subscription = BillingSubscriptionInput(
            externalID: id, status: status, amountMinor: amount, currency: currency, interval: "month")
        subscription.customerExternalID = record.at("customer_id")?.text
        subscription.plan = record.at("plan_variation_id")?.text
        subscription.startedAt = record.at("start_date")?.time
        subscription.currentPeriodEnd = record.at("charged_through_date")?.time
        subscription.canceledAt = record.at("canceled_date")?.time
        batch.subscriptions.append(subscription)
    }
}
