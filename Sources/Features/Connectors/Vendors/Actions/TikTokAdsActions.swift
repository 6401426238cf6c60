import Crypto
import Foundation
import Vault
import Web

/// TikTok's looks before and after. Smart+ objects are read and written under addresses of their own; audiences go up
/// as a file.
extension TikTokAdsConnector {
    public var actions: [ActionKind] { [.setStatus, .setBudget, .setBid, .uploadAudience] }

    public func plan(for action: PlatformAction, _ client: VendorClient) async throws -> ActionPlan? {
        guard let account = client.actionFields["account"] ?? client.fields["advertiser_id"] else { return nil }
        switch action {
        case .setStatus(let entity, let id, let active):
            let kinds = ["campaign": "campaign", "ad_group": "adgroup", "ad": "ad"]
            guard id.isNumberID, let kind = kinds[entity] else { return nil }
            return try await statusPlan(for: action, client, TikTokObject(kind: kind, id: id, account: account), active)
        case .setBudget(let id, let minor, let currency):
            guard id.isNumberID else { return nil }
            return try await budgetPlan(id, minor, currency, account, client)
        case .setBid(let id, let minor, let currency):
            guard id.isNumberID else { return nil }
            let group = TikTokObject(kind: "adgroup", id: id, account: account)
            let request = group.update(["bid_price": Amount.number(minor, currency)])
            return try await Self.money(request, client, minor, currency) {
                Amount.major(try await group.read($0).row.at("bid_price"), currency)
            }
        case .uploadAudience(let audience, let hashes):
            guard audience.isNumberID else { return nil }
            return ActionPlan(Self.upload(hashes, to: audience, account))
        default: return nil
        }
    }

    private func statusPlan(
        for action: PlatformAction, _ client: VendorClient, _ object: TikTokObject, _ active: Bool
    ) async throws -> ActionPlan? {
        guard var steps = plainSteps(for: action, client) else { return nil }
        if try await object.read(client).isSmart {
            for index in steps.indices { steps[index].request.path = "/smart_plus" + steps[index].request.path }
        }
        return try await .looking(client, steps, after: ["status": active ? "ENABLE" : "DISABLE"]) { client in
            ["status": try await object.read(client).row.at("operation_status") ?? .null]
        }
    }

    /// The budget of a campaign, or of an ad group where the id is one's.
    private func budgetPlan(
        _ id: String, _ minor: Int64, _ currency: String, _ account: String, _ client: VendorClient
    ) async throws -> ActionPlan? {
        var object = TikTokObject(kind: "campaign", id: id, account: account)
        if try await object.find(client) == nil { object.kind = "adgroup" }
        let target = object
        let request = object.update(["budget": Amount.number(minor, currency)])
        return try await Self.money(request, client, minor, currency) { client in
            let row = try await target.read(client).row
            guard row.at("budget_mode")?.text != "BUDGET_MODE_INFINITE" else {
                throw ActionError.refused(.sharedBudget)
            }
            return Amount.major(row.at("budget"), currency)
        }
    }

    private static func money(
        _ request: VendorRequest, _ client: VendorClient, _ new: Int64, _ currency: String,
        old: @escaping @Sendable (VendorClient) async throws -> Int64?
    ) async throws -> ActionPlan {
        var plan = try await ActionPlan.looking(
            client, [ActionStep(request)], after: ["amount_minor": .int(new), "currency": .string(currency)]
        ) { ["amount_minor": try await old($0).map { .int($0) } ?? .null, "currency": .string(currency)] }
        if let present = plan.before.at("amount_minor")?.whole {
            plan.amounts = ActionPlan.Amounts(old: present, new: new, currency: currency)
        }
        return plan
    }

    /// One hash a line; the reply names the file, which is then added to the audience.
    private static func upload(_ hashes: [String], to audience: String, _ account: String) -> [ActionStep] {
        let file = Array((hashes.joined(separator: "\n") + "\n").utf8)
        let signature = Hex.encode(Array(Insecure.MD5.hash(data: file)))
        let form = Multipart(
            fields: [
                "advertiser_id": account, "file_signature": signature, "calculate_type": "EMAIL_SHA256",
            ], fileField: "file", fileName: "audience.csv", contentType: "text/csv", file: file)
        return [
            ActionStep(
                VendorRequest(
                    .post, "/dmp/custom_audience/file/upload/", body: .multipart(form), endpoint: "write"),
                takes: ["file": "data.file_path"]),
            ActionStep(
                .post(
                    "/dmp/custom_audience/update/",
                    [
                        "advertiser_id": .string(account), "custom_audience_id": .string(audience),
                        "file_paths": ["{file}"], "action": "APPEND",
                    ], endpoint: "write")),
        ]
    }
}

/// A campaign, ad group or ad at TikTok.
private struct TikTokObject: Sendable {
    var kind: String
    let id: String
    let account: String

    func update(_ change: JSONValue) -> VendorRequest {
        var members: [JSONValue.Member] = [
            .init("advertiser_id", .string(account)), .init("\(kind)_id", .string(id)),
        ]
        if case .object(let more) = change { members += more }
        return .post("/\(kind)/update/", .object(members), endpoint: "write")
    }

    func read(_ client: VendorClient) async throws -> (row: JSONValue, isSmart: Bool) {
        guard let found = try await find(client) else { throw ActionError.refused(.missingAtVendor) }
        return found
    }

    func find(_ client: VendorClient) async throws -> (row: JSONValue, isSmart: Bool)? {
        let filter = String(decoding: JSONValue.object([.init("\(kind)_ids", [.string(id)])]).bytes, as: UTF8.self)
        for (family, isSmart) in [("", false), ("/smart_plus", true)] {
            let reply = try await client.send(
                .get("\(family)/\(kind)/get/", ["advertiser_id": account, "filtering": filter])
            ).json
            let rows = reply.at("data.list")?.list ?? []
            if let row = rows.first(where: { $0.at("\(kind)_id")?.text == id }) { return (row, isSmart) }
        }
        return nil
    }
}
