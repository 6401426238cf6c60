import Foundation
import Web

extension YouTubeConnector {
    public var actions: [ActionKind] { [.setText] }

    /// The record is read first: what is not sent again is cleared.
    public func plan(for action: PlatformAction, _ client: VendorClient) async throws -> ActionPlan? {
        guard case .setText(let id, let title, let body, _) = action else { return nil }
        let request = VendorRequest.get("/videos", ["part": "snippet", "id": id])
        guard let video = try await client.send(request).json.at("items.0") else {
            throw ActionError.refused(.missingAtVendor)
        }
        let whole = PlatformAction.setText(externalID: id, title: title, body: body, present: video)
        return try await lookingPlan(
            for: whole, client, after: ["title": .string(title), "description": .string(body)]
        ) { client in
            let snippet = try await client.send(request).json.at("items.0.snippet")
            return ["title": snippet?.at("title") ?? .null, "description": snippet?.at("description") ?? ""]
        }
    }
}

extension ShopifyConnector {
    public var actions: [ActionKind] { [.addToList, .removeFromList, .setConsent, .createDiscount] }

    public func plan(for action: PlatformAction, _ client: VendorClient) async throws -> ActionPlan? {
        switch action {
        case .addToList(let tag, _): return try await tagPlan(for: action, client, tag, adding: true)
        case .removeFromList(let tag, _): return try await tagPlan(for: action, client, tag, adding: false)
        case .setConsent(let id, let channel, let isSubscribed, _, _, _):
            let part = channel == .email ? "defaultEmailAddress" : "defaultPhoneNumber"
            let request = Self.post(
                "query($id: ID!) { customer(id: $id) { \(part) { marketingState } } }", ["id": .string(id)])
            return try await lookingPlan(
                for: action, client, after: ["status": isSubscribed ? "SUBSCRIBED" : "UNSUBSCRIBED"],
                read: ActionPlan.value("status", at: "data.customer.\(part).marketingState", of: request))
        case .createDiscount(let code, _, _, _):
            let request = Self.post(
                "query($code: String!) { codeDiscountNodeByCode(code: $code) { id } }", ["code": .string(code)])
            return try await lookingPlan(
                for: action, client, after: ["exists": true],
                read: ActionPlan.presence(of: request, at: "data.codeDiscountNodeByCode.id"))
        default: return nil
        }
    }

    private func tagPlan(
        for action: PlatformAction, _ client: VendorClient, _ tag: String, adding: Bool
    ) async throws -> ActionPlan? {
        try await memberPlan(for: action, client, adding: adding) { client, id in
            let request = Self.post("query($id: ID!) { customer(id: $id) { tags } }", ["id": .string(id)])
            let tags = try await client.send(request).json.at("data.customer.tags")?.list ?? []
            return tags.contains { $0.text?.lowercased() == tag.lowercased() }
        }
    }
}

extension WooCommerceConnector {
    public var actions: [ActionKind] { [.addToList, .removeFromList, .createDiscount] }

    public func plan(for action: PlatformAction, _ client: VendorClient) async throws -> ActionPlan? {
        switch action {
        case .addToList(let segment, _): return try await segmentPlan(for: action, client, segment, adding: true)
        case .removeFromList(let segment, _): return try await segmentPlan(for: action, client, segment, adding: false)
        case .createDiscount(let code, _, _, _):
            return try await lookingPlan(
                for: action, client, after: ["exists": true]
            ) { client in
                let coupons = try await client.send(.get("/coupons", ["code": code.lowercased()])).json
                return ["exists": .bool(!coupons.list.isEmpty)]
            }
        default: return nil
        }
    }

    private func segmentPlan(
        for action: PlatformAction, _ client: VendorClient, _ segment: String, adding: Bool
    ) async throws -> ActionPlan? {
        try await memberPlan(for: action, client, adding: adding) { client, id in
            guard id.isNumberID else { return false }
            let facts = try await client.find(.get("/customers/\(id)"))?.at("meta_data")?.list ?? []
            return facts.contains {
                $0.at("key")?.text == "omnify_segment_\(segment)" && $0.at("value")?.text == "yes"
            }
        }
    }
}

extension BigCommerceConnector {
    public var actions: [ActionKind] { [.addToList, .removeFromList, .createDiscount] }

    public func plan(for action: PlatformAction, _ client: VendorClient) async throws -> ActionPlan? {
        switch action {
        case .addToList(let group, let ids): return try await groupPlan(for: action, client, ids, to: group)
        case .removeFromList(_, let ids): return try await groupPlan(for: action, client, ids, to: "0")
        case .createDiscount(let code, _, _, _):
            return try await lookingPlan(
                for: action, client, after: ["exists": true]
            ) { client in
                // Version 2 answers nothing at all where there is none.
                let coupons = try await client.send(.get("/v2/coupons", ["code": code])).json
                return ["exists": .bool(!coupons.list.isEmpty)]
            }
        default: return nil
        }
    }

    private func groupPlan(
        for action: PlatformAction, _ client: VendorClient, _ ids: [String], to group: String
    ) async throws -> ActionPlan? {
        guard ids.allSatisfy(\.isNumberID), ids.count <= Membership.mostReads else {
            return plainPlan(for: action, client)
        }
        let groups = { (value: @escaping (String) -> JSONValue) -> JSONValue in
            .object(ids.sorted().map { .init($0, value($0)) })
        }
        return try await lookingPlan(for: action, client, after: groups { _ in .string(group) }) { client in
            let query: Pairs = ["id:in": ids.joined(separator: ","), "limit": "250"]
            let rows = try await client.send(.get("/{version}/customers", query)).json.at("data")?.list ?? []
            let found = Dictionary(
                rows.compactMap { row in
                    row.at("id")?.text.map { ($0, row.at("customer_group_id")?.text ?? "0") }
                }
            ) { first, _ in first }
            return .object(ids.sorted().map { .init($0, found[$0].map { .string($0) } ?? .null) })
        }
    }

    static func coupon(_ code: String, _ percent: Int, _ endsAt: Date?) -> VendorRequest? {
        guard (1...100).contains(percent) else { return nil }
        var coupon: JSONValue = [
            "name": .string(code), "code": .string(code), "type": "percentage_discount",
            "amount": .string("\(percent).0000"), "enabled": true,
            "applies_to": ["entity": "categories", "ids": [0]],
        ]
        if let endsAt { coupon = coupon.setting("expires", .string(VendorTime.mail(endsAt))) }
        return .post("/v2/coupons", coupon, endpoint: "write")
    }
}

extension MagentoConnector {
    public var actions: [ActionKind] { [.addToList, .setConsent, .generateCoupons] }

    public func plan(for action: PlatformAction, _ client: VendorClient) async throws -> ActionPlan? {
        switch action {
        case .addToList(let group, let people):
            guard group.isNumberID, people.allSatisfy(\.isNumberID) else { return nil }
            return try await memberPlan(for: action, client, adding: true) { client, id in
                try await client.find(.get("/customers/\(id)"))?.at("group_id")?.text == group
            }
        case .setConsent(let id, .email, let isSubscribed, _, _, _):
            guard id.isNumberID else { return nil }
            return try await lookingPlan(
                for: action, client, after: ["is_subscribed": .bool(isSubscribed)],
                read: ActionPlan.value(
                    "is_subscribed", at: "extension_attributes.is_subscribed", of: .get("/customers/\(id)")))
        default: return plainPlan(for: action, client)
        }
    }
}

extension SquareConnector {
    public var actions: [ActionKind] { [.addToList, .removeFromList, .setStatus, .cancelSubscription] }

    public func plan(for action: PlatformAction, _ client: VendorClient) async throws -> ActionPlan? {
        switch action {
        case .addToList(let group, _): return try await groupPlan(for: action, client, group, adding: true)
        case .removeFromList(let group, _): return try await groupPlan(for: action, client, group, adding: false)
        default: return plainPlan(for: action, client)
        }
    }

    private func groupPlan(
        for action: PlatformAction, _ client: VendorClient, _ group: String, adding: Bool
    ) async throws -> ActionPlan? {
        guard let ids = action.people else { return nil }
        return try await lookingPlan(for: action, client, after: Membership.after(ids, adding: adding)) { client in
            var members: Set<String> = []
            var cursor: String?
            repeat {
                var body: JSONValue = [
                    "query": ["filter": ["group_ids": ["any": [.string(group)]]]], "limit": 100,
                ]
                if let cursor { body = body.setting("cursor", .string(cursor)) }
                let page = try await client.send(.post("/v2/customers/search", body)).json
                members.formUnion((page.at("customers")?.list ?? []).compactMap { $0.at("id")?.text })
                cursor = page.at("cursor")?.text
            } while cursor != nil
            return Membership.state(members.intersection(ids))
        }
    }
}

extension TripleWhaleConnector {
    public var actions: [ActionKind] { [.erase] }
}
