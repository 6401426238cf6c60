import Foundation
import Web

/// Stripe keeps a call with a key it knows from having a second effect.
extension StripeConnector {
    public var actions: [ActionKind] {
        [.setStatus, .cancelSubscription, .createDiscount, .addToList, .removeFromList]
    }

    public func plan(for action: PlatformAction, _ client: VendorClient) async throws -> ActionPlan? {
        var plan = try await unkeyed(for: action, client)
        guard let steps = plan?.steps else { return nil }
        for (index, step) in steps.enumerated() where step.request.method == .post {
            plan?.steps[index].request.headers.set("Idempotency-Key", ActionStep.key(index))
        }
        return plan
    }

    private func unkeyed(for action: PlatformAction, _ client: VendorClient) async throws -> ActionPlan? {
        func subscription(_ id: String) -> VendorRequest { .get("/subscriptions/\(PercentCoding.encode(id))") }
        switch action {
        case .setStatus("subscription", let id, let active):
            return try await lookingPlan(
                for: action, client, after: ["pause_collection": active ? .null : "void"],
                read: ActionPlan.value("pause_collection", at: "pause_collection.behavior", of: subscription(id)))
        case .cancelSubscription(let id, true):
            return try await lookingPlan(
                for: action, client, after: ["cancel_at_period_end": true],
                read: ActionPlan.value("cancel_at_period_end", at: "cancel_at_period_end", of: subscription(id)))
        case .cancelSubscription(let id, false):
            return try await lookingPlan(
                for: action, client, after: ["status": "canceled"],
                read: ActionPlan.value("status", at: "status", of: subscription(id)))
        case .addToList(let segment, let ids):
            return try await segmentPlan(for: action, client, ids, after: .string(segment))
        case .removeFromList(_, let ids): return try await segmentPlan(for: action, client, ids, after: .null)
        case .createDiscount(let code, let percent, _, let endsAt):
            return try await codePlan(client, code, percent, endsAt)
        default: return nil
        }
    }

    private func segmentPlan(
        for action: PlatformAction, _ client: VendorClient, _ ids: [String], after: JSONValue
    ) async throws -> ActionPlan? {
        guard ids.count <= Membership.mostReads else { return plainPlan(for: action, client) }
        let people = ids.sorted()
        return try await lookingPlan(for: action, client, after: .object(people.map { .init($0, after) })) { client in
            var rows: [JSONValue.Member] = []
            for id in people {
                let customer = try await client.find(.get("/customers/\(PercentCoding.encode(id))"))
                rows.append(.init(id, customer?.at("metadata.segment") ?? .null))
            }
            return .object(rows)
        }
    }

    /// A coupon says how much, a promotion code how it is called; the coupon's id comes with the first reply.
    private func codePlan(
        _ client: VendorClient, _ code: String, _ percent: Int, _ endsAt: Date?
    ) async throws -> ActionPlan {
        var form: Pairs = ["promotion[type]": "coupon", "promotion[coupon]": "{coupon}", "code": code]
        form.add("expires_at", endsAt.map { String(Int64($0.timeIntervalSince1970)) })
        let coupon: Pairs = ["percent_off": String(percent), "duration": "once", "name": code]
        let steps = [
            ActionStep(
                VendorRequest(.post, "/coupons", body: .form(coupon), endpoint: "write"), takes: ["coupon": "id"]),
            ActionStep(VendorRequest(.post, "/promotion_codes", body: .form(form), endpoint: "write")),
        ]
        return try await .looking(
            client, steps, after: ["exists": true],
            read: ActionPlan.presence(of: .get("/promotion_codes", ["code": code]), at: "data"))
    }
}

/// PayPal keeps a request with an id it knows from having a second effect.
extension PayPalConnector {
    public var actions: [ActionKind] { [.setStatus, .cancelSubscription] }

    public func plan(for action: PlatformAction, _ client: VendorClient) async throws -> ActionPlan? {
        let id: String
        let after: JSONValue
        switch action {
        case .setStatus("subscription", let subscription, let active):
            (id, after) = (subscription, ["status": active ? "ACTIVE" : "SUSPENDED"])
        case .cancelSubscription(let subscription, false): (id, after) = (subscription, ["status": "CANCELLED"])
        default: return nil
        }
        let look = VendorRequest.get("/v1/billing/subscriptions/\(PercentCoding.encode(id))")
        var plan = try await lookingPlan(
            for: action, client, after: after, read: ActionPlan.value("status", at: "status", of: look))
        plan?.steps[0].request.headers.set("PayPal-Request-Id", ActionStep.key(0))
        return plan
    }
}
