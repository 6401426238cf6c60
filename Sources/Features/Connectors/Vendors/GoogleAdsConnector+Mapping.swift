import Foundation
import Records
import Web

/// A query in Google's language: what is asked for, of which resource.
struct GAQL: Sendable, Equatable {
    let fields: [String]
    let resource: String
    let condition: String?

    init(_ fields: [String], from resource: String, where condition: String? = nil) {
        self.fields = fields
        self.resource = resource
        self.condition = condition
    }

    func text(days: (from: String, to: String)? = nil) -> String {
        let window = days.map { "segments.date BETWEEN '\($0.from)' AND '\($0.to)'" }
        let conditions = [condition, window].compactMap(\.self).joined(separator: " AND ")
        return "SELECT \(fields.joined(separator: ", ")) FROM \(resource)"
            + (conditions.isEmpty ? "" : " WHERE \(conditions)")
    }

    static let campaigns = GAQL(
        [
            "campaign.id", "campaign.name", "campaign.status", "campaign.primary_status",
            "campaign.advertising_channel_type", "campaign.bidding_strategy_type", "campaign.start_date_time",
            "campaign.end_date_time", "campaign.campaign_budget", "campaign_budget.id",
            "campaign_budget.amount_micros", "campaign_budget.period", "campaign_budget.explicitly_shared",
        ], from: "campaign")
    static let adGroups = GAQL(
        [
            "ad_group.id", "ad_group.name", "ad_group.status", "ad_group.type", "ad_group.cpc_bid_micros",
            "ad_group.campaign", "campaign.id",
        ], from: "ad_group")
    static let assetGroups = GAQL(
        ["asset_group.id", "asset_group.name", "asset_group.status", "campaign.id"], from: "asset_group")
    static let ads = GAQL(
        [
            "ad_group_ad.status", "ad_group_ad.ad.id", "ad_group_ad.ad.type", "ad_group_ad.ad.name",
            "ad_group_ad.ad.final_urls", "ad_group_ad.ad.responsive_search_ad.headlines",
            "ad_group_ad.ad.responsive_search_ad.descriptions", "ad_group_ad.ad_strength",
            "ad_group_ad.policy_summary.approval_status", "ad_group.id", "campaign.id",
        ], from: "ad_group_ad")
    static let assets = GAQL(
        [
            "asset_group_asset.field_type", "asset_group_asset.status", "asset_group.id", "campaign.id", "asset.id",
            "asset.name", "asset.type", "asset.text_asset.text", "asset.image_asset.full_size.url",
            "asset.youtube_video_asset.youtube_video_id",
        ], from: "asset_group_asset")

    private static let metrics = [
        "metrics.impressions", "metrics.clicks", "metrics.cost_micros", "metrics.conversions",
        "metrics.conversions_value", "metrics.all_conversions", "metrics.all_conversions_value",
        "metrics.view_through_conversions", "metrics.engagements", "metrics.video_trueview_views",
    ]
    static let campaignDays = GAQL(["campaign.id", "segments.date"] + metrics, from: "campaign")
    static let adGroupDays = GAQL(["ad_group.id", "segments.date"] + metrics, from: "ad_group")
    static let assetGroupDays = GAQL(
        ["asset_group.id", "segments.date", "metrics.impressions", "metrics.clicks", "metrics.cost_micros"]
            + ["metrics.conversions", "metrics.conversions_value"], from: "asset_group")
    static let adDays = GAQL(["ad_group_ad.ad.id", "ad_group.id", "segments.date"] + metrics, from: "ad_group_ad")
    /// Cost, clicks and impressions cannot be split by action.
    static let conversionDays = GAQL(
        [
            "campaign.id", "segments.date", "segments.conversion_action", "segments.conversion_action_name",
            "segments.conversion_action_category", "metrics.conversions", "metrics.conversions_value",
        ], from: "campaign")
}

extension GoogleAdsConnector {
    /// Asset groups stand where ad groups stand, and have numbers of their own.
    static func assetGroupID(_ id: String) -> String { "asset_group:\(id)" }

    /// An ad's number is its own only together with its group's.
    static func adID(_ record: JSONValue) throws -> String {
        guard let id = record.at("adGroupAd.ad.id")?.text, let group = record.at("adGroup.id")?.text else {
            throw MappingProblem("ad_group_ad.ad.id")
        }
        return "\(group)~\(id)"
    }

    private static func status(_ word: String?) -> CampaignStatus {
        switch word {
        case "ENABLED": .active
        case "REMOVED": .archived
        default: .paused
        }
    }

    static func campaign(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("campaign.id")?.text else { throw MappingProblem("campaign.id") }
        guard let name = record.at("campaign.name")?.text else { throw MappingProblem("campaign.name") }
        let type = record.at("campaign.advertisingChannelType")?.text ?? ""
        var campaign = CampaignInput(
            externalID: id, channel: channels[type] ?? "search", name: name,
            status: status(record.at("campaign.status")?.text))
        if campaign.status == .active, record.at("campaign.primaryStatus")?.text == "ENDED" {
            campaign.status = .completed
        }
        campaign.objective = record.at("campaign.biddingStrategyType")?.text
        campaign.startAt = context.zonedTime(record.at("campaign.startDateTime"))
        campaign.endAt = context.zonedTime(record.at("campaign.endDateTime"))
        campaign.currency = context.currency
        campaign.accountExternalID = context.account.id
        if let budget = Amount.micros(record.at("campaignBudget.amountMicros"), context.currency) {
            campaign.budgetMinor = budget
            campaign.budgetPeriod = record.at("campaignBudget.period")?.text == "CUSTOM_PERIOD" ? "lifetime" : "daily"
        }
        if record.at("campaignBudget.explicitlyShared")?.flag != true {
            campaign.budgetExternalID =
                record.at("campaignBudget.id")?.text ?? lastPart(record.at("campaign.campaignBudget")?.text)
        }
        batch.campaigns.append(campaign)
    }

    private static let channels = [
        "SEARCH": "search", "SHOPPING": "search", "PERFORMANCE_MAX": "search", "DISPLAY": "display",
        "VIDEO": "video", "DEMAND_GEN": "display", "DISCOVERY": "display", "MULTI_CHANNEL": "display",
    ]

    static func adGroup(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("adGroup.id")?.text else { throw MappingProblem("ad_group.id") }
        guard let campaign = record.at("campaign.id")?.text else { throw MappingProblem("campaign.id") }
        var group = AdGroupInput(
            externalID: id, campaignExternalID: campaign, name: record.at("adGroup.name")?.text ?? id,
            status: status(record.at("adGroup.status")?.text))
        group.bidMinor = Amount.micros(record.at("adGroup.cpcBidMicros"), context.currency)
        group.currency = context.currency
        group.optimisation = record.at("adGroup.type")?.text
        batch.adGroups.append(group)
    }

    static func assetGroup(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("assetGroup.id")?.text else { throw MappingProblem("asset_group.id") }
        guard let campaign = record.at("campaign.id")?.text else { throw MappingProblem("campaign.id") }
        var group = AdGroupInput(
            externalID: assetGroupID(id), campaignExternalID: campaign,
            name: record.at("assetGroup.name")?.text ?? id, status: status(record.at("assetGroup.status")?.text))
        group.currency = context.currency
        group.optimisation = "PERFORMANCE_MAX"
        batch.adGroups.append(group)
    }

    static func ad(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        let ad = record.at("adGroupAd.ad") ?? .null
        let type = ad.at("type")?.text ?? ""
        let headline = ad.at("responsiveSearchAd.headlines.0.text")?.text
        var creative = CreativeInput(
            externalID: try adID(record), name: ad.at("name")?.text ?? headline ?? ad.at("id")?.text ?? "",
            status: status(record.at("adGroupAd.status")?.text), format: format(type))
        creative.campaignExternalID = record.at("campaign.id")?.text
        creative.adGroupExternalID = record.at("adGroup.id")?.text
        creative.headline = headline
        creative.body = ad.at("responsiveSearchAd.descriptions.0.text")?.text
        creative.landingURL = ad.at("finalUrls.0")?.text
        creative.reviewStatus = record.at("adGroupAd.policySummary.approvalStatus")?.text
        batch.creatives.append(creative)
    }

    private static func format(_ type: String) -> String {
        if type.contains("VIDEO") { return "video" }
        if type.contains("CAROUSEL") { return "carousel" }
        return type.contains("IMAGE") || type.contains("DISPLAY") || type.contains("SHOPPING") ? "image" : "text"
    }

    static func asset(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("asset.id")?.text, let group = record.at("assetGroup.id")?.text else {
            throw MappingProblem("asset.id")
        }
        let use = record.at("assetGroupAsset.fieldType")?.text ?? "ASSET"
        let text = record.at("asset.textAsset.text")?.text
        var creative = CreativeInput(
            externalID: "\(assetGroupID(group))~\(id)~\(use)", name: record.at("asset.name")?.text ?? text ?? id,
            status: status(record.at("assetGroupAsset.status")?.text),
            format: format(record.at("asset.type")?.text ?? ""))
        creative.campaignExternalID = record.at("campaign.id")?.text
        creative.adGroupExternalID = assetGroupID(group)
        if use.contains("DESCRIPTION") { creative.body = text } else { creative.headline = text }
        creative.mediaURL =
            record.at("asset.imageAsset.fullSize.url")?.text
            ?? record.at("asset.youtubeVideoAsset.youtubeVideoId")?.text
        batch.creatives.append(creative)
    }

    /// Unset figures are left out of the reply: they are zero.
    static func day(
        _ record: JSONValue, _ level: String, _ entity: String?, _ context: MappingContext,
        _ batch: inout CanonicalBatch
    ) throws {
        guard let entity else { throw MappingProblem(level) }
        var row = try emptyDay(record, level, entity, actionType: nil, context)
        let metrics = record.at("metrics") ?? .null
        row.spendMinor = Amount.micros(metrics.at("costMicros") ?? 0, context.currency)
        row.impressions = metrics.at("impressions")?.whole ?? 0
        row.clicks = metrics.at("clicks")?.whole ?? 0
        row.conversions = metrics.at("conversions")?.number ?? 0
        row.conversionValueMinor = Amount.major(metrics.at("conversionsValue") ?? 0, context.currency)
        row.videoViews = metrics.at("videoTrueviewViews")?.whole
        batch.metricDays.append(row)
    }

    static func conversions(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let campaign = record.at("campaign.id")?.text else { throw MappingProblem("campaign.id") }
        guard
            let action = record.at("segments.conversionActionName")?.text
                ?? lastPart(record.at("segments.conversionAction")?.text)
        else { throw MappingProblem("segments.conversion_action") }
        var row = try emptyDay(record, "campaign", campaign, actionType: action, context)
        row.conversions = record.at("metrics.conversions")?.number ?? 0
        row.conversionValueMinor = Amount.major(record.at("metrics.conversionsValue") ?? 0, context.currency)
        batch.metricDays.append(row)
    }

    /// A day is read for the last time by the weekly sync, at an age between `weekly_days - 7` and `weekly_days`.
    private static func emptyDay(
        _ record: JSONValue, _ level: String, _ entity: String, actionType: String?, _ context: MappingContext
    ) throws -> MetricDayInput {
        guard let day = record.at("segments.date")?.text else { throw MappingProblem("segments.date") }
        return MetricDayInput(
            level: level, entityExternalID: entity, day: day, timeZone: context.timeZone, source: "google_ads",
            currency: context.currency, actionType: actionType,
            isFinal: context.isFinal(day, afterDays: context.settings.number("weekly_days", or: 90) - 7))
    }
}
