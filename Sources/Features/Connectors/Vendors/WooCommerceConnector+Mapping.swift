import Customers
import Foundation
import Records
import Web

extension WooCommerceConnector {
    static func customer(_ record: JSONValue, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("id")?.text else { throw MappingProblem("id") }
        batch.customers.append(
            CustomerInput(
                externalID: id, email: record.firstText("email", "billing.email"),
                phone: record.at("billing.phone")?.text,
                firstName: record.firstText("first_name", "billing.first_name"),
                lastName: record.firstText("last_name", "billing.last_name"),
                country: record.at("billing.country")?.text, region: record.at("billing.state")?.text,
                lifecycleStage: record.at("is_paying_customer")?.flag == true ? "customer" : nil,
                sourceCreatedAt: record.at("date_created_gmt")?.time,
                sourceUpdatedAt: record.at("date_modified_gmt")?.time))
    }

    /// One row per thing that is sold: a plain product, or each variation of one.
    static func product(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let title = record.at("name")?.text else { throw MappingProblem("name") }
        for item in record.at("_variations")?.list ?? [record] {
            guard let id = item.at("id")?.text else { throw MappingProblem("id") }
            let states = ["publish": "active", "trash": "archived"]
            var product = ProductInput(
                externalID: id, title: title, status: states[record.at("status")?.text ?? ""] ?? "draft")
            let options = (item.at("attributes")?.list ?? []).compactMap { $0.at("option")?.text }
            product.variant = options.isEmpty ? nil : options.joined(separator: ", ")
            product.sku = item.firstText("sku") ?? record.at("sku")?.text
            product.priceMinor = Amount.major(item.at("price"), context.currency)
            product.currency = context.currency
            product.stock = item.at("stock_quantity")?.whole
            product.category = record.at("categories.0.name")?.text
            product.updatedAt = record.at("date_modified_gmt")?.time
            batch.products.append(product)
        }
    }

    static func order(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("id")?.text else { throw MappingProblem("id") }
        let word = record.at("status")?.text ?? ""
        if word == "trash" { return batch.deletions.append(Deletion(.order, id)) }
        if word == "checkout-draft" || word == "auto-draft" { return batch.skip("draft") }
        let currency = record.at("currency")?.text ?? context.currency
        guard let total = Amount.major(record.at("total"), currency) else { throw MappingProblem("total") }
        guard let placed = record.at("date_created_gmt")?.time else { throw MappingProblem("date_created_gmt") }
        // Written with a minus in the list of an order.
        let refunded = (record.at("refunds")?.list ?? []).reduce(0) { sum, refund in
            sum + abs(Amount.major(refund.at("total"), currency) ?? 0)
        }
        let customer = buyer(record, order: id, &batch)
        let attribution = attribution(record)
        batch.orders.append(
            OrderInput(
                externalID: id, customerExternalID: customer, placedAt: placed, amountMinor: total, currency: currency,
                quantity: (record.at("line_items")?.list ?? []).reduce(0) { $0 + Int($1.at("quantity")?.whole ?? 0) },
                status: status(word, total: total, refunded: refunded), refundedMinor: refunded,
                discountMinor: Amount.major(record.at("discount_total"), currency) ?? 0,
                number: record.at("number")?.text, taxMinor: Amount.major(record.at("total_tax"), currency) ?? 0,
                shippingMinor: Amount.major(record.at("shipping_total"), currency) ?? 0,
                sourceName: attribution["source_type"] ?? record.at("created_via")?.text,
                utmSource: attribution["utm_source"], utmMedium: attribution["utm_medium"],
                utmCampaign: attribution["utm_campaign"], sourceUpdatedAt: record.at("date_modified_gmt")?.time,
                lines: lines(record, currency)))
        for refund in record.at("_refunds")?.list ?? [] {
            try batch.payments.append(payment(refund, order: id, customer: customer, currency, record))
        }
    }

    private static func lines(_ record: JSONValue, _ currency: String) -> [OrderLine] {
        (record.at("line_items")?.list ?? []).compactMap { line in
            guard let product = line.at("product_id")?.text, product != "0" else { return nil }
            return OrderLine(
                product: product, quantity: Int(clamping: line.at("quantity")?.whole ?? 0),
                amountMinor: Amount.major(line.at("total"), currency) ?? 0)
        }
    }

    /// The account, or a guest by the address in the bill.
    private static func buyer(_ record: JSONValue, order: String, _ batch: inout CanonicalBatch) -> String {
        if let id = record.at("customer_id")?.whole, id > 0 { return String(id) }
        guard let email = record.at("billing.email")?.text else { return "order:\(order)" }
        batch.customers.append(
            CustomerInput(
                externalID: email, email: email, phone: record.at("billing.phone")?.text,
                firstName: record.at("billing.first_name")?.text, lastName: record.at("billing.last_name")?.text,
                country: record.at("billing.country")?.text, region: record.at("billing.state")?.text))
        return email
    }

    private static func status(_ word: String, total: Int64, refunded: Int64) -> OrderStatus {
        if word == "refunded" || (refunded >= total && total > 0) { return .refunded }
        switch word {
        case "cancelled", "failed": return .cancelled
        case "pending", "on-hold": return .open
        default: return refunded > 0 ? .partiallyRefunded : .paid
        }
    }

    private static func payment(
        _ refund: JSONValue, order: String, customer: String, _ currency: String, _ record: JSONValue
    ) throws -> PaymentInput {
        guard let id = refund.at("id")?.text, let amount = Amount.major(refund.at("amount"), currency),
            let at = refund.at("date_created_gmt")?.time
        else { throw MappingProblem("refunds") }
        var payment = PaymentInput(
            externalID: id, kind: .refund, status: "succeeded", at: at, amountMinor: abs(amount), currency: currency)
        payment.method = record.at("payment_method")?.text
        payment.orderExternalID = order
        payment.customerExternalID = customer
        payment.updatedAt = record.at("date_modified_gmt")?.time
        return payment
    }

    /// What the shop itself noted of where the buyer came from.
    private static func attribution(_ record: JSONValue) -> [String: String] {
        let prefix = "_wc_order_attribution_"
        var facts: [String: String] = [:]
        for item in record.at("meta_data")?.list ?? [] {
            guard let key = item.at("key")?.text, key.hasPrefix(prefix), let value = item.at("value")?.text else {
                continue
            }
            facts[String(key.dropFirst(prefix.count))] = value
        }
        return facts
    }
}
