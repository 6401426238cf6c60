import Crypto
import Foundation
import Records
import Vault
import Web

extension LinkedInAdsConnector {
    private static func status(_ word: String?) -> CampaignStatus {
        switch word {
        case "ACTIVE": .active
        case "DRAFT": .draft
        case "COMPLETED": .completed
        case "ARCHIVED", "CANCELED", "PENDING_DELETION", "REMOVED": .archived
        default: .paused
        }
    }

    private static func amount(_ money: JSONValue?, _ context: MappingContext) -> Int64? {
        Amount.major(money?.at("amount"), money?.at("currencyCode")?.text ?? context.currency)
    }

    static func group(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("id")?.text else { throw MappingProblem("id") }
        guard let name = record.at("name")?.text else { throw MappingProblem("name") }
        var campaign = CampaignInput(
            externalID: id, channel: "social", name: name, status: status(record.at("status")?.text))
        campaign.objective = record.at("objectiveType")?.text
        let total = amount(record.at("totalBudget"), context)
        let daily = amount(record.at("dailyBudget"), context)
        campaign.budgetMinor = daily ?? total
        campaign.budgetPeriod = daily != nil ? "daily" : total != nil ? "lifetime" : nil
        campaign.currency = record.firstText("dailyBudget.currencyCode", "totalBudget.currencyCode") ?? context.currency
        campaign.startAt = record.at("runSchedule.start")?.millisecondsTime
        campaign.endAt = record.at("runSchedule.end")?.millisecondsTime
        campaign.accountExternalID = context.account.id
        campaign.updatedAt = record.at(modified)?.millisecondsTime
        batch.campaigns.append(campaign)
    }

    static func campaign(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("id")?.text else { throw MappingProblem("id") }
        guard let group = record.at("campaignGroup")?.text else { throw MappingProblem("campaignGroup") }
        var adGroup = AdGroupInput(
            externalID: id, campaignExternalID: RestLi.number(group), name: record.at("name")?.text ?? id,
            status: status(record.at("status")?.text))
        adGroup.budgetMinor = amount(record.at("dailyBudget"), context) ?? amount(record.at("totalBudget"), context)
        adGroup.bidMinor = amount(record.at("unitCost"), context)
        adGroup.currency = record.at("dailyBudget.currencyCode")?.text ?? context.currency
        adGroup.optimisation = record.firstText("optimizationTargetType", "objectiveType")
        adGroup.updatedAt = record.at(modified)?.millisecondsTime
        batch.adGroups.append(adGroup)
    }

    static func creative(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let urn = record.at("id")?.text else { throw MappingProblem("id") }
        let text = record.at("content.textAd")
        var creative = CreativeInput(
            externalID: RestLi.number(urn),
            name: record.at("name")?.text ?? text?.at("headline")?.text ?? RestLi.number(urn),
            status: status(record.at("intendedStatus")?.text), format: format(record))
        creative.adGroupExternalID = record.at("campaign")?.text.map(RestLi.number)
        creative.headline = text?.at("headline")?.text
        creative.body = text?.at("description")?.text
        creative.landingURL = text?.at("landingPage")?.text
        creative.mediaURL = record.at("content.reference")?.text
        creative.reviewStatus = record.at("review.status")?.text
        creative.updatedAt = record.at("lastModifiedAt")?.millisecondsTime
        batch.creatives.append(creative)
    }

    private static func format(_ record: JSONValue) -> String {
        let word = record.at("_format")?.text ?? ""
        if record.at("content.textAd") != nil || word.contains("TEXT") { return "text" }
        if word.contains("VIDEO") { return "video" }
        return word.contains("CAROUSEL") ? "carousel" : "image"
    }

    /// The headline are all conversions on the website; after a click and after a view stand beside it.
    static func day(
        _ record: JSONValue, _ level: String, _ context: MappingContext, _ batch: inout CanonicalBatch
    ) throws {
        guard let urn = record.at("pivotValues.0")?.text else { throw MappingProblem("pivotValues") }
        let day = try day(record)
        func row(_ setting: String?, _ action: String?) -> MetricDayInput {
            MetricDayInput(
                level: level, entityExternalID: RestLi.number(urn), day: day, timeZone: "UTC", source: "linkedin_ads",
                currency: context.currency, attributionSetting: setting, actionType: action,
                isFinal: context.isFinal(day, afterDays: context.settings.number("restated_days", or: 30) - 1))
        }
        var main = row(nil, nil)
        main.spendMinor = Amount.major(record.at("costInLocalCurrency") ?? "0", context.currency)
        main.impressions = record.at("impressions")?.whole ?? 0
        main.clicks = record.at("clicks")?.whole ?? 0
        main.conversions = record.at("externalWebsiteConversions")?.number ?? 0
        main.conversionValueMinor = Amount.major(record.at("conversionValueInLocalCurrency") ?? "0", context.currency)
        main.reach = record.at("approximateMemberReach")?.whole
        main.videoViews = record.at("videoViews")?.whole
        batch.metricDays.append(main)
        let parts = [
            ("post_click", "external_website_conversion", "externalWebsitePostClickConversions"),
            ("post_view", "external_website_conversion", "externalWebsitePostViewConversions"),
            (nil, "one_click_lead", "oneClickLeads"),
        ]
        for (setting, action, field) in parts {
            guard let count = record.at(field)?.number, count > 0 else { continue }
            var part = row(setting, action)
            part.conversions = count
            batch.metricDays.append(part)
        }
    }

    private static func day(_ record: JSONValue) throws -> Day {
        let start = record.at("dateRange.start")
        guard let year = start?.at("year")?.whole, let month = start?.at("month")?.whole,
            let day = start?.at("day")?.whole
        else { throw MappingProblem("dateRange") }
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(year)-\(two(month))-\(two(day))"
    }

    // MARK: Replies

    /// No reply tells how much is left, and a 429 may be the day's quota.
    public func fault(in response: VendorResponse) -> VendorFault? {
        guard !response.isSuccess else { return nil }
        let code = response.json.at("serviceErrorCode")?.whole
        let message = response.json.firstText("message", "code") ?? response.excerpt
        switch response.status {
        case 401 where code == 65_601: return .actionRequired(.reconnect, message: message)
        case 426: return .actionRequired(.configure, message: message)
        case 429: return .rateLimited(wait: nil, policy: VendorFault.dailyQuota)
        default: return .standard(response, message: message)
        }
    }

    // MARK: Webhooks

    /// Only leads are pushed, to addresses that answer a challenge again and again.
    public var webhooks: WebhookScheme? {
        WebhookScheme(
            .hmac(
                header: "X-LI-Signature", .hex, prefix: "hmacsha256=", message: [.text("hmacsha256="), .body]),
            challenge: { delivery, secrets in
                guard delivery.method == "GET", let secret = secrets.first,
                    let code = URLComponents(string: delivery.url)?.queryItems?.first(where: {
                        $0.name == "challengeCode"
                    })?
                    .value, (1...200).contains(code.utf8.count)
                else { return nil }
                let key = SymmetricKey(data: Data(secret.reveal().utf8))
                let answer = Hex.encode(HMAC<SHA256>.authenticationCode(for: Data(code.utf8), using: key))
                let reply: JSONValue = ["challengeCode": .string(code), "challengeResponse": .string(answer)]
                return String(decoding: reply.bytes, as: UTF8.self)
            })
    }

    /// Leads are no canonical rows yet: they are noted and have no effect.
    public func events(in delivery: WebhookDelivery) throws -> [WebhookEvent] {
        let body = delivery.json
        let id =
            body.firstText("leadGenFormResponse", "notificationId", "id")
            ?? Hex.encode(SHA256.hash(data: delivery.body).prefix(16))
        return [WebhookEvent(id: id, topic: body.at("leadAction")?.text ?? "lead", .ignored)]
    }

    // MARK: Actions

    /// Budgets and bids belong to LinkedIn's campaigns, our ad groups.
    public func request(
        for action: PlatformAction, fields: [String: String], settings: PlatformSettings
    ) -> VendorRequest? {
        guard let account = fields["account"] ?? fields["account_id"] else { return nil }
        func patch(_ path: String, _ field: String, _ value: JSONValue) -> VendorRequest {
            var request = VendorRequest.post(
                "/adAccounts/\(account)/\(path)", ["patch": ["$set": .object([.init(field, value)])]], endpoint: "write"
            )
            request.headers.add("X-RestLi-Method", "PARTIAL_UPDATE")
            return request
        }
        func money(_ minor: Int64, _ currency: String) -> JSONValue {
            ["amount": .string(Amount.decimalText(minor: minor, currency)), "currencyCode": .string(currency)]
        }
        switch action {
        case .setStatus(let entity, let id, let active):
            let word: JSONValue = active ? "ACTIVE" : "PAUSED"
            switch entity {
            case "campaign": return patch("adCampaignGroups/\(id)", "status", word)
            case "ad_group": return patch("adCampaigns/\(id)", "status", word)
            case "ad": return patch("creatives/\(RestLi.urn("sponsoredCreative", id))", "intendedStatus", word)
            default: return nil
            }
        case .setBudget(let id, let minor, let currency):
            return patch("adCampaigns/\(id)", "dailyBudget", money(minor, currency))
        case .setBid(let id, let minor, let currency):
            return patch("adCampaigns/\(id)", "unitCost", money(minor, currency))
        case .uploadAudience(let id, let hashes): return Self.audience(id, hashes)
        default: return nil
        }
    }

    private static func audience(_ id: String, _ hashes: [String]) -> VendorRequest? {
        guard !hashes.isEmpty, hashes.count <= 5_000 else { return nil }
        let elements: [JSONValue] = hashes.map { hash in
            ["action": "ADD", "userIds": [["idType": "SHA256_EMAIL", "idValue": .string(hash)]]]
        }
        var request = VendorRequest.post(
            "/dmpSegments/\(id)/users", ["elements": .array(elements)], endpoint: "write")
        request.headers.add("X-RestLi-Method", "BATCH_CREATE")
        return request
    }
}
