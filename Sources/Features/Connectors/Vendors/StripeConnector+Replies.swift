import Foundation
import Records
import Vault
import Web

/// Errors, webhooks, the way out, and actions.
extension StripeConnector {
    public func fault(in response: VendorResponse) -> VendorFault? {
        let message = response.json.firstText("error.message", "error_description", "error") ?? response.excerpt
        let advice = response.headers["Stripe-Should-Retry"]
        switch response.status {
        case 200..<300: return nil
        case 402: return .permanent(status: 402, message: message)
        case 429 where response.json.at("error.code")?.text == "lock_timeout": return .retry("lock_timeout")
        case 429:
            let reason = response.headers["Stripe-Rate-Limited-Reason"] ?? "429"
            return .rateLimited(wait: response.retryAfter, policy: reason)
        case 409, 500...599:
            return advice == "false"
                ? .permanent(status: response.status, message: message)
                : .retry("HTTP \(response.status)")
        default:
            if advice == "true" { return .retry("HTTP \(response.status)") }
            return .standard(response, message: message)
        }
    }

    /// Ends what Connect opened, with the platform's own key. Keys that a person made are theirs to delete.
    public func revocation(_ credentials: Credentials, _ settings: PlatformSettings) -> VendorRequest? {
        guard credentials.accessToken != nil, let account = credentials.fields?["account_id"],
            let id = settings.clientID, let secret = settings.clientSecret
        else { return nil }
        return VendorRequest(
            .post, "", base: "revoke", headers: ["Authorization": "Bearer \(secret.reveal())"],
            body: .form(["client_id": id, "stripe_user_id": account]), isSigned: false)
    }

    // MARK: Webhooks

    public var webhooks: WebhookScheme? {
        WebhookScheme(
            .keyed(header: "Stripe-Signature", time: "t", signature: "v1", message: [.time, .text("."), .body]),
            secret: .connectionField("webhook_secret"))
    }

    /// Deliveries come in any order and in the version of their endpoint: they only say that the feed has news.
    public func events(in delivery: WebhookDelivery) throws -> [WebhookEvent] {
        guard let id = delivery.json.at("id")?.text, let type = delivery.json.at("type")?.text else {
            throw MappingProblem("id")
        }
        // On the platform's endpoint only: which of its accounts it is about.
        let account = delivery.json.at("account")?.text.map { WebhookAccount.id($0) }
        if type == "account.application.deauthorized" {
            return [WebhookEvent(id: id, topic: type, .revoked, account: account)]
        }
        let isFollowed = Self.followed.contains(type)
        return [
            WebhookEvent(
                id: id, topic: type, isFollowed ? .changed(streams: ["events"]) : .ignored, account: account)
        ]
    }

    // MARK: Actions

    public func request(
        for action: PlatformAction, fields: [String: String], settings: PlatformSettings
    ) -> VendorRequest? {
        switch action {
        case .setStatus("subscription", let id, let active):
            // An empty value ends the pause.
            let pause: Pairs = active ? ["pause_collection": ""] : ["pause_collection[behavior]": "void"]
            return Self.write(.post, "/subscriptions/\(PercentCoding.encode(id))", pause)
        case .cancelSubscription(let id, true):
            return Self.write(.post, "/subscriptions/\(PercentCoding.encode(id))", ["cancel_at_period_end": "true"])
        case .cancelSubscription(let id, false):
            return Self.write(.delete, "/subscriptions/\(PercentCoding.encode(id))")
        case .addToList(let segment, let ids): return Self.tag(ids, segment)
        case .removeFromList(_, let ids): return Self.tag(ids, "")
        default: return nil
        }
    }

    /// One person a request; the metadata is the only place for a segment.
    private static func tag(_ ids: [String], _ segment: String) -> VendorRequest? {
        guard ids.count == 1, let id = ids.first else { return nil }
        return write(.post, "/customers/\(PercentCoding.encode(id))", ["metadata[segment]": segment])
    }

    private static func write(
        _ method: VendorRequest.Method, _ path: String, _ form: Pairs? = nil
    ) -> VendorRequest {
        VendorRequest(method, path, body: form.map { .form($0) } ?? .none, endpoint: "write")
    }
}
