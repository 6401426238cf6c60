import Customers
import Foundation
import Vault
import Web

extension TikTokAdsConnector {
    public func fault(in response: VendorResponse) -> VendorFault? {
        guard response.isSuccess else { return .standard(response) }
        // A body that is no JSON is a cut line, which the manager sees by itself.
        guard response.json.isObject else { return nil }
        guard let code = response.json.at("code")?.whole else {
            return .schema(field: "code", message: "The reply has no code.")
        }
        let text = response.json.at("message")?.text ?? "code \(code)"
        let message = response.json.at("request_id")?.text.map { "\(text) (request \($0))" } ?? text
        switch code {
        case 0, 20001: return nil
        case 40100: return limit(text, at: response.receivedAt)
        case 40132, 40133: return .rateLimited(wait: response.retryAfter, policy: "code \(code)")
        case 40001, 40003, 40117, 40118, 40130: return .actionRequired(.addScope, message: message)
        case 40006, 40051: return .actionRequired(.configure, message: message)
        case 40102, 40104, 40105: return .authExpired
        case 40110: return .actionRequired(.reconnect, message: message)
        case 40200, 40201, 40202, 40700: return .retry(message)
        case 40300: return .actionRequired(.chooseAccount, message: message)
        case 41001, 41002: return .actionRequired(.reportToUs, message: message)
        case 50000, 50002, 51000...51999, 60001: return .retry(message)
        default: return .permanent(status: Int(clamping: code), message: message)
        }
    }

    /// Which of the three windows is full is only in the words: a second, a minute (five are asked for), a day.
    private func limit(_ text: String, at now: Date) -> VendorFault {
        let words = text.uppercased()
        if words.contains("QPD") || words.contains("DAY") {
            return .rateLimited(wait: DayCalendar("UTC").endOfDay(now).timeIntervalSince(now), policy: "QPD")
        }
        if words.contains("QPM") || words.contains("MINUTE") { return .rateLimited(wait: 300, policy: "QPM") }
        return .rateLimited(wait: 1, policy: "QPS")
    }

    public func revocation(_ credentials: Credentials, _ settings: PlatformSettings) -> VendorRequest? {
        guard let token = credentials.accessToken, let id = settings.clientID, let secret = settings.clientSecret
        else { return nil }
        var request = VendorRequest.post(
            "/oauth2/revoke_token/",
            ["app_id": .string(id), "secret": .string(secret.reveal()), "access_token": .string(token)])
        request.isSigned = false
        return request
    }

    // MARK: Webhooks

    public var webhooks: WebhookScheme? {
        WebhookScheme(
            .keyed(header: "tiktok-signature", time: "t", signature: "s", message: [.time, .text("."), .body]))
    }

    public func events(in delivery: WebhookDelivery) throws -> [WebhookEvent] {
        let body = delivery.json
        let topic = body.at("event")?.text ?? ""
        // There is no id of an event; whose it is and when it was made name it.
        let id = [
            topic, body.at("create_time")?.text ?? "", body.at("user_openid")?.text ?? "",
            body.at("content")?.text ?? "",
        ]
        .joined(separator: "-")
        let content = content(body)
        return [
            WebhookEvent(
                id: id, topic: topic, Self.meaning(topic, content),
                account: content.at("advertiser_id")?.text.map { .id($0) })
        ]
    }

    /// The content is JSON inside a text.
    private func content(_ body: JSONValue) -> JSONValue {
        guard let text = body.at("content")?.stringValue else { return body.at("content") ?? .null }
        return (try? JSONParser.parse(Array(text.utf8), maximumDepth: 100, allowsDatabaseNames: true)) ?? .null
    }

    private static func meaning(_ topic: String, _ content: JSONValue) -> WebhookEvent.Meaning {
        if topic.hasPrefix("authorization.removed") { return .revoked }
        let streams = [("campaign_id", "campaigns"), ("adgroup_id", "ad_groups"), ("ad_id", "creatives")]
        let touched = streams.filter { content.at($0.0) != nil }.map(\.1)
        if !touched.isEmpty { return .changed(streams: touched) }
        return content.at("advertiser_id") == nil ? .ignored : .changed(streams: streams.map(\.1))
    }

    // MARK: Actions

    public func request(
        for action: PlatformAction, fields: [String: String], settings: PlatformSettings
    ) -> VendorRequest? {
        guard let account = fields["account"] ?? fields["advertiser_id"] else { return nil }
        switch action {
        case .setStatus(let entity, let id, let active):
            let kinds = ["campaign": "campaign", "ad_group": "adgroup", "ad": "ad"]
            guard let kind = kinds[entity] else { return nil }
            return write(
                "/\(kind)/status/update/", account,
                [
                    .init("\(kind)_ids", [.string(id)]), .init("operation_status", active ? "ENABLE" : "DISABLE"),
                ])
        case .setBudget(let id, let minor, let currency):
            return write(
                "/campaign/update/", account,
                [.init("campaign_id", .string(id)), .init("budget", Amount.number(minor, currency))])
        default: return nil
        }
    }

    private func write(_ path: String, _ account: String, _ members: [JSONValue.Member]) -> VendorRequest {
        .post(path, .object([.init("advertiser_id", .string(account))] + members), endpoint: "write")
    }
}
