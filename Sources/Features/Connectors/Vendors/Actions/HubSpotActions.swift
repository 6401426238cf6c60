import Foundation
import Web

/// Changes at HubSpot. A workflow is started through the list that triggers it: there is no call to enrol.
extension HubSpotConnector {
    public var actions: [ActionKind] {
        [.upsertContact, .addToList, .removeFromList, .startWorkflow, .setConsent, .erase]
    }

    public func request(
        for action: PlatformAction, fields: [String: String], settings: PlatformSettings
    ) -> VendorRequest? {
        switch action {
        case .upsertContact(_, let email, let properties):
            let values = properties.sorted { $0.key < $1.key }.map { JSONValue.Member($0.key, .string($0.value)) }
            let input: JSONValue = [
                "id": .string(email), "idProperty": "email",
                "properties": .object([.init("email", .string(email))] + values),
            ]
            return .post("/crm/objects/{version}/contacts/batch/upsert", ["inputs": [input]], endpoint: "write")
        case .addToList(let list, let ids): return Self.add(ids, to: list)
        case .startWorkflow(let list, let id): return Self.add([id], to: list)
        case .removeFromList(let list, let ids):
            guard !ids.isEmpty, ids.count <= 10_000 else { return nil }
            return VendorRequest(
                .put, "/crm/lists/{version}/\(PercentCoding.encode(list))/memberships/add-and-remove",
                body: .json(["recordIdsToAdd": [], "recordIdsToRemove": .array(ids.map { .string($0) })]),
                endpoint: "write")
        case .setConsent(_, .email, let isSubscribed, _, let email?, let subscription?):
            return Self.consent(email, subscription, isSubscribed)
        case .erase(let id, _) where !id.isEmpty:
            return .post("/crm/objects/{version}/contacts/gdpr-delete", ["objectId": .string(id)], endpoint: "write")
        default: return nil
        }
    }

    private static func add(_ ids: [String], to list: String) -> VendorRequest? {
        guard !ids.isEmpty, ids.count <= 10_000 else { return nil }
        return VendorRequest(
            .put, "/crm/lists/{version}/\(PercentCoding.encode(list))/memberships/add",
            body: .json(.array(ids.map { .string($0) })), endpoint: "write")
    }

    private static func consent(_ email: String, _ subscription: String, _ isSubscribed: Bool) -> VendorRequest? {
        guard let number = Int64(subscription) else { return nil }
        return .post(
            "/communication-preferences/{version}/statuses/\(PercentCoding.encode(email))",
            [
                "subscriptionId": .int(number), "statusState": isSubscribed ? "SUBSCRIBED" : "UNSUBSCRIBED",
                "channel": "EMAIL", "legalBasis": "CONSENT_WITH_NOTICE",
                "legalBasisExplanation": "The person's choice, as recorded in the consent ledger.",
            ], endpoint: "write")
    }

    // MARK: Looks

    public func plan(for action: PlatformAction, _ client: VendorClient) async throws -> ActionPlan? {
        switch action {
        case .addToList(let list, let ids):
            return try await listPlan(for: action, client, list, ids, adding: true)
        case .removeFromList(let list, let ids):
            return try await listPlan(for: action, client, list, ids, adding: false)
        case .startWorkflow(let list, let id):
            return try await listPlan(for: action, client, list, [id], adding: true)
        case .setConsent(_, _, let isSubscribed, _, let email?, let subscription?):
            return try await lookingPlan(
                for: action, client, after: ["status": isSubscribed ? "SUBSCRIBED" : "UNSUBSCRIBED"],
                read: Self.consentReading(email, subscription))
        case .upsertContact(let id?, _, let properties):
            return try await lookingPlan(
                for: action, client, after: Self.state(properties),
                read: Self.contactReading(id, properties.keys.sorted()))
        case .erase(let id, _) where !id.isEmpty:
            let contact = VendorRequest.get("/crm/objects/{version}/contacts/\(PercentCoding.encode(id))")
            return try await lookingPlan(
                for: action, client, after: ["exists": false], read: ActionPlan.presence(of: contact, at: "id"))
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
        var query: Pairs = ["limit": "250"]
        while true {
            let path = "/crm/lists/{version}/\(PercentCoding.encode(list))/memberships"
            guard let page = try await client.find(.get(path, query)) else {
                throw ActionError.refused(.missingAtVendor)
            }
            members += (page.at("results")?.list ?? []).compactMap { $0.at("recordId")?.text }
            guard let next = page.at("paging.next.after")?.text else { return members }
            query.set("after", next)
        }
    }

    private static func consentReading(_ email: String, _ subscription: String) -> ActionPlan.Reading {
        { client in
            let path = "/communication-preferences/{version}/statuses/\(PercentCoding.encode(email))"
            let json = try await client.find(.get(path, ["channel": "EMAIL"]))
            let rows = json?.at("results")?.list ?? []
            let row = rows.first { $0.at("subscriptionId")?.text == subscription }
            return ["status": row?.at("status") ?? "NOT_SPECIFIED"]
        }
    }

    private static func state(_ properties: [String: String]) -> JSONValue {
        .object(properties.sorted { $0.key < $1.key }.map { .init($0.key, .string($0.value)) })
    }

    private static func contactReading(_ id: String, _ names: [String]) -> ActionPlan.Reading {
        { client in
            let path = "/crm/objects/{version}/contacts/\(PercentCoding.encode(id))"
            guard let contact = try await client.find(.get(path, ["properties": names.joined(separator: ",")])) else {
                throw ActionError.refused(.missingAtVendor)
            }
            return .object(names.map { .init($0, contact.at("properties.\($0)") ?? .null) })
        }
    }
}
