import Foundation
import Web

/// LinkedIn's looks before and after, by a search for one id.
extension LinkedInAdsConnector {
    public var actions: [ActionKind] { [.setStatus, .setBudget, .setBid, .uploadAudience] }

    public func plan(for action: PlatformAction, _ client: VendorClient) async throws -> ActionPlan? {
        guard let account = client.actionFields["account"] ?? client.fields["account_id"] else { return nil }
        switch action {
        case .setStatus("ad", let id, let active):
            guard id.isNumberID else { return nil }
            let creative = VendorRequest.get("/adAccounts/\(account)/creatives/\(RestLi.urn("sponsoredCreative", id))")
            return try await lookingPlan(
                for: action, client, after: ["status": active ? "ACTIVE" : "PAUSED"],
                read: ActionPlan.value("status", at: "intendedStatus", of: creative))
        case .setStatus(let entity, let id, let active):
            guard id.isNumberID, let search = Self.search(entity, id, account) else { return nil }
            return try await lookingPlan(
                for: action, client, after: ["status": active ? "ACTIVE" : "PAUSED"]
            ) { ["status": try await Self.found(search, $0).at("status") ?? .null] }
        case .setBudget(let id, let minor, let currency):
            return try await money(for: action, client, id, "dailyBudget", minor, currency, account)
        case .setBid(let id, let minor, let currency):
            return try await money(for: action, client, id, "unitCost", minor, currency, account)
        case .uploadAudience(let id, _): return id.isNumberID ? plainPlan(for: action, client) : nil
        default: return nil
        }
    }

    private func money(
        for action: PlatformAction, _ client: VendorClient, _ id: String, _ field: String, _ minor: Int64,
        _ currency: String, _ account: String
    ) async throws -> ActionPlan? {
        guard id.isNumberID, let search = Self.search("ad_group", id, account) else { return nil }
        return try await moneyPlan(for: action, client, new: minor, currency) { client in
            let campaign = try await Self.found(search, client)
            guard let amount = Amount.major(campaign.at("\(field).amount"), currency) else {
                throw ActionError.refused(.sharedBudget)
            }
            return amount
        }
    }

    private static func search(_ entity: String, _ id: String, _ account: String) -> VendorRequest? {
        let kinds = [
            "campaign": ("adCampaignGroups", "sponsoredCampaignGroup"),
            "ad_group": ("adCampaigns", "sponsoredCampaign"),
        ]
        guard let (list, kind) = kinds[entity] else { return nil }
        return .get("/adAccounts/\(account)/\(list)?q=search&search=(id:(values:List(\(RestLi.urn(kind, id)))))")
    }

    private static func found(_ search: VendorRequest, _ client: VendorClient) async throws -> JSONValue {
        guard let row = try await client.send(search).json.at("elements.0") else {
            throw ActionError.refused(.missingAtVendor)
        }
        return row
    }
}
