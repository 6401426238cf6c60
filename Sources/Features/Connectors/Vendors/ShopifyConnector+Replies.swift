import Foundation
import Records
import Web

/// Errors, costs, webhooks and actions.
extension ShopifyConnector {
    public func fault(in response: VendorResponse) -> VendorFault? {
        let first = response.json.at("errors.0")
        let message =
            first?.at("message")?.text ?? response.json.firstText("errors", "error_description", "error")
            ?? response.excerpt
        switch response.status {
        case 404: return .actionRequired(.chooseAccount, message: message)
        case 200..<300: break
        default: return .standard(response, message: message)
        }
        if let first { return Self.fault(first, message, response) }
        if let words = response.json.at("errors")?.text { return .permanent(status: response.status, message: words) }
        if let fault = Self.unfinished(response.json) { return fault }
        // That another operation is at work is an answer, not a mistake.
        let refused = (response.json.at("data")?.memberNames ?? []).filter { $0 != "bulkOperationRunQuery" }
            .lazy.compactMap { response.json.at("data.\($0).userErrors.0.message")?.text }.first
        return refused.map { .permanent(status: response.status, message: $0) }
    }

    /// A file that is still being written.
    private static func unfinished(_ reply: JSONValue) -> VendorFault? {
        let status = reply.at("data.bulkOperation.status")?.text ?? reply.at("data.currentBulkOperation.status")?.text
        return ["CREATED", "RUNNING", "CANCELING"].contains(status) ? .unfinished : nil
    }

    private static func fault(_ error: JSONValue, _ message: String, _ response: VendorResponse) -> VendorFault {
        switch error.at("extensions.code")?.text {
        case "THROTTLED":
            let cost = error.at("extensions.cost") ?? response.json.at("extensions.cost")
            return .rateLimited(wait: wait(cost), policy: "query cost")
        case "ACCESS_DENIED":
            return .actionRequired(.addScope, message: error.at("extensions.requiredAccess")?.text ?? message)
        case "SHOP_INACTIVE": return .actionRequired(.fixAtVendor, message: message)
        case "INTERNAL_SERVER_ERROR": return .retry("HTTP 500")
        case "undefinedField", "argumentNotAccepted": return .schema(field: field(error), message: message)
        default: return .permanent(status: response.status, message: message)
        }
    }

    private static func field(_ error: JSONValue) -> String {
        error.at("extensions.fieldName")?.text ?? error.at("path.0")?.text ?? "query"
    }

    /// Seconds until the bucket holds what this query asks for.
    private static func wait(_ cost: JSONValue?) -> TimeInterval? {
        guard let asked = cost?.at("requestedQueryCost")?.number,
            let left = cost?.at("throttleStatus.currentlyAvailable")?.number,
            let rate = cost?.at("throttleStatus.restoreRate")?.number, rate > 0
        else { return nil }
        return max(1, (asked - left) / rate)
    }

    /// The bucket counts cost points; told in calls like the one just made.
    public func allowance(in response: VendorResponse) -> Allowance? {
        guard let cost = response.json.at("extensions.cost"), let asked = cost.at("requestedQueryCost")?.number,
            let left = cost.at("throttleStatus.currentlyAvailable")?.number,
            let rate = cost.at("throttleStatus.restoreRate")?.number, asked > 0, rate > 0
        else { return nil }
        let actual = max(1, cost.at("actualQueryCost")?.number ?? asked)
        return Allowance(
            remaining: left < asked ? left / asked : 1 + (left - asked) / actual,
            limit: cost.at("throttleStatus.maximumAvailable")?.number.map { $0 / asked },
            resetAfter: left < asked ? (asked - left) / rate : nil, restorePerSecond: rate / actual)
    }

    // MARK: Webhooks

    public var webhooks: WebhookScheme? {
        WebhookScheme(.hmac(header: "X-Shopify-Hmac-Sha256", .base64), secret: .clientSecret)
    }

    public func events(in delivery: WebhookDelivery) throws -> [WebhookEvent] {
        func header(_ name: String) -> String? {
            delivery.headers["X-Shopify-\(name)"] ?? delivery.headers["Shopify-\(name)"]
        }
        let topic = header("Topic") ?? ""
        // One action of a merchant has one event id for several topics.
        let id = header("Webhook-Id") ?? header("Event-Id") ?? ""
        return [
            WebhookEvent(
                id: "\(topic)-\(id)", topic: topic, Self.meaning(topic, delivery.json),
                account: header("Shop-Domain").map { .field("shop", $0) })
        ]
    }

    private static func meaning(_ topic: String, _ body: JSONValue) -> WebhookEvent.Meaning {
        func gid(_ type: String, _ path: String) -> String {
            body.at("admin_graphql_api_id")?.text ?? "gid://shopify/\(type)/\(body.at(path)?.text ?? "")"
        }
        switch topic.lowercased() {
        case "customers/data_request": return .privacy(kind: "data_request", subject: gid("Customer", "customer.id"))
        case "customers/redact": return .privacy(kind: "redact", subject: gid("Customer", "customer.id"))
        case "shop/redact": return .privacy(kind: "shop_redact", subject: body.at("shop_domain")?.text ?? "")
        case "app/uninstalled": return .revoked
        case "customers/delete": return .deleted(Deletion(.customer, gid("Customer", "id")))
        case "orders/create", "orders/updated", "refunds/create": return .changed(streams: ["orders"])
        case "products/update", "products/create": return .changed(streams: ["products"])
        case "checkouts/create", "checkouts/update": return .changed(streams: ["events"])
        case let topic where topic.hasPrefix("customers"): return .changed(streams: ["customers"])
        default: return .ignored
        }
    }

    // MARK: Actions

    public func request(
        for action: PlatformAction, fields: [String: String], settings: PlatformSettings
    ) -> VendorRequest? {
        switch action {
        case .addToList(let tag, let ids): return Self.tags(tag, ids, adding: true)
        case .removeFromList(let tag, let ids): return Self.tags(tag, ids, adding: false)
        case .setConsent(let id, let channel, let isSubscribed, let at, _, _):
            return Self.consent(id, channel, isSubscribed, at)
        case .createDiscount(let code, let percent, let startsAt, let endsAt):
            return Self.discount(code, percent, startsAt, endsAt)
        default: return nil
        }
    }

    /// A tag is what a segment hangs on; one request for up to a hundred people.
    private static func tags(_ tag: String, _ ids: [String], adding: Bool) -> VendorRequest? {
        guard !ids.isEmpty, ids.count <= 100 else { return nil }
        var variables: JSONValue = ["tags": [.string(tag)]]
        for (index, id) in ids.enumerated() { variables = variables.setting("id\(index)", .string(id)) }
        return post(ShopifyQueries.tags(ids.count, adding: adding), variables, endpoint: "write")
    }

    private static func consent(
        _ id: String, _ channel: ConsentSignal.Channel, _ isSubscribed: Bool, _ at: Date
    ) -> VendorRequest? {
        guard channel == .email || channel == .sms else { return nil }
        let kind = channel == .email ? "Email" : "Sms"
        let field = channel == .email ? "emailMarketingConsent" : "smsMarketingConsent"
        let consent: JSONValue = [
            "marketingState": isSubscribed ? "SUBSCRIBED" : "UNSUBSCRIBED", "marketingOptInLevel": "SINGLE_OPT_IN",
            "consentUpdatedAt": .string(VendorTime.isoSeconds(at)),
        ]
        let input: JSONValue = .object([.init("customerId", .string(id)), .init(field, consent)])
        return post(
            """
            mutation($input: Customer\(kind)MarketingConsentUpdateInput!) {
              customer\(kind)MarketingConsentUpdate(input: $input) { userErrors { field message } } }
            """, ["input": input], endpoint: "write")
    }

    private static func discount(_ code: String, _ percent: Int, _ startsAt: Date, _ endsAt: Date?) -> VendorRequest? {
        guard (1...100).contains(percent) else { return nil }
        let share: JSONValue = .double(Double(percent) / 100)
        return post(
            """
            mutation($discount: DiscountCodeBasicInput!) {
              discountCodeBasicCreate(basicCodeDiscount: $discount) { userErrors { field message } } }
            """,
            [
                "discount": [
                    "title": .string(code), "code": .string(code),
                    "startsAt": .string(VendorTime.isoSeconds(startsAt)),
                    "endsAt": endsAt.map { .string(VendorTime.isoSeconds($0)) } ?? .null,
                    "customerSelection": ["all": true],
                    "customerGets": ["value": ["percentage": share], "items": ["all": true]],
                ]
            ], endpoint: "write")
    }
}
