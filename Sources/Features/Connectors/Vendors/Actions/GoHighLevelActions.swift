import Foundation
import Web

/// GoHighLevel's looks before and after. Contacts tell their tags and what they do not want; workflows tell nothing.
extension GoHighLevelConnector {
    public var actions: [ActionKind] {
        [
            .upsertContact, .addToList, .removeFromList, .startWorkflow, .addToCampaign, .setConsent, .setOpportunity,
            .setStatus,
        ]
    }

    public func plan(for action: PlatformAction, _ client: VendorClient) async throws -> ActionPlan? {
        switch action {
        case .addToList(let tag, _): return try await tagPlan(for: action, client, tag, adding: true)
        case .removeFromList(let tag, _): return try await tagPlan(for: action, client, tag, adding: false)
        case .setConsent(let person, let channel, let isSubscribed, _, _, _):
            guard let name = GoHighLevelMapping.channels.first(where: { $0.channel == channel })?.name else {
                return nil
            }
            return try await lookingPlan(
                for: action, client, after: ["do_not_disturb": isSubscribed ? "inactive" : "active"],
                read: ActionPlan.value(
                    "do_not_disturb", at: "contact.dndSettings.\(name).status", of: Self.contact(person)))
        case .upsertContact(let id?, _, let properties):
            let names = properties.keys.sorted()
            return try await lookingPlan(
                for: action, client, after: .object(names.map { .init($0, .string(properties[$0] ?? "")) })
            ) { client in
                guard let contact = try await client.find(Self.contact(id)) else {
                    throw ActionError.refused(.missingAtVendor)
                }
                return .object(names.map { .init($0, contact.at("contact.\($0)") ?? .null) })
            }
        default: return plainPlan(for: action, client)
        }
    }

    private func tagPlan(
        for action: PlatformAction, _ client: VendorClient, _ tag: String, adding: Bool
    ) async throws -> ActionPlan? {
        try await memberPlan(for: action, client, adding: adding) { client, id in
            let contact = try await client.find(Self.contact(id))
            return contact?.at("contact.tags")?.list.contains { $0.text?.lowercased() == tag.lowercased() } ?? false
        }
    }

    private static func contact(_ id: String) -> VendorRequest { .get("/contacts/\(PercentCoding.encode(id))") }

    /// Fields of a contact that may be written; tags would overwrite all others.
    static let contactFields: Set<String> = [
        "firstName", "lastName", "name", "phone", "address1", "city", "state", "postalCode", "website", "timezone",
        "country", "source", "companyName",
    ]

    static func upsert(_ email: String, _ properties: [String: String], _ fields: [String: String]) -> VendorRequest? {
        guard let location = fields["location_id"], Set(properties.keys).isSubset(of: contactFields) else { return nil }
        let values = properties.sorted { $0.key < $1.key }.map { JSONValue.Member($0.key, .string($0.value)) }
        return .post(
            "/contacts/upsert",
            .object([.init("locationId", .string(location)), .init("email", .string(email))] + values),
            endpoint: "write")
    }
}
