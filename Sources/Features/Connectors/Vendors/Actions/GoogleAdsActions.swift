import Crypto
import Foundation
import Web

/// Google Ads' looks before and after, by GAQL. A campaign's budget is an object of its own, which others may share.
extension GoogleAdsConnector {
    public var actions: [ActionKind] { [.setStatus, .setBudget, .setBid, .uploadAudience] }

    public func plan(for action: PlatformAction, _ client: VendorClient) async throws -> ActionPlan? {
        guard let customer = Self.digits(client.actionFields["account"] ?? client.fields["customer_id"]) else {
            return nil
        }
        switch action {
        case .setStatus(let entity, let id, let active):
            guard let reading = Self.statusReading(entity, id, customer) else { return nil }
            return try await lookingPlan(
                for: action, client, after: ["status": active ? "ENABLED" : "PAUSED"], read: reading)
        case .setBudget(let campaign, let minor, let currency):
            guard campaign.isNumberID else { return nil }
            return try await budgetPlan(campaign, minor, currency, customer, client)
        case .setBid(let group, let minor, let currency):
            guard group.isNumberID else { return nil }
            let query = "SELECT ad_group.cpc_bid_micros FROM ad_group WHERE ad_group.id = \(group)"
            return try await moneyPlan(for: action, client, new: minor, currency) { client in
                let row = try await Self.row(query, customer, client)
                return Amount.micros(row.at("adGroup.cpcBidMicros"), currency)
            }
        case .uploadAudience(let list, let hashes):
            guard list.isNumberID else { return nil }
            return ActionPlan(Self.upload(hashes, to: list, customer, client))
        default: return nil
        }
    }

    private static func statusReading(_ entity: String, _ id: String, _ customer: String) -> ActionPlan.Reading? {
        let query: String
        let path: String
        let parts = id.split(separator: "~").map(String.init)
        switch (entity, parts.count) {
        case ("campaign", 1) where id.isNumberID:
            (query, path) = ("SELECT campaign.status FROM campaign WHERE campaign.id = \(id)", "campaign.status")
        case ("ad_group", 1) where id.isNumberID:
            (query, path) = ("SELECT ad_group.status FROM ad_group WHERE ad_group.id = \(id)", "adGroup.status")
        case ("ad", 2) where parts[0].isNumberID && parts[1].isNumberID:
            query = "SELECT ad_group_ad.status FROM ad_group_ad WHERE ad_group_ad.ad.id = \(parts[1])"
            path = "adGroupAd.status"
        default: return nil
        }
        return { client in
            ["status": try await row(query, customer, client).at(path) ?? .null]
        }
    }

    private func budgetPlan(
        _ campaign: String, _ minor: Int64, _ currency: String, _ customer: String, _ client: VendorClient
    ) async throws -> ActionPlan? {
        let query = """
            SELECT campaign_budget.id, campaign_budget.amount_micros, campaign_budget.explicitly_shared FROM campaign \
            WHERE campaign.id = \(campaign)
            """
        let budget = try await Self.row(query, customer, client)
        guard let id = budget.at("campaignBudget.id")?.text else { throw ActionError.refused(.missingAtVendor) }
        guard budget.at("campaignBudget.explicitlyShared")?.flag != true else {
            throw ActionError.refused(.sharedBudget)
        }
        let action = PlatformAction.setBudget(externalID: id, minor: minor, currency: currency)
        return try await moneyPlan(for: action, client, new: minor, currency) { client in
            let row = try await Self.row(query, customer, client)
            return Amount.micros(row.at("campaignBudget.amountMicros"), currency)
        }
    }

    private static func row(_ query: String, _ customer: String, _ client: VendorClient) async throws -> JSONValue {
        let reply = try await client.send(search(query, client.fields, customer: customer)).json
        guard let row = reply.at("results.0") else { throw ActionError.refused(.missingAtVendor) }
        return row
    }

    /// A job is made, filled and started; its name comes with the first reply.
    private static func upload(
        _ hashes: [String], to list: String, _ customer: String, _ client: VendorClient
    ) -> [ActionStep] {
        func post(_ path: String, _ body: JSONValue) -> VendorRequest {
            var request = VendorRequest.post(path, body, endpoint: "write")
            request.headers.add("login-customer-id", digits(client.fields["login_customer_id"]))
            return request
        }
        let job: JSONValue = [
            "type": "CUSTOMER_MATCH_USER_LIST",
            "customerMatchUserListMetadata": ["userList": .string("customers/\(customer)/userLists/\(list)")],
        ]
        let people: [JSONValue] = hashes.map { ["create": ["userIdentifiers": [["hashedEmail": .string($0)]]]] }
        return [
            ActionStep(
                post("/customers/\(customer)/offlineUserDataJobs:create", ["job": job]), takes: ["job": "resourceName"]),
            ActionStep(post("/{job}:addOperations", ["operations": .array(people), "enablePartialFailure": false])),
            ActionStep(post("/{job}:run", [:])),
        ]
    }
}
