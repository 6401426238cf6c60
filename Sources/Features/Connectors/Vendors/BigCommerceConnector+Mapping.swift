import Customers
import Foundation
import Records
import Web

extension BigCommerceConnector {
    static func customer(_ record: JSONValue, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("id")?.text else { throw MappingProblem("id") }
        let address = record.at("addresses.0")
        batch.customers.append(
            CustomerInput(
                externalID: id, email: record.at("email")?.text,
                phone: record.at("phone")?.text ?? address?.at("phone")?.text,
                firstName: record.at("first_name")?.text, lastName: record.at("last_name")?.text,
                country: address?.at("country_code")?.text, region: address?.at("state_or_province")?.text,
                sourceCreatedAt: record.at("date_created")?.time, sourceUpdatedAt: record.at("date_modified")?.time))
    }

    /// Whoever is no customer yet is a person by the address.
    static func subscriber(_ record: JSONValue, _ batch: inout CanonicalBatch) throws {
        guard let email = record.at("email")?.text else { throw MappingProblem("email") }
        let customer = record.at("_customer_id")?.text
        if customer == nil {
            batch.customers.append(
                CustomerInput(
                    externalID: email, email: email, firstName: record.at("first_name")?.text,
                    lastName: record.at("last_name")?.text))
        }
        batch.consents.append(
            ConsentSignal(
                customerExternalID: customer ?? email, channel: .email, state: .subscribed,
                at: record.at("date_modified")?.time ?? record.at("date_created")?.time,
                evidence: "newsletter subscriber \(record.at("id")?.text ?? "")"))
    }

    static func order(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("id")?.text else { throw MappingProblem("id") }
        guard let state = record.at("status_id")?.whole else { throw MappingProblem("status_id") }
        // An abandoned checkout, not an order.
        if state == 0 { return batch.skip("incomplete") }
        if record.at("is_deleted")?.flag == true { return batch.deletions.append(Deletion(.order, id)) }
        let currency = record.firstText("currency_code", "default_currency_code") ?? context.currency
        guard let total = Amount.major(record.at("total_inc_tax"), currency) else {
            throw MappingProblem("total_inc_tax")
        }
        guard let placed = record.at("date_created")?.time else { throw MappingProblem("date_created") }
        let customer = record.at("customer_id")?.text.flatMap { $0 == "0" ? nil : $0 }
        func amount(_ name: String) -> Int64 { Amount.major(record.at(name), currency) ?? 0 }
        let told = amount("refunded_amount")
        let refunded = state == 4 && told == 0 ? total : told
        var order = OrderInput(
            externalID: id,
            customerExternalID: customer ?? record.at("billing_address.email")?.text ?? "order:\(id)",
            placedAt: placed, amountMinor: total, currency: currency,
            quantity: max(1, Int(clamping: record.at("items_total")?.whole ?? 1)),
            status: status(state, refunded: refunded, total: total), refundedMinor: refunded,
            discountMinor: amount("discount_amount") + amount("coupon_discount"), number: "#\(id)",
            taxMinor: amount("total_tax"), shippingMinor: amount("shipping_cost_ex_tax"),
            sourceName: record.at("order_source")?.text, lines: lines(record, currency))
        order.sourceUpdatedAt = record.at("date_modified")?.time
        batch.orders.append(order)
    }

    /// Of all parcels, pick-ups and downloads. Consignments come as an object or as a list of one.
    private static func lines(_ record: JSONValue, _ currency: String) -> [OrderLine] {
        guard let told = record.at("consignments") else { return [] }
        let parts = (told.list.isEmpty ? [told] : told.list).flatMap { consignments in
            ["shipping", "pickups", "downloads"].flatMap { consignments.at($0)?.list ?? [] }
        }
        return parts.flatMap { $0.at("line_items")?.list ?? [] }.compactMap { line in
            guard let product = line.at("product_id")?.text, product != "0" else { return nil }
            return OrderLine(
                product: product, quantity: Int(clamping: line.at("quantity")?.whole ?? 0),
                amountMinor: Amount.major(line.at("total_inc_tax"), currency) ?? 0)
        }
    }

    private static func status(_ state: Int64, refunded: Int64, total: Int64) -> OrderStatus {
        switch state {
        case 4: .refunded
        case 5, 6: .cancelled
        case 14: refunded >= total ? .refunded : .partiallyRefunded
        case 1, 7, 12: .open
        default: refunded == 0 ? .paid : refunded >= total ? .refunded : .partiallyRefunded
        }
    }

    static func refund(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("id")?.text else { throw MappingProblem("id") }
        guard let amount = Amount.major(record.at("total_amount"), context.currency) else {
            throw MappingProblem("total_amount")
        }
        guard let at = record.at("created")?.time else { throw MappingProblem("created") }
        var payment = PaymentInput(
            externalID: "refund:\(id)", kind: .refund, status: "succeeded", at: at, amountMinor: abs(amount),
            currency: context.currency)
        payment.orderExternalID = record.at("order_id")?.text
        payment.method = record.at("payments.0.provider_id")?.text
        payment.updatedAt = at
        batch.payments.append(payment)
    }

    static func product(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("id")?.text else { throw MappingProblem("id") }
        guard let title = record.at("name")?.text else { throw MappingProblem("name") }
        var product = ProductInput(
            externalID: id, title: title, status: record.at("is_visible")?.flag == false ? "draft" : "active")
        product.sku = record.firstText("sku", "variants.0.sku")
        product.priceMinor = Amount.major(record.at("price"), context.currency)
        product.costMinor = Amount.major(record.at("cost_price"), context.currency).flatMap { $0 > 0 ? $0 : nil }
        product.currency = context.currency
        product.stock = record.at("inventory_level")?.whole
        product.category = record.at("type")?.text
        product.updatedAt = record.at("date_modified")?.time
        batch.products.append(product)
    }
}
