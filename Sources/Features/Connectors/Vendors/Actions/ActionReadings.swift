import Foundation
import Web

/// Looks that many platforms have in common.
extension ActionPlan {
    /// One value of one object, by a name of ours.
    static func value(_ name: String, at path: String, of request: VendorRequest) -> Reading {
        { client in
            guard let json = try await client.find(request) else { throw ActionError.refused(.missingAtVendor) }
            return .object([.init(name, json.at(path) ?? .null)])
        }
    }

    /// Whether something with this name is there: a code, a person who is to be erased.
    static func presence(of request: VendorRequest, at path: String) -> Reading {
        { client in
            let found = try await client.find(request)?.at(path)
            let isThere = found.map { $0.arrayValue.map { !$0.isEmpty } ?? true } ?? false
            return ["exists": .bool(isThere)]
        }
    }
}

extension Connector {
    /// A change of money: the old amount is read, and read again afterwards.
    func moneyPlan(
        for action: PlatformAction, _ client: VendorClient, new: Int64, _ currency: String,
        old: @escaping @Sendable (VendorClient) async throws -> Int64?
    ) async throws -> ActionPlan? {
        let reading: ActionPlan.Reading = { client in
            ["amount_minor": try await old(client).map { .int($0) } ?? .null, "currency": .string(currency)]
        }
        var plan = try await lookingPlan(
            for: action, client, after: ["amount_minor": .int(new), "currency": .string(currency)], read: reading)
        if let present = plan?.before.at("amount_minor")?.whole {
            plan?.amounts = ActionPlan.Amounts(old: present, new: new, currency: currency)
        }
        return plan
    }

    /// People in and out of something, asked for one by one; too many are not asked for.
    func memberPlan(
        for action: PlatformAction, _ client: VendorClient, adding: Bool,
        isIn: @escaping @Sendable (VendorClient, String) async throws -> Bool
    ) async throws -> ActionPlan? {
        guard let ids = action.people else { return nil }
        guard ids.count <= Membership.mostReads else { return plainPlan(for: action, client) }
        return try await lookingPlan(
            for: action, client, after: Membership.after(ids, adding: adding),
            read: { try await Membership.each(ids, $0, isIn: isIn) })
    }
}

extension String {
    /// An id as ad platforms have them; nothing else may become part of an address or a query.
    var isNumberID: Bool { !isEmpty && utf8.count <= 25 && utf8.allSatisfy { (48...57).contains($0) } }
}
