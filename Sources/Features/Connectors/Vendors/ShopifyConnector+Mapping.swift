import Customers
import Foundation
import Records
import Web

extension ShopifyConnector {
    static func customer(_ record: JSONValue, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("id")?.text else { throw MappingProblem("id") }
        batch.customers.append(
            CustomerInput(
                externalID: id, email: record.at("defaultEmailAddress.emailAddress")?.text,
                phone: record.at("defaultPhoneNumber.phoneNumber")?.text, firstName: record.at("firstName")?.text,
                lastName: record.at("lastName")?.text, country: record.at("defaultAddress.countryCodeV2")?.text,
                language: record.at("locale")?.text, lifecycleStage: record.at("state")?.text?.lowercased(),
                sourceCreatedAt: record.at("createdAt")?.time, sourceUpdatedAt: record.at("updatedAt")?.time,
                tags: (record.at("tags")?.list ?? []).compactMap(\.text)))
        let optedOut = record.at("dataSaleOptOut")?.flag == true
        for (channel, place) in [
            (ConsentSignal.Channel.email, "defaultEmailAddress"), (.sms, "defaultPhoneNumber"),
        ] {
            guard let address = record.at(place) else { continue }
            if let signal = consent(id, channel, address) { batch.consents.append(signal) }
            guard optedOut else { continue }
            batch.consents.append(
                ConsentSignal(
                    customerExternalID: id, channel: channel, state: .unsubscribed, at: nil,
                    evidence: "dataSaleOptOut"))
        }
    }

    /// PENDING, NOT_SUBSCRIBED and INVALID say nothing about what the person wants.
    private static func consent(
        _ id: String, _ channel: ConsentSignal.Channel, _ address: JSONValue
    ) -> ConsentSignal? {
        let word = address.at("marketingState")?.text ?? ""
        guard
            let state = [
                "SUBSCRIBED": ConsentSignal.State.subscribed, "UNSUBSCRIBED": .unsubscribed,
                "REDACTED": .unsubscribed,
            ][word]
        else { return nil }
        let facts = [word, address.at("marketingOptInLevel")?.text, address.at("marketingCollectedFrom")?.text]
        return ConsentSignal(
            customerExternalID: id, channel: channel, state: state, at: address.at("marketingUpdatedAt")?.time,
            evidence: "marketingState: " + facts.compactMap(\.self).joined(separator: ", "))
    }

    /// One row per variant: this is what has a price, a cost and a stock.
    static func product(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let title = record.at("title")?.text else { throw MappingProblem("title") }
        let states = ["ACTIVE": "active", "UNLISTED": "active", "DRAFT": "draft", "ARCHIVED": "archived"]
        for variant in record.at("variants.nodes")?.list ?? [] {
            guard let id = variant.at("id")?.text else { throw MappingProblem("variants.id") }
            var product = ProductInput(
                externalID: id, title: title, status: states[record.at("status")?.text ?? ""] ?? "draft")
            product.sku = variant.at("sku")?.text
            product.priceMinor = Amount.major(variant.at("price"), context.currency)
            product.costMinor = Amount.major(variant.at("inventoryItem.unitCost.amount"), context.currency)
            product.currency = context.currency
            product.stock = variant.at("inventoryQuantity")?.whole
            product.category = record.at("productType")?.text
            product.updatedAt = record.at("updatedAt")?.time
            batch.products.append(product)
        }
    }

    static func order(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("id")?.text else { throw MappingProblem("id") }
        guard let (total, currency) = money(record.at("totalPriceSet")) else { throw MappingProblem("totalPriceSet") }
        guard let placed = record.at("processedAt")?.time ?? record.at("createdAt")?.time else {
            throw MappingProblem("processedAt")
        }
        let refunded = money(record.at("totalRefundedSet"))?.minor ?? 0
        let customer = record.at("customer.id")?.text ?? record.at("email")?.text ?? "order:\(id)"
        let isTest = record.at("test")?.flag == true
        let quantity = (record.at("lineItems.nodes")?.list ?? []).reduce(0) { $0 + Int($1.at("quantity")?.whole ?? 0) }
        let visit = record.at("customerJourneySummary.lastVisit")
        batch.orders.append(
            OrderInput(
                externalID: id, customerExternalID: customer, placedAt: placed, amountMinor: total, currency: currency,
                quantity: quantity, status: status(record, total: total, refunded: refunded), refundedMinor: refunded,
                discountMinor: money(record.at("totalDiscountsSet"))?.minor ?? 0, test: isTest,
                number: record.at("name")?.text, taxMinor: money(record.at("totalTaxSet"))?.minor ?? 0,
                shippingMinor: money(record.at("totalShippingPriceSet"))?.minor ?? 0,
                sourceName: record.at("sourceName")?.text ?? visit?.at("source")?.text,
                utmSource: visit?.at("utmParameters.source")?.text, utmMedium: visit?.at("utmParameters.medium")?.text,
                utmCampaign: visit?.at("utmParameters.campaign")?.text, sourceUpdatedAt: record.at("updatedAt")?.time,
                lines: lines(record)))
        guard !isTest else { return }
        try refunds(record, order: id, customer: customer, &batch)
    }

    private static func lines(_ record: JSONValue) -> [OrderLine] {
        (record.at("lineItems.nodes")?.list ?? []).compactMap { line in
            guard let product = line.at("product.id")?.text else { return nil }
            return OrderLine(
                product: product, quantity: Int(clamping: line.at("quantity")?.whole ?? 0),
                amountMinor: money(line.at("discountedTotalSet"))?.minor ?? 0)
        }
    }

    private static func status(_ record: JSONValue, total: Int64, refunded: Int64) -> OrderStatus {
        if record.at("cancelledAt") != nil { return .cancelled }
        if refunded >= total, total > 0 { return .refunded }
        if refunded > 0 { return .partiallyRefunded }
        switch record.at("displayFinancialStatus")?.text {
        case "VOIDED", "EXPIRED": return .cancelled
        case "PENDING", "AUTHORIZED", "PARTIALLY_PAID": return .open
        default: return .paid
        }
    }

    private static func refunds(
        _ record: JSONValue, order: String, customer: String, _ batch: inout CanonicalBatch
    ) throws {
        for refund in record.at("refunds")?.list ?? [] {
            guard let id = refund.at("id")?.text, let at = refund.at("createdAt")?.time else {
                throw MappingProblem("refunds")
            }
            // Goods that came back without money.
            guard let (amount, currency) = money(refund.at("totalRefundedSet")), amount > 0 else { continue }
            var payment = PaymentInput(
                externalID: id, kind: .refund, status: "succeeded", at: at, amountMinor: amount, currency: currency)
            payment.orderExternalID = order
            payment.customerExternalID = customer
            payment.updatedAt = record.at("updatedAt")?.time
            batch.payments.append(payment)
        }
    }

    static func checkout(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("id")?.text, let at = record.at("createdAt")?.time else {
            throw MappingProblem("createdAt")
        }
        let total = money(record.at("totalPriceSet"))
        batch.events.append(
            EventInput(
                externalID: id, type: "checkout_started", at: at, customerExternalID: record.at("customer.id")?.text,
                channel: "web", valueMinor: total?.minor, currency: total?.currency))
    }

    /// Money in the shop's own currency.
    static func money(_ bag: JSONValue?) -> (minor: Int64, currency: String)? {
        guard let currency = bag?.at("shopMoney.currencyCode")?.text,
            let minor = Amount.major(bag?.at("shopMoney.amount"), currency)
        else { return nil }
        return (minor, currency)
    }
}
