import Foundation
import Web

/// Changes at Klaviyo as exact requests.
enum KlaviyoActions {
    static func request(for action: PlatformAction) -> VendorRequest? {
        switch action {
        case .addToList(let list, let profiles): members(.post, list, profiles)
        case .removeFromList(let list, let profiles): members(.delete, list, profiles)
        case .setStatus("flow", let id, let active):
            VendorRequest(
                .patch, "/api/flows/\(PercentCoding.encode(id))",
                body: .json(data("flow", id: id, ["status": active ? "live" : "draft"])), endpoint: "write")
        case .setStatus("campaign", let id, true):
            .post("/api/campaign-send-jobs", data("campaign-send-job", id: id), endpoint: "write")
        case .setStatus("campaign", let id, false):
            VendorRequest(
                .patch, "/api/campaign-send-jobs/\(PercentCoding.encode(id))",
                body: .json(data("campaign-send-job", id: id, ["action": "cancel"])), endpoint: "write")
        // A flow starts with an event: the metric its trigger listens to.
        case .startWorkflow(let metric, let profile):
            .post(
                "/api/events",
                data(
                    "event",
                    [
                        "properties": [:], "metric": data("metric", ["name": .string(metric)]),
                        "profile": data("profile", id: profile),
                    ]), endpoint: "write")
        case .setConsent(_, let channel, let isSubscribed, let at, let email?, let list):
            consent(email, channel, isSubscribed, at, list)
        case .suppress(let emails): suppression(emails)
        case .upsertContact(_, let email, let properties):
            .post(
                "/api/profile-import",
                data(
                    "profile",
                    [
                        "email": .string(email),
                        "properties": .object(
                            properties.sorted { $0.key < $1.key }.map { .init($0.key, .string($0.value)) }),
                    ]), endpoint: "write")
        case .erase(let profile, _) where !profile.isEmpty:
            .post(
                "/api/data-privacy-deletion-jobs",
                data("data-privacy-deletion-job", ["profile": data("profile", id: profile)]), endpoint: "write")
        default: nil
        }
    }

    /// Membership only: consent stays as it is.
    private static func members(
        _ method: VendorRequest.Method, _ list: String, _ profiles: [String]
    ) -> VendorRequest? {
        guard !profiles.isEmpty, profiles.count <= 1000 else { return nil }
        return VendorRequest(
            method, "/api/lists/\(PercentCoding.encode(list))/relationships/profiles",
            body: .json(["data": .array(profiles.map { ["type": "profile", "id": .string($0)] })]), endpoint: "write")
    }

    /// Up to a hundred addresses that nothing is sent to any more.
    private static func suppression(_ emails: [String]) -> VendorRequest? {
        guard !emails.isEmpty, emails.count <= 100 else { return nil }
        let profiles = emails.map { data("profile", ["email": .string($0)])["data"] ?? .null }
        return .post(
            "/api/profile-suppression-bulk-create-jobs",
            data("profile-suppression-bulk-create-job", ["profiles": ["data": .array(profiles)]]), endpoint: "write")
    }

    /// Consent goes to a list where one is named.
    private static func consent(
        _ email: String, _ channel: ConsentSignal.Channel, _ isSubscribed: Bool, _ at: Date, _ list: String?
    ) -> VendorRequest? {
        guard channel == .email else { return nil }
        var marketing: JSONValue = ["consent": isSubscribed ? "SUBSCRIBED" : "UNSUBSCRIBED"]
        if isSubscribed { marketing = marketing.setting("consented_at", .string(VendorTime.isoSeconds(at))) }
        let profile = data(
            "profile", ["email": .string(email), "subscriptions": ["email": ["marketing": marketing]]])
        let kind = isSubscribed ? "profile-subscription-bulk-create-job" : "profile-subscription-bulk-delete-job"
        var job = data(kind, ["profiles": ["data": [profile["data"] ?? .null]]])
        if let list {
            job = job.putting(data("list", id: list), at: "data.relationships.list")
        }
        return .post("/api/\(kind)s", job, endpoint: "write")
    }

    private static func data(_ type: String, id: String? = nil, _ attributes: JSONValue? = nil) -> JSONValue {
        var members: [JSONValue.Member] = [.init("type", .string(type))]
        if let id { members.append(.init("id", .string(id))) }
        if let attributes { members.append(.init("attributes", attributes)) }
        return ["data": .object(members)]
    }
}
