import Customers
import Foundation
import Vault
import Web

extension YouTubeConnector {
    public func fault(in response: VendorResponse) -> VendorFault? {
        guard !response.isSuccess else { return nil }
        let error = response.json.at("error") ?? .null
        let reason = error.at("errors.0.reason")?.text ?? ""
        let message = error.at("message")?.text ?? response.excerpt
        switch reason {
        case "quotaExceeded", "dailyLimitExceeded":
            let end = DayCalendar(Self.dayZone).endOfDay(response.receivedAt)
            return .rateLimited(wait: end.timeIntervalSince(response.receivedAt), policy: reason)
        case "rateLimitExceeded", "userRateLimitExceeded":
            return .rateLimited(wait: response.retryAfter, policy: reason)
        case "authError": return .authExpired
        case "insufficientPermissions": return .actionRequired(.addScope, message: message)
        case "youtubeSignupRequired", "accountDelegationForbidden", "channelNotFound":
            return .actionRequired(.chooseAccount, message: message)
        case "forbidden", "commentsDisabled": return .permanent(status: response.status, message: message)
        case "backendError": return .retry("HTTP \(response.status)")
        default: return .standard(response, message: message)
        }
    }

    public func revocation(_ credentials: Credentials, _ settings: PlatformSettings) -> VendorRequest? {
        guard let token = credentials.refreshToken ?? credentials.accessToken else { return nil }
        return VendorRequest(.post, "", base: "revoke", body: .form(["token": token]), isSigned: false)
    }

    // MARK: WebSub

    /// The hub asks whether we want the subscription before it sends anything; deliveries carry HMAC-SHA1.
    public var webhooks: WebhookScheme? {
        WebhookScheme(
            .hmac(.sha1, header: "X-Hub-Signature", .hex, prefix: "sha1=", message: [.body]), secret: .webhookSecret,
            confirms: Self.confirmation)
    }

    /// Atom: each entry is a new or changed video; what is gone comes as `at:deleted-entry`.
    public func events(in delivery: WebhookDelivery) throws -> [WebhookEvent] {
        let feed = String(decoding: delivery.body, as: UTF8.self)
        guard feed.contains("<feed") else { throw MappingProblem("feed") }
        let changed = Self.parts(of: feed, from: "<entry>", to: "</entry>").compactMap { entry in
            Self.parts(of: entry, from: "<yt:videoId>", to: "</yt:videoId>").first.map { id in
                let updated = Self.parts(of: entry, from: "<updated>", to: "</updated>").first ?? ""
                return WebhookEvent(id: "\(id)-\(updated)", topic: "video", .changed(streams: ["creatives"]))
            }
        }
        let gone = Self.parts(of: feed, from: "<at:deleted-entry ref=\"yt:video:", to: "\"").map { id in
            WebhookEvent(id: "\(id)-deleted", topic: "video.deleted", .changed(streams: ["creatives"]))
        }
        return changed + gone
    }

    private static func parts(of text: String, from start: String, to end: String) -> [String] {
        text.components(separatedBy: start).dropFirst().compactMap { part in
            part.range(of: end).map { String(part[..<$0.lowerBound]) }
        }
    }

    // MARK: Actions

    /// Whatever is left out of a snippet is cleared, so the present one goes along with its new words.
    public func request(
        for action: PlatformAction, fields: [String: String], settings: PlatformSettings
    ) -> VendorRequest? {
        guard case .setText(let id, let title, let body, let present) = action,
            let snippet = present.at("snippet"), snippet.at("categoryId") != nil
        else { return nil }
        var kept: [JSONValue.Member] = ["tags", "categoryId", "defaultLanguage"].compactMap { name in
            snippet.at(name).map { .init(name, $0) }
        }
        kept += [.init("title", .string(title)), .init("description", .string(body))]
        return VendorRequest(
            .put, "/videos", query: ["part": "snippet"],
            body: .json(["id": .string(id), "snippet": .object(kept)]), endpoint: "write")
    }
}
