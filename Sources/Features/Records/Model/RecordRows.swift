import BSON
import Foundation
import Tenancy

extension EventInput: RecordRow {
    public static let idPrefix = "evt"
    public static let spec = declared(
        "events",
        indexes: [
            IndexSpec("person", [("customer_id", 1), ("ts", -1)], partial: ["customer_id": ["$exists": true]]),
            IndexSpec("time", [("ts", -1)]),
        ], required: ["event_type", "ts"], properties: ["ts": time], isImportable: true)

    public var personExternalID: String? { customerExternalID }

    public func write(to writer: inout BSONWriter) {
        writer.append("event_type", type)
        writer.append("ts", at)
        writer.appendIfPresent("channel", channel)
        writer.appendIfPresent("campaign_ref", campaignExternalID)
        writer.appendIfPresent("content_id", contentID)
        writer.appendIfPresent("url", url)
        writer.appendIfPresent("value_minor", valueMinor)
        writer.appendIfPresent("currency", currency)
        if machine { writer.append("machine", machine) }
    }
}

extension MetricDayInput: RecordRow {
    public static let idPrefix = "mtd"
    public static let spec = declared(
        "metric_days",
        indexes: [
            IndexSpec("day", [("day", -1)]), IndexSpec("entity", [("entity_ref", 1), ("day", -1)]),
            IndexSpec("source", [("source", 1), ("level", 1), ("day", -1)]),
        ], required: ["level", "entity_ref", "day", "tz", "source", "currency"], isImportable: true)

    public var externalID: String {
        [day, source, level, entityExternalID, attributionSetting ?? "", actionType ?? ""].joined(separator: "|")
    }
    public var windowDay: Day? { day }

    public func write(to writer: inout BSONWriter) {
        writer.append("level", level)
        writer.append("entity_ref", entityExternalID)
        writer.append("day", day)
        writer.append("tz", timeZone)
        writer.append("source", source)
        writer.appendIfPresent("attribution_setting", attributionSetting)
        writer.appendIfPresent("action_type", actionType)
        writer.append("currency", currency)
        writer.appendIfPresent("spend_minor", spendMinor)
        writer.appendIfPresent("impressions", impressions)
        writer.appendIfPresent("clicks", clicks)
        if let conversions { writer.append("conversions", conversions) }
        writer.appendIfPresent("conversion_value_minor", conversionValueMinor)
        writer.appendIfPresent("reach", reach)
        writer.appendIfPresent("video_views", videoViews)
        writer.appendIfPresent("sends", sends)
        writer.appendIfPresent("opens", opens)
        writer.appendIfPresent("unsubscribes", unsubscribes)
        writer.appendIfPresent("orders", orders)
        writer.appendIfPresent("revenue_minor", revenueMinor)
        writer.appendIfPresent("refund_minor", refundMinor)
        writer.appendIfPresent("sessions", sessions)
        writer.append("final", isFinal)
    }
}

extension CampaignInput: RecordRow {
    public static let idPrefix = "cmp"
    public static let spec = declared(
        "campaigns", indexes: [IndexSpec("status", [("status", 1), ("name", 1)])],
        required: ["channel", "name", "status"],
        properties: ["status": ["enum": .strings(CampaignStatus.allCases.map(\.rawValue))]])

    public var sourceUpdatedAt: Date? { updatedAt }

    public func write(to writer: inout BSONWriter) {
        writer.append("origin", "platform")
        writer.append("channel", channel)
        writer.append("name", name)
        writer.append("status", status.rawValue)
        writer.appendIfPresent("objective", objective)
        writer.appendIfPresent("budget_minor", budgetMinor)
        writer.appendIfPresent("budget_period", budgetPeriod)
        writer.appendIfPresent("budget_ref", budgetExternalID)
        writer.appendIfPresent("currency", currency)
        writer.appendIfPresent("start_at", startAt)
        writer.appendIfPresent("end_at", endAt)
        writer.appendIfPresent("account_ref", accountExternalID)
    }
}

extension AdGroupInput: RecordRow {
    public static let idPrefix = "adg"
    public static let spec = declared(
        "ad_groups", indexes: [IndexSpec("campaign", [("campaign_ref", 1)])], required: ["campaign_ref", "name"])

    public var sourceUpdatedAt: Date? { updatedAt }

    public func write(to writer: inout BSONWriter) {
        writer.append("campaign_ref", campaignExternalID)
        writer.append("name", name)
        writer.append("status", status.rawValue)
        writer.appendIfPresent("bid_minor", bidMinor)
        writer.appendIfPresent("budget_minor", budgetMinor)
        writer.appendIfPresent("currency", currency)
        writer.appendIfPresent("optimisation", optimisation)
    }
}

extension CreativeInput: RecordRow {
    public static let idPrefix = "crv"
    public static let spec = declared(
        "creatives", indexes: [IndexSpec("campaign", [("campaign_ref", 1)])], required: ["name", "format"])

    public var sourceUpdatedAt: Date? { updatedAt }

    public func write(to writer: inout BSONWriter) {
        writer.appendIfPresent("campaign_ref", campaignExternalID)
        writer.appendIfPresent("ad_group_ref", adGroupExternalID)
        writer.append("name", name)
        writer.append("status", status.rawValue)
        writer.append("format", format)
        writer.appendIfPresent("headline", headline)
        writer.appendIfPresent("body", body)
        writer.appendIfPresent("call_to_action", callToAction)
        writer.appendIfPresent("media_ref", mediaURL)
        writer.appendIfPresent("landing_url", landingURL)
        if let durationSeconds { writer.append("duration_seconds", durationSeconds) }
        writer.appendIfPresent("language", language)
        writer.appendIfPresent("review_status", reviewStatus)
    }
}

extension ProductInput: RecordRow {
    public static let idPrefix = "prd"
    public static let spec = declared(
        "products", indexes: [IndexSpec("sku", [("sku", 1)], partial: ["sku": ["$exists": true]])],
        required: ["title", "status"], isImportable: true)

    public var sourceUpdatedAt: Date? { updatedAt }

    public func write(to writer: inout BSONWriter) {
        writer.append("title", title)
        writer.appendIfPresent("variant", variant)
        writer.appendIfPresent("sku", sku)
        writer.appendIfPresent("price_minor", priceMinor)
        writer.appendIfPresent("cost_minor", costMinor)
        writer.appendIfPresent("currency", currency)
        writer.appendIfPresent("stock", stock)
        writer.append("status", status)
        writer.appendIfPresent("category", category)
    }
}

extension PaymentInput: RecordRow {
    public static let idPrefix = "pay"
    public static let spec = declared(
        "payments",
        indexes: [
            IndexSpec("time", [("occurred_at", -1)]),
            IndexSpec("person", [("customer_id", 1)], partial: ["customer_id": ["$exists": true]]),
        ], required: ["kind", "status", "occurred_at", "amount_minor", "currency"],
        properties: [
            "kind": ["enum": .strings(Kind.allCases.map(\.rawValue))], "amount_minor": money, "occurred_at": time,
        ], isImportable: true)

    public var sourceUpdatedAt: Date? { updatedAt }
    public var personExternalID: String? { customerExternalID }

    public func write(to writer: inout BSONWriter) {
        writer.append("kind", kind.rawValue)
        writer.append("status", status)
        writer.append("occurred_at", at)
        writer.append("amount_minor", amountMinor)
        writer.append("currency", currency)
        writer.appendIfPresent("fee_minor", feeMinor)
        writer.appendIfPresent("net_minor", netMinor)
        writer.appendIfPresent("method", method)
        writer.appendIfPresent("order_ref", orderExternalID)
    }
}

extension BillingSubscriptionInput: RecordRow {
    public static let idPrefix = "bsb"
    public static let spec = declared(
        "billing_subscriptions",
        indexes: [
            IndexSpec("status", [("status", 1)]),
            IndexSpec("person", [("customer_id", 1)], partial: ["customer_id": ["$exists": true]]),
        ], required: ["status", "amount_minor", "currency", "interval"], properties: ["amount_minor": money])

    public var sourceUpdatedAt: Date? { updatedAt }
    public var personExternalID: String? { customerExternalID }

    public func write(to writer: inout BSONWriter) {
        writer.append("status", status)
        writer.appendIfPresent("plan", plan)
        writer.append("amount_minor", amountMinor)
        writer.append("currency", currency)
        writer.append("interval", interval)
        writer.appendIfPresent("mrr_minor", mrrMinor)
        writer.appendIfPresent("started_at", startedAt)
        writer.appendIfPresent("trial_end", trialEnd)
        writer.appendIfPresent("current_period_end", currentPeriodEnd)
        writer.appendIfPresent("cancel_at", cancelAt)
        writer.appendIfPresent("canceled_at", canceledAt)
        writer.appendIfPresent("cancel_reason", cancelReason)
    }
}

extension DealInput: RecordRow {
    public static let idPrefix = "del"
    public static let spec = declared(
        "deals",
        indexes: [
            IndexSpec("stage", [("status", 1), ("stage", 1)]),
            IndexSpec("person", [("customer_id", 1)], partial: ["customer_id": ["$exists": true]]),
        ], required: ["stage", "status"])

    public var sourceUpdatedAt: Date? { updatedAt }
    public var personExternalID: String? { customerExternalID }

    public func write(to writer: inout BSONWriter) {
        writer.appendIfPresent("pipeline", pipeline)
        writer.append("stage", stage)
        writer.append("status", status)
        writer.appendIfPresent("name", name)
        writer.appendIfPresent("amount_minor", amountMinor)
        writer.appendIfPresent("currency", currency)
        writer.appendIfPresent("close_at", closeAt)
        writer.appendIfPresent("source_created_at", createdAt)
    }
}
