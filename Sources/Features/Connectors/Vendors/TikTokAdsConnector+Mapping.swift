import Foundation
import Records
import Web

extension TikTokAdsConnector {
    static func campaign(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("campaign_id")?.text else { throw MappingProblem("campaign_id") }
        var campaign = CampaignInput(
            externalID: id, channel: "social", name: record.at("campaign_name")?.text ?? id, status: status(record))
        campaign.objective = record.at("objective_type")?.text
        campaign.budgetPeriod = period(record)
        campaign.budgetMinor =
            campaign.budgetPeriod == nil ? nil : Amount.major(record.at("budget"), context.currency)
        campaign.currency = context.currency
        campaign.startAt = record.at("create_time")?.time
        campaign.accountExternalID = context.account.id
        campaign.updatedAt = record.at("modify_time")?.time
        batch.campaigns.append(campaign)
    }

    static func adGroup(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("adgroup_id")?.text else { throw MappingProblem("adgroup_id") }
        guard let campaign = record.at("campaign_id")?.text else { throw MappingProblem("campaign_id") }
        var group = AdGroupInput(
            externalID: id, campaignExternalID: campaign, name: record.at("adgroup_name")?.text ?? id,
            status: status(record))
        let bid = record.at("bid_price") ?? record.at("conversion_bid_price")
        group.bidMinor = Amount.major(bid, context.currency).flatMap { $0 > 0 ? $0 : nil }
        group.budgetMinor = period(record) == nil ? nil : Amount.major(record.at("budget"), context.currency)
        group.currency = context.currency
        group.optimisation = record.firstText("optimization_goal", "optimization_event", "billing_event")
        group.updatedAt = record.at("modify_time")?.time
        batch.adGroups.append(group)
    }

    static func creative(_ record: JSONValue, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("ad_id")?.text else { throw MappingProblem("ad_id") }
        var creative = CreativeInput(
            externalID: id, name: record.at("ad_name")?.text ?? id, status: status(record), format: format(record))
        creative.campaignExternalID = record.at("campaign_id")?.text
        creative.adGroupExternalID = record.at("adgroup_id")?.text
        creative.headline = record.at("display_name")?.text
        creative.body = record.at("ad_text")?.text
        creative.callToAction = record.at("call_to_action")?.text
        creative.landingURL = record.at("landing_page_url")?.text
        creative.durationSeconds = record.at("_duration")?.number.map { Int($0.rounded()) }
        creative.reviewStatus = record.at("secondary_status")?.text
        creative.updatedAt = record.at("modify_time")?.time
        batch.creatives.append(creative)
    }

    static func day(
        _ record: JSONValue, _ level: String, _ entity: String, _ context: MappingContext,
        _ batch: inout CanonicalBatch
    ) throws {
        guard let id = record.at("dimensions.\(entity)")?.text else { throw MappingProblem(entity) }
        guard let day = record.at("dimensions.stat_time_day")?.text?.prefix(10), day.count == 10 else {
            throw MappingProblem("stat_time_day")
        }
        // "-" stands for none.
        let metrics = record.at("metrics") ?? .null
        var row = MetricDayInput(
            level: level, entityExternalID: id, day: Day(day), timeZone: context.timeZone, source: "tiktok_ads",
            currency: context.currency, isFinal: context.isFinal(Day(day), afterDays: 28))
        guard let spend = Amount.major(metrics.at("spend"), context.currency) else { throw MappingProblem("spend") }
        row.spendMinor = spend
        row.impressions = metrics.at("impressions")?.whole
        row.clicks = metrics.at("clicks")?.whole
        row.conversions = metrics.at("conversion")?.number
        if let name = context.settings.values["conversion_value_metric"] {
            row.conversionValueMinor = Amount.major(metrics.at(name), context.currency)
        }
        row.reach = metrics.at("reach")?.whole
        row.videoViews = metrics.at("video_play_actions")?.whole
        batch.metricDays.append(row)
    }

    /// What was switched, and what the secondary status says about the end of it.
    private static func status(_ record: JSONValue) -> CampaignStatus {
        let secondary = record.at("secondary_status")?.text ?? ""
        if secondary.contains("DELETE") || record.at("operation_status")?.text == "DELETE" { return .archived }
        if secondary.hasSuffix("_DONE") || secondary.hasSuffix("_TIME_DONE") { return .completed }
        return record.at("operation_status")?.text == "ENABLE" ? .active : .paused
    }

    private static func period(_ record: JSONValue) -> String? {
        switch record.at("budget_mode")?.text {
        case "BUDGET_MODE_INFINITE", nil: nil
        case "BUDGET_MODE_TOTAL": "lifetime"
        default: "daily"
        }
    }

    private static func format(_ record: JSONValue) -> String {
        let format = record.at("ad_format")?.text ?? ""
        if format.contains("CAROUSEL") { return "carousel" }
        if format.contains("IMAGE") { return "image" }
        return record.at("video_id") == nil && record.at("image_ids.0") != nil ? "image" : "video"
    }
}
