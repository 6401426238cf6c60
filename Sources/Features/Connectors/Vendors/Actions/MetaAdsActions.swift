import Foundation
import Web

/// Meta's looks before and after: an object is read by its id, as it is written.
extension MetaAdsConnector {
    public var actions: [ActionKind] { [.setStatus, .setBudget, .setBid, .uploadAudience, .removeFromAudience] }

    public func plan(for action: PlatformAction, _ client: VendorClient) async throws -> ActionPlan? {
        switch action {
        case .setStatus(_, let id, let active):
            guard id.isNumberID else { return nil }
            return try await lookingPlan(
                for: action, client, after: ["status": active ? "ACTIVE" : "PAUSED"],
                read: ActionPlan.value("status", at: "status", of: .get("/\(id)", ["fields": "status"])))
        case .setBudget(let id, let minor, let currency):
            guard id.isNumberID else { return nil }
            return try await moneyPlan(for: action, client, new: minor, currency) { client in
                let object = try await client.send(.get("/\(id)", ["fields": "daily_budget,lifetime_budget"])).json
                // An empty budget stands on the other level.
                guard let amount = object.at("daily_budget")?.whole, amount > 0 else {
                    throw ActionError.refused(.sharedBudget)
                }
                return amount
            }
        case .setBid(let id, let minor, let currency):
            guard id.isNumberID else { return nil }
            return try await moneyPlan(for: action, client, new: minor, currency) { client in
                try await client.send(.get("/\(id)", ["fields": "bid_amount"])).json.at("bid_amount")?.whole
            }
        case .uploadAudience(let id, _), .removeFromList(let id, _):
            return id.isNumberID ? plainPlan(for: action, client) : nil
        default: return nil
        }
    }
}
