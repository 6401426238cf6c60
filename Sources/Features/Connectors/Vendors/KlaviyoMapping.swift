import Customers
import Foundation
import Records
import Web

/// Klaviyo's resources as ours.
enum KlaviyoMapping {
    // MARK: Profiles

    static func profile(_ record: JSONValue, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("id")?.text else { throw MappingProblem("id") }
        guard let facts = record.at("attributes") else { throw MappingProblem("attributes") }
        batch.customers.append(
            CustomerInput(
                externalID: id, email: facts.at("email")?.text, phone: facts.at("phone_number")?.text,
                firstName: facts.at("first_name")?.text, lastName: facts.at("last_name")?.text,
                country: facts.at("location.country")?.text.flatMap { $0.count == 2 ? $0.uppercased() : nil },
                region: facts.at("location.region")?.text,
                language: facts.at("locale")?.text.map { String($0.prefix(2)).lowercased() },
                sourceCreatedAt: facts.at("created")?.time, sourceUpdatedAt: facts.at("updated")?.time))
        consents(facts.at("subscriptions") ?? .null, customer: id, &batch)
    }

    private static func consents(_ subscriptions: JSONValue, customer: String, _ batch: inout CanonicalBatch) {
        let places: [(ConsentSignal.Channel, String)] = [
            (.email, "email.marketing"), (.sms, "sms.marketing"), (.push, "mobile_push.marketing"),
            (.whatsapp, "whatsapp.marketing"),
        ]
        for (channel, path) in places {
            guard let marketing = subscriptions.at(path) else { continue }
            // Whoever is suppressed for the whole account gets nothing, whatever was agreed to before; a list's own
            // suppression says nothing about the rest.
            let suppressions = marketing.at("suppression")?.list ?? []
            for suppression in suppressions {
                let reason = suppression.at("reason")?.text ?? "suppressed"
                batch.consents.append(
                    ConsentSignal(
                        customerExternalID: customer, channel: channel,
                        state: reason == "UNSUBSCRIBE" ? .unsubscribed : .suppressed,
                        at: suppression.at("timestamp")?.time, evidence: "suppression \(reason)"))
            }
            let word = marketing.at("consent")?.text
            guard word == "UNSUBSCRIBED" || word == "SUBSCRIBED" && suppressions.isEmpty else { continue }
            let method = marketing.at("method")?.text.map { " (\($0))" } ?? ""
            batch.consents.append(
                ConsentSignal(
                    customerExternalID: customer, channel: channel,
                    state: word == "SUBSCRIBED" ? .subscribed : .unsubscribed,
                    at: (marketing.at("consent_timestamp") ?? marketing.at("last_updated"))?.time,
                    evidence: "\(path) \(word ?? "")\(method)"))
        }
    }

    // MARK: Campaigns, messages, flows

    static func campaign(_ record: JSONValue, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("id")?.text else { throw MappingProblem("id") }
        guard let facts = record.at("attributes") else { throw MappingProblem("attributes") }
        let messages = record.at("_joined.campaign-messages")?.list ?? []
        let status = status(facts)
        var campaign = CampaignInput(
            externalID: id, channel: channel(messages.first), name: facts.at("name")?.text ?? id, status: status)
        campaign.startAt = facts.at("send_time")?.time ?? facts.at("scheduled_at")?.time
        campaign.objective = facts.at("send_strategy.method")?.text
        campaign.updatedAt = facts.at("updated_at")?.time
        batch.campaigns.append(campaign)
        for message in messages {
            guard let messageID = message.at("id")?.text else { continue }
            let definition = message.at("attributes.definition") ?? message.at("attributes") ?? .null
            var creative = CreativeInput(
                externalID: messageID, name: definition.at("label")?.text ?? campaign.name, status: status,
                format: "text")
            creative.campaignExternalID = id
            creative.headline = definition.at("content.subject")?.text
            creative.body = definition.firstText("content.preview_text", "content.body")
            creative.updatedAt = campaign.updatedAt
            batch.creatives.append(creative)
        }
    }

    private static func channel(_ message: JSONValue?) -> String {
        let word = message?.firstText("attributes.definition.channel", "attributes.channel") ?? "email"
        return word == "mobile_push" ? "push" : word
    }

    private static func status(_ facts: JSONValue) -> CampaignStatus {
        if facts.at("archived")?.flag == true { return .archived }
        switch facts.at("status")?.text?.lowercased() ?? "" {
        case let word where word.hasPrefix("cancel"): return .archived
        case "draft": return .draft
        case "paused": return .paused
        case "sent", "variations sent": return .completed
        default: return .active
        }
    }

    static func flow(_ record: JSONValue, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("id")?.text else { throw MappingProblem("id") }
        guard let facts = record.at("attributes") else { throw MappingProblem("attributes") }
        let states: [String: CampaignStatus] = ["live": .active, "manual": .paused, "draft": .draft]
        let isArchived = facts.at("archived")?.flag == true
        var flow = CampaignInput(
            externalID: id, channel: "email", name: facts.at("name")?.text ?? id,
            status: isArchived ? .archived : states[facts.at("status")?.text ?? ""] ?? .draft)
        flow.objective = "flow" + (facts.at("trigger_type")?.text.map { ": \($0)" } ?? "")
        flow.startAt = facts.at("created")?.time
        flow.updatedAt = facts.at("updated")?.time
        batch.campaigns.append(flow)
    }

    // MARK: Events

    /// The vendor's own names; another name is an event of the customer's own.
    private static let types: [String: (type: String, channel: String)] = [
        "Received Email": ("email_delivered", "email"), "Opened Email": ("email_open", "email"),
        "Clicked Email": ("email_click", "email"), "Bounced Email": ("email_bounce", "email"),
        "Dropped Email": ("email_bounce", "email"), "Marked Email as Spam": ("email_complaint", "email"),
        "Unsubscribed from Email Marketing": ("email_unsubscribe", "email"), "Received SMS": ("sms_sent", "sms"),
        "Clicked SMS": ("sms_click", "sms"), "Placed Order": ("order_placed", "web"),
        "Started Checkout": ("checkout_started", "web"), "Active on Site": ("page_view", "web"),
        "Viewed Product": ("product_view", "web"), "Added to Cart": ("add_to_cart", "web"),
    ]

    static func event(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("id")?.text else { throw MappingProblem("id") }
        let facts = record.at("attributes") ?? .null
        guard let at = facts.at("datetime")?.time ?? facts.at("timestamp")?.secondsTime else {
            throw MappingProblem("datetime")
        }
        guard let name = record.at("_joined.metric.0.attributes.name")?.text else { throw MappingProblem("metric") }
        let known = types[name]
        let properties = facts.at("event_properties") ?? .null
        let attribution = record.at("_joined.attributions.0.relationships") ?? .null
        var event = EventInput(
            externalID: id, type: known?.type ?? "custom:" + slug(name), at: at,
            customerExternalID: record.at("relationships.profile.data.id")?.text, channel: known?.channel)
        event.campaignExternalID =
            attribution.firstText("campaign.data.id", "flow.data.id")
            ?? properties.at("$flow")?.text
        event.contentID =
            attribution.firstText("campaign-message.data.id", "flow-message.data.id")
            ?? properties.firstText("$message", "ProductID")
        event.url = properties.firstText("URL", "url", "page")
        event.valueMinor = Amount.major(properties.at("$value"), context.currency)
        event.currency = event.valueMinor == nil ? nil : context.currency
        // Mail programs and scanners open and click by themselves.
        event.machine = properties.at("machine_open")?.flag == true || properties.at("bot_click")?.flag == true
        batch.events.append(event)
    }

    private static func slug(_ name: String) -> String {
        name.lowercased().split { !$0.isASCII || !($0.isLetter || $0.isNumber) }.joined(separator: "_")
    }

    // MARK: Days

    static func messageDay(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let message = record.at("message")?.text else { throw MappingProblem("message") }
        guard let at = record.at("date")?.time else { throw MappingProblem("date") }
        let today = VendorTime.day(context.fetchedAt, in: context.timeZone)
        let day = VendorTime.day(at, in: context.timeZone)
        let open = context.settings.number("restated_days", or: 7)
        var row = MetricDayInput(
            level: "email", entityExternalID: message, day: day, timeZone: context.timeZone, source: "klaviyo",
            currency: context.currency, isFinal: day <= VendorTime.day(today, plus: -open))
        func count(_ name: String) -> Int64? { record.at(name)?.number.map { Int64($0.rounded()) } }
        row.sends = count("sends")
        row.opens = count("opens")
        row.clicks = count("clicks")
        row.unsubscribes = count("unsubscribes")
        row.conversions = record.at("conversions")?.number
        row.conversionValueMinor = Amount.major(record.at("conversion_value"), context.currency)
        batch.metricDays.append(row)
    }
}
