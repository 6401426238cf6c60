import Customers
import Foundation
import Records
import Web

extension MagentoConnector {
    static func customer(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("id")?.text else { throw MappingProblem("id") }
        let address =
            (record.at("addresses")?.list ?? []).first { $0.at("default_billing")?.flag == true }
            ?? record.at("addresses.0")
        let changed = record.at("updated_at")?.time
        batch.customers.append(
            CustomerInput(
                externalID: id, email: record.at("email")?.text, phone: address?.at("telephone")?.text,
                firstName: record.at("firstname")?.text, lastName: record.at("lastname")?.text,
                country: address?.at("country_id")?.text, region: address?.at("region.region")?.text,
                sourceCreatedAt: record.at("created_at")?.time, sourceUpdatedAt: changed))
        // The flag has no time of its own: the customer's last change stands for it.
        guard let isSubscribed = record.at("extension_attributes.is_subscribed")?.flag else { return }
        batch.consents.append(
            ConsentSignal(
                customerExternalID: id, channel: .email, state: isSubscribed ? .subscribed : .unsubscribed, at: changed,
                evidence: "is_subscribed: \(isSubscribed)"))
    }

    static func product(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("id")?.text else { throw MappingProblem("id") }
        guard let sku = record.at("sku")?.text else { throw MappingProblem("sku") }
        var product = ProductInput(
            externalID: id, title: record.at("name")?.text ?? sku,
            status: record.at("status")?.whole == 1 ? "active" : "draft")
        product.sku = sku
        product.priceMinor = Amount.major(record.at("price"), context.currency)
        let cost = (record.at("custom_attributes")?.list ?? []).first { $0.at("attribute_code")?.text == "cost" }
        product.costMinor = Amount.major(cost?.at("value"), context.currency)
        product.currency = context.currency
        product.stock = record.at("extension_attributes.stock_item.qty")?.number.map { Int64($0.rounded(.down)) }
        product.updatedAt = record.at("updated_at")?.time
        batch.products.append(product)
    }

    static func order(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("entity_id")?.text else { throw MappingProblem("entity_id") }
        let currency = record.at("order_currency_code")?.text ?? context.currency
        guard let total = Amount.major(record.at("grand_total"), currency) else { throw MappingProblem("grand_total") }
        guard let placed = record.at("created_at")?.time else { throw MappingProblem("created_at") }
        let refunded = Amount.major(record.at("total_refunded"), currency) ?? 0
        let person = record.at("customer_id")?.text ?? record.at("customer_email")?.text ?? "order:\(id)"
        batch.orders.append(
            OrderInput(
                externalID: id, customerExternalID: person, placedAt: placed, amountMinor: total, currency: currency,
                quantity: quantity(record), status: status(record, total: total, refunded: refunded),
                refundedMinor: refunded, discountMinor: abs(Amount.major(record.at("discount_amount"), currency) ?? 0),
                number: record.at("increment_id")?.text, taxMinor: Amount.major(record.at("tax_amount"), currency) ?? 0,
                shippingMinor: Amount.major(record.at("shipping_amount"), currency) ?? 0,
                sourceUpdatedAt: record.at("updated_at")?.time, lines: lines(record, currency)))
        guard record.at("customer_id") == nil, let email = record.at("customer_email")?.text else { return }
        batch.customers.append(
            CustomerInput(
                externalID: person, email: email, phone: record.at("billing_address.telephone")?.text,
                firstName: record.firstText("customer_firstname", "billing_address.firstname"),
                lastName: record.firstText("customer_lastname", "billing_address.lastname"),
                country: record.at("billing_address.country_id")?.text, sourceUpdatedAt: placed))
    }

    /// A configurable product is a line of its own and one more of its variant: only the first counts.
    private static func quantity(_ record: JSONValue) -> Int {
        Int(items(record).reduce(0) { $0 + ($1.at("qty_ordered")?.number ?? 0) }.rounded())
    }

    private static func items(_ record: JSONValue) -> [JSONValue] {
        (record.at("items")?.list ?? []).filter { $0.at("parent_item_id") == nil }
    }

    private static func lines(_ record: JSONValue, _ currency: String) -> [OrderLine] {
        items(record).compactMap { item in
            guard let product = item.firstText("product_id", "sku") else { return nil }
            let less = abs(Amount.major(item.at("discount_amount"), currency) ?? 0)
            return OrderLine(
                product: product, quantity: Int((item.at("qty_ordered")?.number ?? 0).rounded(.up)),
                amountMinor: max(0, (Amount.major(item.at("row_total"), currency) ?? 0) - less))
        }
    }

    private static func status(_ record: JSONValue, total: Int64, refunded: Int64) -> OrderStatus {
        let state = record.at("state")?.text
        if state == "canceled" { return .cancelled }
        if refunded > 0 { return refunded >= total ? .refunded : .partiallyRefunded }
        return ["processing", "complete", "closed"].contains(state) ? .paid : .open
    }

    /// Amounts in the shop's own currency; the list does not tell another.
    static func refund(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("entity_id")?.text else { throw MappingProblem("entity_id") }
        guard let amount = Amount.major(record.at("base_grand_total") ?? record.at("grand_total"), context.currency)
        else {
            throw MappingProblem("base_grand_total")
        }
        guard let at = record.at("created_at")?.time else { throw MappingProblem("created_at") }
        let states: [Int64: String] = [1: "pending", 2: "succeeded", 3: "cancelled"]
        var payment = PaymentInput(
            externalID: "creditmemo:\(id)", kind: .refund,
            status: states[record.at("state")?.whole ?? 2] ?? "succeeded", at: at, amountMinor: abs(amount),
            currency: context.currency)
        payment.orderExternalID = record.at("order_id")?.text
        payment.updatedAt = record.at("updated_at")?.time
        batch.payments.append(payment)
    }
}
