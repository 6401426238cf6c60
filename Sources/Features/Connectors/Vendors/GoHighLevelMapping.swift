import Customers
import Foundation
import Records
import Web

/// GoHighLevel's objects as ours.
enum GoHighLevelMapping {
    // MARK: Contacts

    static func contact(_ record: JSONValue, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("id")?.text else { throw MappingProblem("id") }
        batch.customers.append(
            CustomerInput(
                externalID: id, email: record.at("email")?.text, phone: record.at("phone")?.text,
                firstName: record.at("firstName")?.text, lastName: record.at("lastName")?.text,
                country: record.at("country")?.text.flatMap { $0.count == 2 ? $0.uppercased() : nil },
                region: record.at("state")?.text, lifecycleStage: record.at("type")?.text,
                sourceCreatedAt: record.at("dateAdded")?.time, sourceUpdatedAt: record.at("dateUpdated")?.time,
                tags: (record.at("tags")?.list ?? []).compactMap(\.text)))
        preferences(record, customer: id, &batch)
    }

    static let channels: [(name: String, channel: ConsentSignal.Channel)] = [
        ("Email", .email), ("SMS", .sms), ("WhatsApp", .whatsapp), ("Call", .call),
    ]

    /// `active` means that do-not-disturb is on. Nothing here ever grants, and there is no time of saying so.
    private static func preferences(_ record: JSONValue, customer: String, _ batch: inout CanonicalBatch) {
        let isAll = record.at("dnd")?.flag == true
        for (name, channel) in channels {
            let status = record.at("dndSettings.\(name).status")?.text
            let isOwn = status == "active" || status == "permanent"
            guard isOwn || isAll else { continue }
            batch.consents.append(
                ConsentSignal(
                    customerExternalID: customer, channel: channel, state: .unsubscribed, at: nil,
                    evidence: isOwn ? "dndSettings.\(name) \(status ?? "")" : "dnd"))
        }
    }

    // MARK: Money

    static func isRefunded(_ order: JSONValue) -> Bool {
        [order.at("status")?.text, order.at("paymentStatus")?.text].contains { $0?.contains("refund") == true }
    }

    static func order(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("_id")?.text else { throw MappingProblem("_id") }
        let status = record.at("status")?.text?.lowercased() ?? ""
        if status == "draft" { return batch.skip("draft") }
        let currency = record.at("currency")?.text?.uppercased() ?? context.currency
        guard let amount = Amount.major(record.at("amount"), currency) else { throw MappingProblem("amount") }
        guard let placed = record.at("createdAt")?.time else { throw MappingProblem("createdAt") }
        var order = OrderInput(
            externalID: id,
            customerExternalID: record.firstText("contactId", "contactEmail") ?? "order:\(id)", placedAt: placed,
            amountMinor: amount, currency: currency, test: record.at("liveMode")?.flag == false)
        order.quantity = Int(record.at("totalProducts")?.whole ?? 1)
        order.discountMinor = Amount.major(record.at("discount"), currency) ?? 0
        order.refundedMinor = min(amount, refunded(record, amount, currency))
        order.sourceName = record.firstText("sourceName", "sourceType")
        order.sourceUpdatedAt = record.at("updatedAt")?.time
        let payment = record.at("paymentStatus")?.text ?? ""
        if order.refundedMinor > 0 {
            order.status = order.refundedMinor >= amount ? .refunded : .partiallyRefunded
        } else if status.hasPrefix("cancel") || status == "failed" || status == "expired" {
            order.status = .cancelled
        } else if status == "pending" || status == "unpaid" || payment == "unpaid" {
            order.status = .open
        }
        batch.orders.append(order)
    }

    /// What the order's transactions gave back; all of it where they say nothing and the order is wholly refunded.
    private static func refunded(_ record: JSONValue, _ amount: Int64, _ currency: String) -> Int64 {
        guard isRefunded(record) else { return 0 }
        let parts = (record.at("_transactions")?.list ?? []).compactMap {
            Amount.major($0.at("amountRefunded"), currency)
        }
        let told = parts.reduce(0, +)
        let isPart = record.firstText("status", "paymentStatus")?.contains("partial") == true
        return told > 0 || isPart ? told : amount
    }

    static func transaction(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("_id")?.text else { throw MappingProblem("_id") }
        if record.at("liveMode")?.flag == false { return batch.skip("test_payment") }
        let currency = record.at("currency")?.text?.uppercased() ?? context.currency
        guard let amount = Amount.major(record.at("amount"), currency) else { throw MappingProblem("amount") }
        guard let at = (record.at("fulfilledAt") ?? record.at("createdAt"))?.time else {
            throw MappingProblem("createdAt")
        }
        let states = [
            "succeeded": "succeeded", "paid": "succeeded", "refunded": "succeeded", "partially_refunded": "succeeded",
            "pending": "pending", "failed": "failed", "canceled": "cancelled", "cancelled": "cancelled",
        ]
        var charge = PaymentInput(
            externalID: id, kind: .charge, status: states[record.at("status")?.text?.lowercased() ?? ""] ?? "pending",
            at: at, amountMinor: abs(amount), currency: currency)
        charge.method = record.firstText("paymentProviderType", "paymentMethod.type")
        charge.orderExternalID = record.at("entityType")?.text == "order" ? record.at("entityId")?.text : nil
        charge.customerExternalID = record.firstText("contactId", "contactEmail")
        charge.updatedAt = record.at("updatedAt")?.time
        batch.payments.append(charge)
        guard let back = Amount.major(record.at("amountRefunded"), currency), back > 0 else { return }
        var refund = charge
        refund.externalID = "\(id):refund"
        refund.kind = .refund
        refund.status = "succeeded"
        refund.at = charge.updatedAt ?? at
        refund.amountMinor = back
        batch.payments.append(refund)
    }

    static func subscription(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("_id")?.text else { throw MappingProblem("_id") }
        if record.at("liveMode")?.flag == false { return batch.skip("test_subscription") }
        let currency = record.at("currency")?.text?.uppercased() ?? context.currency
        guard let amount = Amount.major(record.at("amount"), currency) else { throw MappingProblem("amount") }
        let word = record.at("status")?.text?.lowercased() ?? ""
        let states = [
            "active": "active", "trialing": "trialing", "past_due": "past_due", "unpaid": "past_due",
            "paused": "paused", "canceled": "canceled", "cancelled": "canceled", "expired": "canceled",
        ]
        let snapshot = record.at("subscriptionSnapshot") ?? .null
        let interval = snapshot.firstText("interval", "plan.interval", "items.data.0.plan.interval") ?? "month"
        var row = BillingSubscriptionInput(
            externalID: id, status: states[word] ?? "incomplete", amountMinor: amount, currency: currency,
            interval: ["day", "week", "month", "year"].contains(interval) ? interval : "month")
        let perMonth: [String: Double] = ["day": 365.0 / 12, "week": 52.0 / 12, "month": 1, "year": 1.0 / 12]
        if row.status == "active" || row.status == "past_due" {
            row.mrrMinor = Int64((Double(amount) * (perMonth[row.interval] ?? 1)).rounded())
        }
        row.customerExternalID = record.firstText("contactId", "contactEmail")
        row.startedAt = record.at("createdAt")?.time
        row.updatedAt = record.at("updatedAt")?.time
        if row.status == "canceled" { row.canceledAt = snapshot.at("canceled_at")?.secondsTime ?? row.updatedAt }
        batch.subscriptions.append(row)
    }

    static func product(_ record: JSONValue, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("_id")?.text else { throw MappingProblem("_id") }
        guard let title = record.at("name")?.text else { throw MappingProblem("name") }
        var product = ProductInput(externalID: id, title: title)
        product.category = record.at("productType")?.text
        product.updatedAt = record.at("updatedAt")?.time
        batch.products.append(product)
    }

    // MARK: Sales and campaigns

    static func deal(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("id")?.text else { throw MappingProblem("id") }
        let states = ["won": "won", "lost": "lost", "abandoned": "lost"]
        var deal = DealInput(
            externalID: id, stage: record.at("pipelineStageId")?.text ?? "",
            status: states[record.at("status")?.text ?? ""] ?? "open")
        deal.pipeline = record.at("pipelineId")?.text
        deal.name = record.at("name")?.text
        deal.currency = context.currency
        deal.amountMinor = Amount.major(record.at("monetaryValue"), context.currency)
        deal.customerExternalID = record.firstText("contactId", "contact.id")
        deal.createdAt = record.at("createdAt")?.time
        deal.updatedAt = record.at("updatedAt")?.time
        if deal.status != "open" { deal.closeAt = record.at("lastStatusChangeAt")?.time ?? deal.updatedAt }
        batch.deals.append(deal)
    }

    static func campaign(_ record: JSONValue, kind: String?, _ batch: inout CanonicalBatch) throws {
        guard let id = record.firstText("id", "_id") else { throw MappingProblem("id") }
        let states: [String: CampaignStatus] = [
            "active": .active, "published": .active, "retry": .active, "resend-scheduled": .active, "pause": .paused,
            "paused": .paused, "complete": .completed, "completed": .completed, "cancelled": .archived, "draft": .draft,
        ]
        var campaign = CampaignInput(
            externalID: id, channel: "email", name: record.firstText("name", "title", "subject") ?? id,
            status: states[record.at("status")?.text?.lowercased() ?? ""] ?? .draft)
        campaign.objective = kind
        campaign.startAt = record.firstText("scheduledAt", "createdAt").flatMap(VendorTime.parse)
        campaign.updatedAt = record.at("updatedAt")?.time
        batch.campaigns.append(campaign)
    }

    // MARK: Messages

    static func moment(_ message: JSONValue) -> Date? {
        let value = message.at("dateUpdated") ?? message.at("dateAdded") ?? message.at("timestamp")
        return value?.time ?? value?.millisecondsTime
    }

    /// A message of the list, one a webhook brought, or what became of an e-mail.
    static func message(_ record: JSONValue, _ batch: inout CanonicalBatch) throws {
        if record.at("type")?.text == "LCEmailStats" { return try delivery(record, &batch) }
        guard let id = record.firstText("messageId", "id") else { throw MappingProblem("id") }
        guard let at = record.at("dateAdded")?.time ?? moment(record) else { throw MappingProblem("dateAdded") }
        let word = (record.firstText("messageType", "type") ?? "").uppercased()
        let isInbound = record.at("direction")?.text == "inbound" || record.at("type")?.text == "InboundMessage"
        let channel = ["EMAIL", "SMS", "CALL", "WHATSAPP"].first(where: word.contains)?.lowercased()
        let outbound = ["email": "email_sent", "sms": "sms_sent", "call": "call"]
        let type = channel == "call" ? "call" : isInbound ? "reply" : outbound[channel ?? ""] ?? "custom:message_sent"
        batch.events.append(
            EventInput(
                externalID: id, type: type, at: at, customerExternalID: record.at("contactId")?.text, channel: channel))
    }

    private static func delivery(_ record: JSONValue, _ batch: inout CanonicalBatch) throws {
        let payload = record.at("webhookPayload") ?? .null
        let types = [
            "delivered": "email_delivered", "opened": "email_open", "clicked": "email_click",
            "unsubscribed": "email_unsubscribe", "complained": "email_complaint", "failed": "email_bounce",
        ]
        guard let word = payload.at("event")?.text, let type = types[word] else {
            return batch.skip("other_email_event")
        }
        guard let at = payload.at("timestamp")?.secondsTime ?? record.at("timestamp")?.time else {
            throw MappingProblem("timestamp")
        }
        let message = payload.at("message.headers.message-id")?.text
        let id = payload.at("id")?.text ?? [message ?? "", word, VendorTime.iso(at)].joined(separator: "|")
        batch.events.append(
            EventInput(
                externalID: id, type: type, at: at,
                customerExternalID: payload.firstText("contactId") ?? record.firstText("contactId")
                    ?? payload.at("recipient")?.text,
                channel: "email", contentID: message, url: payload.at("url")?.text))
    }
}
