import Foundation
import Web

extension GoHighLevelConnector {
    // MARK: Replies

    public func fault(in response: VendorResponse) -> VendorFault? {
        let said = response.json.at("message")
        let words = said?.arrayValue?.compactMap(\.text).joined(separator: "; ") ?? said?.text
        let message = words ?? response.json.at("error")?.text ?? response.excerpt
        switch response.status {
        case 401 where message.lowercased().contains("scope"), 403: return .actionRequired(.addScope, message: message)
        case 429:
            if response.headers["X-RateLimit-Daily-Remaining"].flatMap(Int.init) == 0 {
                return .rateLimited(wait: response.retryAfter ?? 3600, policy: "daily")
            }
            let window = response.headers["X-RateLimit-Interval-Milliseconds"].flatMap(Double.init)
            return .rateLimited(wait: response.retryAfter ?? (window ?? 10_000) / 1000, policy: "burst")
        default: return .standard(response, message: message)
        }
    }

    public func allowance(in response: VendorResponse) -> Allowance? {
        if response.headers["X-RateLimit-Daily-Remaining"].flatMap(Int.init) == 0 {
            return Allowance(remaining: 0, resetAfter: 3600)
        }
        guard let left = response.headers["X-RateLimit-Remaining"].flatMap(Double.init) else { return nil }
        let window = response.headers["X-RateLimit-Interval-Milliseconds"].flatMap(Double.init)
        return Allowance(
            remaining: left, limit: response.headers["X-RateLimit-Max"].flatMap(Double.init),
            resetAfter: window.map { $0 / 1000 })
    }

    // MARK: Webhooks

    /// The older `x-wh-signature` is not taken: it ended in July 2026.
    public var webhooks: WebhookScheme? {
        WebhookScheme(
            .ed25519(header: "X-GHL-Signature", key: "webhook_key"), sentAt: { $0.json.at("timestamp")?.time })
    }

    public func events(in delivery: WebhookDelivery) throws -> [WebhookEvent] {
        let event = delivery.json
        guard let type = event.at("type")?.text else { throw MappingProblem("type") }
        let object = event.firstText("id", "_id", "contactId", "messageId") ?? ""
        // Without an id of its own an event is known by what it says.
        let id =
            event.at("webhookId")?.text ?? [type, object, event.at("timestamp")?.text ?? ""].joined(separator: "-")
        return [
            WebhookEvent(
                id: id, topic: type, Self.meaning(type, object: object, event),
                account: event.at("locationId")?.text.map { .id($0) })
        ]
    }

    private static func meaning(_ type: String, object: String, _ event: JSONValue) -> WebhookEvent.Meaning {
        switch type {
        case "UNINSTALL": .revoked
        case "ContactDelete": .deleted(Deletion(.customer, object))
        case "OpportunityDelete": .deleted(Deletion(.deal, object))
        case "ProductDelete": .deleted(Deletion(.product, object))
        case "LCEmailStats", "InboundMessage", "OutboundMessage": .record(stream: "events", event)
        case "CampaignStatusUpdate": .changed(streams: ["campaigns", "email_campaigns"])
        case _ where type.hasPrefix("Contact"): .changed(streams: ["customers"])
        case _ where type.hasPrefix("Opportunity"): .changed(streams: ["deals"])
        case _ where type.hasPrefix("Order"): .changed(streams: ["orders", "payments"])
        case _ where type.hasPrefix("Invoice"): .changed(streams: ["payments"])
        case _ where type.hasPrefix("Product") || type.hasPrefix("Price"): .changed(streams: ["products"])
        default: .ignored
        }
    }

    // MARK: Actions

    public func request(
        for action: PlatformAction, fields: [String: String], settings: PlatformSettings
    ) -> VendorRequest? {
        switch action {
        // Tags carry segments here: there is no call that edits a list.
        case .addToList(let tag, let people): return Self.tags("add", tag, people, fields)
        case .removeFromList(let tag, let people): return Self.tags("remove", tag, people, fields)
        case .startWorkflow(let workflow, let person):
            return .post(
                "/contacts/\(PercentCoding.encode(person))/workflow/\(PercentCoding.encode(workflow))", [:],
                endpoint: "write")
        case .setStatus("ad_campaign", let id, let active):
            return VendorRequest(
                .post,
                "/ad-publishing/facebook/campaigns/\(PercentCoding.encode(id))/\(active ? "resume" : "pause")",
                headers: ["Version": "v3"], endpoint: "write")
        // `active` switches do-not-disturb on.
        case .setConsent(let person, let channel, let isSubscribed, _, _, _):
            guard let name = GoHighLevelMapping.channels.first(where: { $0.channel == channel })?.name else {
                return nil
            }
            return VendorRequest(
                .put, "/contacts/\(PercentCoding.encode(person))",
                body: .json(["dndSettings": [name: ["status": isSubscribed ? "inactive" : "active"]]]),
                endpoint: "write")
        case .upsertContact(_, let email, let properties): return Self.upsert(email, properties, fields)
        case .addToCampaign(let campaign, let person):
            return .post(
                "/contacts/\(PercentCoding.encode(person))/campaigns/\(PercentCoding.encode(campaign))", [:],
                endpoint: "write")
        case .setOpportunity(let id, let status):
            return VendorRequest(
                .put, "/opportunities/\(PercentCoding.encode(id))/status", body: .json(["status": .string(status)]),
                endpoint: "write")
        default: return nil
        }
    }

    private static func tags(
        _ verb: String, _ tag: String, _ people: [String], _ fields: [String: String]
    ) -> VendorRequest? {
        guard let location = fields["location_id"], !people.isEmpty else { return nil }
        return .post(
            "/contacts/bulk/tags/update/\(verb)",
            [
                "contacts": .array(people.map { .string($0) }), "tags": [.string(tag)],
                "locationId": .string(location),
            ], endpoint: "write")
    }
}
