import Foundation
import Web

extension KlaviyoConnector {
    public var actions: [ActionKind] {
        [
            .addToList, .removeFromList, .setStatus, .startWorkflow, .setConsent, .suppress, .upsertContact, .erase,
        ]
    }

    public func plan(for action: PlatformAction, _ client: VendorClient) async throws -> ActionPlan? {
        switch action {
        case .addToList(let list, let ids): return try await listPlan(for: action, client, list, ids, adding: true)
        case .removeFromList(let list, let ids):
            return try await listPlan(for: action, client, list, ids, adding: false)
        case .setStatus("flow", let id, let active):
            let flow = VendorRequest.get("/api/flows/\(PercentCoding.encode(id))", endpoint: "flows")
            return try await lookingPlan(
                for: action, client, after: ["status": active ? "live" : "draft"],
                read: ActionPlan.value("status", at: "data.attributes.status", of: flow))
        case .upsertContact(let id?, _, let properties):
            let names = properties.keys.sorted()
            return try await lookingPlan(
                for: action, client,
                after: .object(names.map { .init($0, .string(properties[$0] ?? "")) }),
                read: Self.profileReading(id, names))
        case .setConsent(let id, .email, let isSubscribed, _, _, _):
            let profile = VendorRequest.get(
                "/api/profiles/\(PercentCoding.encode(id))", ["additional-fields[profile]": "subscriptions"])
            return try await lookingPlan(
                for: action, client, after: ["consent": isSubscribed ? "SUBSCRIBED" : "UNSUBSCRIBED"],
                read: ActionPlan.value(
                    "consent", at: "data.attributes.subscriptions.email.marketing.consent", of: profile))
        default: return plainPlan(for: action, client)
        }
    }

    private func listPlan(
        for action: PlatformAction, _ client: VendorClient, _ list: String, _ ids: [String], adding: Bool
    ) async throws -> ActionPlan? {
        try await lookingPlan(for: action, client, after: Membership.after(ids, adding: adding)) { client in
            Membership.state(Set(try await Self.members(of: list, client)).intersection(ids))
        }
    }

    private static func members(of list: String, _ client: VendorClient) async throws -> [String] {
        var members: [String] = []
        var request = VendorRequest.get(
            "/api/lists/\(PercentCoding.encode(list))/profiles", ["page[size]": "100"], endpoint: "lists")
        while true {
            guard let page = try await client.find(request) else { throw ActionError.refused(.missingAtVendor) }
            members += (page.at("data")?.list ?? []).compactMap { $0.at("id")?.text }
            guard let next = page.at("links.next")?.text else { return members }
            request = .get(next, endpoint: "lists")
        }
    }

    private static func profileReading(_ id: String, _ names: [String]) -> ActionPlan.Reading {
        { client in
            guard let profile = try await client.find(.get("/api/profiles/\(PercentCoding.encode(id))")) else {
                throw ActionError.refused(.missingAtVendor)
            }
            return .object(names.map { .init($0, profile.at("data.attributes.properties.\($0)") ?? .null) })
        }
    }
}
