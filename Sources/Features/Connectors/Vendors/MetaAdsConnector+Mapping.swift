import Foundation
import Records
import Web

extension MetaAdsConnector {
    /// What Meta says of the thing itself; whatever stands above it may pause it too.
    private static func status(_ record: JSONValue, endsAt: Date?, _ context: MappingContext) -> CampaignStatus {
        switch record.at("effective_status")?.text {
        case "ARCHIVED", "DELETED": return .archived
        case "PAUSED", "CAMPAIGN_PAUSED", "ADSET_PAUSED": return .paused
        default: break
        }
        guard record.at("status")?.text == "ACTIVE" else { return .paused }
        return endsAt.map { $0 <= context.fetchedAt } == true ? .completed : .active
    }

    /// Budgets are texts in minor units; `"0"` means that there is none on this level.
    private static func budget(_ record: JSONValue) -> (minor: Int64, period: String)? {
        for period in ["daily", "lifetime"] {
            if let minor = Amount.minor(record.at("\(period)_budget")), minor > 0 { return (minor, period) }
        }
        return nil
    }

    static func campaign(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("id")?.text else { throw MappingProblem("id") }
        guard let name = record.at("name")?.text else { throw MappingProblem("name") }
        let endsAt = record.at("stop_time")?.time
        var campaign = CampaignInput(
            externalID: id, channel: "social", name: name, status: status(record, endsAt: endsAt, context))
        campaign.objective = record.at("objective")?.text
        let budget = budget(record)
        campaign.budgetMinor = budget?.minor
        campaign.budgetPeriod = budget?.period
        campaign.currency = context.currency
        campaign.startAt = record.at("start_time")?.time
        campaign.endAt = endsAt
        campaign.accountExternalID = context.account.id
        campaign.updatedAt = record.at("updated_time")?.time
        batch.campaigns.append(campaign)
    }

    static func adSet(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("id")?.text else { throw MappingProblem("id") }
        guard let campaign = record.at("campaign_id")?.text else { throw MappingProblem("campaign_id") }
        var group = AdGroupInput(
            externalID: id, campaignExternalID: campaign, name: record.at("name")?.text ?? id,
            status: status(record, endsAt: record.at("end_time")?.time, context))
        group.bidMinor = Amount.minor(record.at("bid_amount"))
        group.budgetMinor = budget(record)?.minor
        group.currency = context.currency
        group.optimisation = record.at("optimization_goal")?.text
        group.updatedAt = record.at("updated_time")?.time
        batch.adGroups.append(group)
    }

    static func ad(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("id")?.text else { throw MappingProblem("id") }
        let shown = record.at("creative") ?? .null
        let link = shown.at("object_story_spec.link_data") ?? .null
        let video = shown.at("object_story_spec.video_data") ?? .null
        var creative = CreativeInput(
            externalID: id, name: record.at("name")?.text ?? id, status: status(record, endsAt: nil, context),
            format: format(shown))
        creative.campaignExternalID = record.at("campaign_id")?.text
        creative.adGroupExternalID = record.at("adset_id")?.text
        creative.headline =
            shown.firstText("title", "asset_feed_spec.titles.0.text") ?? link.at("name")?.text
            ?? video.at("title")?.text
        creative.body =
            shown.firstText("body", "asset_feed_spec.bodies.0.text") ?? link.at("message")?.text
            ?? video.at("message")?.text
        creative.callToAction = shown.at("call_to_action_type")?.text
        creative.mediaURL = shown.firstText("image_url", "thumbnail_url")
        creative.landingURL =
            shown.firstText("link_url", "asset_feed_spec.link_urls.0.website_url")
            ?? link.at("link")?.text
        creative.reviewStatus = record.at("effective_status")?.text
        creative.updatedAt = record.at("updated_time")?.time
        batch.creatives.append(creative)
    }

    private static func format(_ shown: JSONValue) -> String {
        if shown.at("object_story_spec.link_data.child_attachments") != nil { return "carousel" }
        if shown.at("video_id") != nil || shown.at("object_story_spec.video_data") != nil { return "video" }
        return shown.firstText("image_url", "thumbnail_url") == nil ? "text" : "image"
    }

    // MARK: Insights

    /// Purchases come under several names for the same sales: the first one present counts, they are never added.
    static let purchases = ["omni_purchase", "purchase", "offsite_conversion.fb_pixel_purchase"]

    /// The figures of one entity and day; besides, per type of action what was counted under it.
    static func day(
        _ record: JSONValue, _ level: String, id: String, byAction: Bool, _ context: MappingContext,
        _ batch: inout CanonicalBatch
    ) throws {
        guard let entity = record.at(id)?.text else { throw MappingProblem(id) }
        guard let day = record.at("date_start")?.text else { throw MappingProblem("date_start") }
        guard record.at("date_stop")?.text ?? day == day else { throw MappingProblem("date_stop", "not one day") }
        let currency = record.at("account_currency")?.text ?? context.currency
        let last = context.settings.number("restated_days", or: 28) - 1
        func row(_ action: String?) -> MetricDayInput {
            MetricDayInput(
                level: level, entityExternalID: entity, day: day, timeZone: context.timeZone, source: "meta_ads",
                currency: currency, attributionSetting: record.at("attribution_setting")?.text, actionType: action,
                isFinal: context.isFinal(day, afterDays: last))
        }
        let counts = figures(record.at("actions"))
        let values = figures(record.at("action_values"))
        let purchase = purchases.first { counts[$0] != nil || values[$0] != nil }
        var main = row(nil)
        main.spendMinor = Amount.major(record.at("spend") ?? 0, currency)
        main.impressions = record.at("impressions")?.whole ?? 0
        main.clicks = record.at("clicks")?.whole ?? 0
        main.reach = record.at("reach")?.whole
        main.conversions = purchase.flatMap { counts[$0]?.number } ?? 0
        main.conversionValueMinor = purchase.flatMap { Amount.major(values[$0], currency) } ?? 0
        main.videoViews = counts["video_view"]?.whole
        batch.metricDays.append(main)
        guard byAction else { return }
        for type in Set(counts.keys).union(values.keys).sorted() {
            var part = row(type)
            part.conversions = counts[type]?.number
            part.conversionValueMinor = Amount.major(values[type], currency)
            batch.metricDays.append(part)
        }
    }

    private static func figures(_ actions: JSONValue?) -> [String: JSONValue] {
        let pairs = (actions?.list ?? []).compactMap { action in
            action.at("action_type")?.text.flatMap { type in action.at("value").map { (type, $0) } }
        }
        return Dictionary(pairs) { first, _ in first }
    }
}
