import Customers
import Foundation
import Records
import Vault
import Web

/// Klaviyo: profiles with consent per channel, campaigns with their messages, flows, events, and daily figures of
/// messages.
public struct KlaviyoConnector: Connector {
    public let platform = "klaviyo"
    public let name = "Klaviyo"

    public init() {}

    public var methods: [AuthMethod] {
        [
            AuthMethod("oauth", .oauth2(OAuth2(refresh: .kept, usesPKCE: true, clientAuth: .basic))),
            AuthMethod(
                "key", .header("Authorization", prefix: "Klaviyo-API-Key ", field: "api_key"),
                fields: [CredentialField("api_key", .secret)]),
        ]
    }

    public var defaults: PlatformSettings {
        PlatformSettings(
            addresses: [
                "api": "https://a.klaviyo.com", "authorize": "https://www.klaviyo.com/oauth/authorize",
                "token": "https://a.klaviyo.com/oauth/token", "revoke": "https://a.klaviyo.com/oauth/revoke",
            ], version: "2026-07-15",
            scopes: [
                "accounts:read", "profiles:read", "profiles:write", "lists:read", "lists:write", "segments:read",
                "campaigns:read", "campaigns:write", "flows:read", "flows:write", "events:read", "events:write",
                "metrics:read", "subscriptions:read", "subscriptions:write", "data-privacy:write", "webhooks:read",
                "webhooks:write",
            ],
            values: [
                "profile_page": "100", "event_page": "1000", "flow_page": "50", "history_days": "730",
                "restated_days": "7", "slice_days": "30", "figure_days": "365", "event_overlap": "86400",
            ],
            // A burst of one second and a steady minute each: paced so that neither is reached.
            budgets: [
                RateBudget("accounts", calls: 1, per: 4), RateBudget("events", calls: 58, per: 1),
                RateBudget("campaigns", calls: 5, per: 2), RateBudget("metrics", calls: 5, per: 2),
                RateBudget("flows", calls: 3, per: 3), RateBudget("aggregates", calls: 3, per: 3),
                RateBudget(calls: 11, per: 1),
            ])
    }

    public func headers(_ settings: PlatformSettings) -> Pairs {
        [
            "revision": settings.version, "Accept": "application/vnd.api+json",
            "Content-Type": "application/vnd.api+json",
        ]
    }

    public func account(_ client: VendorClient) async throws -> VendorAccount {
        let account = try await client.send(.get("/api/accounts", endpoint: "accounts")).json.at("data.0") ?? .null
        guard let id = account.at("id")?.text else {
            throw VendorFault.schema(field: "data.0.id", message: "The account has no id.")
        }
        let facts = account.at("attributes") ?? .null
        return VendorAccount(
            id: id, name: facts.at("contact_information.organization_name")?.text ?? id,
            currency: facts.at("preferred_currency")?.text, timeZone: facts.at("timezone")?.text,
            isTest: facts.at("test_account")?.flag ?? false)
    }

    /// Reports come last: they are rationed, and a first load of them takes minutes.
    public var streams: [SyncStream] { [profiles, campaigns, flows, events, messageDays] }

    // MARK: Streams

    private static let next = Pager.nextLink(at: "links.next")

    private var profiles: SyncStream {
        SyncStream(
            "customers", .updated(overlap: 3600), pager: Self.next, records: "data", id: "id",
            updated: "attributes.updated", required: ["id", "attributes.updated"],
            request: { query in
                var list: Pairs = [
                    "additional-fields[profile]": "subscriptions", "sort": "updated",
                    "page[size]": query.settings.values["profile_page"] ?? "100",
                ]
                list.add("filter", query.since.map { "greater-than(updated,\(VendorTime.isoSeconds($0)))" })
                return .get("/api/profiles", list)
            },
            map: { record, _, batch in try KlaviyoMapping.profile(record, &batch) })
    }

    /// The channel filter is mandatory: the channels are listed one after the other.
    private static let channels = ["email", "sms", "mobile_push"]

    private var campaigns: SyncStream {
        SyncStream(
            "campaigns", .updated(overlap: 3600), pager: .custom(PageParameter("", in: .request), Self.nextCampaigns),
            records: "data", id: "id", updated: "attributes.updated_at", required: ["id", "attributes.name"],
            request: { query in
                let token = query.place.token ?? "email"
                guard !token.hasPrefix("http") else {
                    return VendorRequest(.get, token, endpoint: "campaigns")
                }
                var filter = "equals(messages.channel,'\(token)')"
                if let since = query.since { filter += ",greater-than(updated_at,\(VendorTime.isoSeconds(since)))" }
                return .get(
                    "/api/campaigns", ["filter": filter, "include": "campaign-messages"], endpoint: "campaigns")
            },
            unpack: JSONAPI.joined, map: { record, _, batch in try KlaviyoMapping.campaign(record, &batch) })
    }

    /// The next page of a channel, else the next channel. A link names its channel in its filter.
    private static let nextCampaigns: @Sendable (VendorResponse, Place) throws -> String? = { response, place in
        if let link = response.json.at("links.next")?.text { return link }
        let token = place.token ?? "email"
        let plain = PercentCoding.decode(token) ?? token
        let present = channels.firstIndex { token == $0 || plain.contains("channel,'\($0)'") } ?? 0
        return present + 1 < channels.count ? channels[present + 1] : nil
    }

    private var flows: SyncStream {
        SyncStream(
            "flows", .all, pager: Self.next, records: "data", id: "id", updated: "attributes.updated",
            required: ["id", "attributes.status"],
            request: { query in
                .get("/api/flows", ["page[size]": query.settings.values["flow_page"] ?? "50"], endpoint: "flows")
            },
            map: { record, _, batch in try KlaviyoMapping.flow(record, &batch) })
    }

    /// Events come late: a day is read again every time.
    private var events: SyncStream {
        SyncStream(
            "events", .updated(overlap: Double(defaults.number("event_overlap", or: 86_400))), every: 900,
            pager: Self.next, records: "data", id: "id", updated: "attributes.datetime",
            required: ["id", "attributes.datetime", "relationships.profile"],
            request: { query in
                let history = Double(query.settings.number("history_days", or: 730)) * 86_400
                let since = query.since ?? query.now.addingTimeInterval(-history)
                return .get(
                    "/api/events",
                    [
                        "include": "profile,metric,attributions", "sort": "datetime",
                        "filter": "greater-or-equal(datetime,\(VendorTime.isoSeconds(since)))",
                        "page[size]": query.settings.values["event_page"] ?? "1000",
                    ], endpoint: "events")
            },
            unpack: JSONAPI.joined, map: { record, context, batch in try KlaviyoMapping.event(record, context, &batch) }
        )
    }

    private var messageDays: SyncStream {
        SyncStream(
            "metric_days",
            .days(
                restated: defaults.number("restated_days", or: 7), slice: defaults.number("slice_days", or: 30),
                history: defaults.number("figure_days", or: 365)),
            pager: .single, records: "data", id: "message", required: ["message", "date"],
            request: { _ in KlaviyoFigures.metrics },
            expand: { _, client in try await KlaviyoFigures.days(client) },
            map: { record, context, batch in try KlaviyoMapping.messageDay(record, context, &batch) })
    }

    // MARK: Replies

    public func fault(in response: VendorResponse) -> VendorFault? {
        let error = response.json.at("errors.0")
        let message = error?.firstText("detail", "title") ?? response.excerpt
        let words = [error?.at("code")?.text, error?.at("title")?.text, message].compactMap(\.self).joined(
            separator: " "
        )
        .lowercased()
        switch response.status {
        case 400 where words.contains("revision"): return .actionRequired(.configure, message: message)
        case 400 where words.contains("api key") || words.contains("authentication"): return .authExpired
        default: return .standard(response, message: message)
        }
    }

    /// Told on good replies, for the steady window.
    public func allowance(in response: VendorResponse) -> Allowance? {
        .headers(response, limit: "RateLimit-Limit", remaining: "RateLimit-Remaining", reset: "RateLimit-Reset")
    }

    public func revocation(_ credentials: Credentials, _ settings: PlatformSettings) -> VendorRequest? {
        guard let token = credentials.refreshToken, let id = settings.clientID, let secret = settings.clientSecret
        else { return nil }
        return VendorRequest(
            .post, "", base: "revoke", headers: ["Authorization": Signer.basic(id, secret.reveal())],
            body: .form(["token": token, "token_type_hint": "refresh_token"]), isSigned: false)
    }

    // MARK: Webhooks

    public var webhooks: WebhookScheme? {
        WebhookScheme(
            .hmac(header: "Klaviyo-Signature", .hex, message: [.body, .header("Klaviyo-Timestamp")]),
            secret: .webhookSecret,
            sentAt: { delivery in
                let value = delivery.headers["Klaviyo-Timestamp"].map { JSONValue.string($0) }
                guard let number = value?.number else { return value?.time }
                return Date(timeIntervalSince1970: number > 1e11 ? number / 1000 : number)
            })
    }

    public func events(in delivery: WebhookDelivery) throws -> [WebhookEvent] {
        (delivery.json.at("data")?.list ?? []).enumerated().map { place, event in
            let topic = event.at("topic")?.text ?? ""
            let id =
                event.firstText("external_id", "payload.data.id", "payload.id")
                ?? "\(delivery.headers["Klaviyo-Webhook-Id"] ?? "")-\(delivery.headers["Klaviyo-Timestamp"] ?? "")-\(place)"
            let isConsent = ["subscribe", "consent", "spam", "bounce", "dropped"].contains(where: topic.contains)
            return WebhookEvent(
                id: "\(topic)-\(id)", topic: topic,
                topic.hasPrefix("event:")
                    ? .changed(streams: isConsent ? ["customers", "events"] : ["events"]) : .ignored)
        }
    }

    // MARK: Actions

    public func request(
        for action: PlatformAction, fields: [String: String], settings: PlatformSettings
    ) -> VendorRequest? {
        KlaviyoActions.request(for: action)
    }
}
