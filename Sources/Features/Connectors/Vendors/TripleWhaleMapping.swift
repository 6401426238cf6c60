import Customers
import Foundation
import Records
import Web

/// The vendor's rows as ours.
enum TripleWhaleMapping {
    // MARK: Orders and journeys

    static func order(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("order_id")?.text else { throw MappingProblem("order_id") }
        guard let placed = record.at("created_at")?.time else { throw MappingProblem("created_at") }
        let currency = record.at("currency")?.text ?? context.currency
        guard let total = Amount.major(record.at("total_price"), currency) else { throw MappingProblem("total_price") }
        let customer = record.at("customer_id")?.text ?? "order:\(id)"
        var order = OrderInput(
            externalID: id, customerExternalID: customer, placedAt: placed, amountMinor: total, currency: currency)
        order.number = record.at("order_name")?.text
        let click = record.at("attribution.lastPlatformClick.0") ?? record.at("attribution.lastClick.0")
        order.utmSource = click?.at("source")?.text
        order.utmCampaign = click?.at("campaignId")?.text
        batch.orders.append(order)
        if let id = record.at("customer_id")?.text, !id.isEmpty, id.allSatisfy({ $0.isASCII && $0.isNumber }) {
            // Customers here are the shop's own, by the number in their global id.
            let link = PersonLink(platform: "shopify", externalID: "gid://shopify/Customer/\(id)")
            batch.customers.append(CustomerInput(externalID: id, links: [link]))
        }
        journey(record, order: id, customer: customer, &batch)
        clicks(record, order: id, customer: customer, &batch)
    }

    private static func journey(
        _ record: JSONValue, order: String, customer: String, _ batch: inout CanonicalBatch
    ) {
        var seen: Set<String> = []
        for step in record.at("journey")?.list ?? [] {
            guard let at = moment(step.at("time")), let word = step.at("event")?.text else { continue }
            let product = step.at("productId")?.text
            let path = step.at("path")?.text
            let id = [order, VendorTime.iso(at), word, product ?? path ?? ""].joined(separator: "|")
            guard seen.insert(id).inserted else { continue }
            let type = word == "add2c" ? "add_to_cart" : product == nil ? "page_view" : "product_view"
            batch.events.append(
                EventInput(
                    externalID: id, type: type, at: at, customerExternalID: customer, channel: "web",
                    contentID: product, url: path))
        }
    }

    /// One click is named by several models; it happened once.
    private static func clicks(
        _ record: JSONValue, order: String, customer: String, _ batch: inout CanonicalBatch
    ) {
        var seen: Set<String> = []
        let models = [
            "fullFirstClick", "fullLastClick", "firstClick", "lastClick", "lastPlatformClick", "linear", "linearAll",
        ]
        for click in models.flatMap({ record.at("attribution.\($0)")?.list ?? [] }) {
            guard let at = moment(click.at("clickDate")), let source = click.at("source")?.text else { continue }
            let campaign = click.at("campaignId")?.text
            let ad = click.at("adId")?.text
            let id = [order, "click", VendorTime.iso(at), source, campaign ?? "", ad ?? ""].joined(separator: "|")
            guard seen.insert(id).inserted else { continue }
            let isAd = source.hasSuffix("-ads")
            batch.events.append(
                EventInput(
                    externalID: id, type: isAd ? "ad_click" : "click", at: at, customerExternalID: customer,
                    channel: isAd ? "ads" : source, campaignExternalID: campaign, contentID: ad))
        }
    }

    private static func moment(_ value: JSONValue?) -> Date? {
        if let time = value?.time { return time }
        guard let number = value?.number else { return nil }
        return Date(timeIntervalSince1970: number > 1e11 ? number / 1000 : number)
    }

    // MARK: Campaigns, ad sets, ads

    private static func channel(_ record: JSONValue) -> String {
        switch record.at("channel")?.text ?? "" {
        case let name where name.hasPrefix("google") || name.hasPrefix("bing") || name.hasPrefix("microsoft"): "search"
        case let name where name.hasPrefix("youtube"): "video"
        default: "social"
        }
    }

    /// Ads that have not run for some days are over, whatever they were called last.
    private static func status(_ record: JSONValue, isActive: Bool, _ context: MappingContext) -> CampaignStatus {
        guard isActive else { return .paused }
        guard let last = record.at("last_day")?.text else { return .active }
        let today = VendorTime.day(context.fetchedAt, in: context.timeZone)
        return String(last.prefix(10)) < VendorTime.day(today, plus: -7) ? .completed : .active
    }

    static func campaign(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("campaign_id")?.text else { throw MappingProblem("campaign_id") }
        var campaign = CampaignInput(
            externalID: id, channel: channel(record), name: record.at("campaign_name")?.text ?? id,
            status: status(record, isActive: record.at("is_running")?.flag == true, context))
        campaign.accountExternalID = record.at("account_id")?.text
        campaign.objective = record.at("channel")?.text
        campaign.currency = context.currency
        campaign.startAt = record.at("first_day")?.text.flatMap {
            VendorTime.parse(String($0.prefix(10)) + "T00:00:00Z")
        }
        batch.campaigns.append(campaign)
    }

    static func adGroup(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("adset_id")?.text else { throw MappingProblem("adset_id") }
        guard let campaign = record.at("campaign_id")?.text else { throw MappingProblem("campaign_id") }
        batch.adGroups.append(
            AdGroupInput(
                externalID: id, campaignExternalID: campaign, name: record.at("adset_name")?.text ?? id,
                status: status(record, isActive: record.at("is_running")?.flag == true, context)))
    }

    static func creative(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("ad_id")?.text else { throw MappingProblem("ad_id") }
        let isActive = record.at("ad_status")?.text?.uppercased() == "ACTIVE"
        var creative = CreativeInput(
            externalID: id, name: record.at("ad_name")?.text ?? id,
            status: status(record, isActive: isActive, context),
            format: (record.at("thruplays")?.number ?? 0) > 0 ? "video" : "image")
        creative.campaignExternalID = record.at("campaign_id")?.text
        creative.adGroupExternalID = record.at("adset_id")?.text
        batch.creatives.append(creative)
    }

    // MARK: Days

    /// Attribution is restated inside the window; behind it a day is done.
    private static func row(
        _ record: JSONValue, level: String, entity: String, source: String, _ context: MappingContext
    ) throws -> MetricDayInput {
        guard let day = record.at("event_date")?.text.map({ String($0.prefix(10)) }), day.utf8.count == 10 else {
            throw MappingProblem("event_date")
        }
        let today = VendorTime.day(context.fetchedAt, in: context.timeZone)
        let open = context.settings.number("restated_days", or: 28)
        return MetricDayInput(
            level: level, entityExternalID: entity, day: day, timeZone: context.timeZone, source: source,
            currency: context.currency, isFinal: day <= VendorTime.day(today, plus: -open))
    }

    private static func count(_ record: JSONValue, _ name: String) -> Int64? {
        record.at(name)?.number.flatMap { abs($0) < 9e15 ? Int64($0.rounded()) : nil }
    }

    /// The finest level the channel reports on; a channel without any is one campaign.
    private static func entity(_ record: JSONValue) -> (level: String, id: String)? {
        if let id = record.at("ad_id")?.text { return ("ad", id) }
        if let id = record.at("adset_id")?.text { return ("ad_group", id) }
        return record.firstText("campaign_id", "channel").map { ("campaign", $0) }
    }

    static func adDay(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let (level, id) = entity(record) else { throw MappingProblem("ad_id") }
        var row = try row(record, level: level, entity: id, source: "triplewhale", context)
        row.spendMinor = Amount.major(record.at("spend"), context.currency)
        row.impressions = count(record, "impressions")
        row.clicks = count(record, "clicks")
        row.conversions = record.at("conversions")?.number
        row.conversionValueMinor = Amount.major(record.at("conversion_value"), context.currency)
        row.videoViews = count(record, "thruplays")
        batch.metricDays.append(row)
    }

    /// `Clicks & Views` → `triplewhale:clicks_and_views`.
    static func source(model: String) -> String {
        let words = model.lowercased().replacing("&", with: "and").replacing("+", with: "plus")
        return "triplewhale:" + words.split { !$0.isLetter && !$0.isNumber }.joined(separator: "_")
    }

    static func attributionDay(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let model = record.at("model")?.text else { throw MappingProblem("model") }
        guard let ad = record.at("ad_id")?.text else { return batch.skip("no_ad") }
        var row = try row(record, level: "ad", entity: ad, source: source(model: model), context)
        row.attributionSetting = record.at("attribution_window")?.text
        var newCustomers = row
        row.conversions = record.at("orders_quantity")?.number
        row.conversionValueMinor = Amount.major(record.at("order_revenue"), context.currency)
        row.sessions = count(record, "sessions")
        row.spendMinor = Amount.major(record.at("spend"), context.currency)
        batch.metricDays.append(row)
        guard let orders = record.at("new_customer_orders")?.number else { return }
        newCustomers.actionType = "new_customer_order"
        newCustomers.conversions = orders
        newCustomers.conversionValueMinor = Amount.major(record.at("new_customer_order_revenue"), context.currency)
        batch.metricDays.append(newCustomers)
    }

    static func accountDay(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        var row = try row(record, level: "account", entity: context.account.id, source: "triplewhale", context)
        row.spendMinor = Amount.major(record.at("spend"), context.currency)
        row.revenueMinor = Amount.major(record.at("order_revenue"), context.currency)
        row.orders = count(record, "orders_count")
        row.refundMinor = Amount.major(record.at("refund_money"), context.currency)
        batch.metricDays.append(row)
    }
}
