import Crypto
import Foundation
import Vault
import Web

// MARK: BigCommerce

extension BigCommerceServer {
    private static let scopes: Set<String> = [
        "store/customer/*", "store/order/*", "store/order/refund/created", "store/product/*", "store/cart/*",
        "store/subscriber/*", "store/app/uninstalled",
    ]

    func hooks(_ call: VendorCall) throws -> VendorReply? {
        let root = "/stores/\(Self.hash)/v3/hooks"
        if call.matches("GET \(root)") != nil {
            try call.allow(query: ["page", "limit", "is_active", "scope", "destination"])
            let total: JSONValue = ["total": .int(Int64(book.hooks.all.count)), "current_page": 1, "total_pages": 1]
            return .json(["data": .array(book.hooks.all.map(Self.shown)), "meta": ["pagination": total]])
        }
        if call.matches("POST \(root)") != nil {
            let (scope, address, headers) = try wanted(call)
            let isThere = book.hooks.all.contains { $0.topics == [scope] && $0.address == address }
            if isThere { return .json(["status": 409, "title": "Hook exists", "type": "about:blank"], status: 409) }
            let hook = book.hooks.add(address, topics: [scope], headers: headers)
            return .json(["data": Self.shown(hook), "meta": [:]])
        }
        if let id = call.matches("PUT \(root)/{id}")?["id"] {
            let (scope, address, headers) = try wanted(call)
            let changed = book.hooks.change(id) { hook in
                hook.topics = [scope]
                hook.address = address
                hook.headers = headers
                hook.isActive = call.json["is_active"]?.boolValue ?? hook.isActive
            }
            guard let changed else { return gone }
            return .json(["data": Self.shown(changed), "meta": [:]])
        }
        guard let id = call.matches("DELETE \(root)/{id}")?["id"] else { return nil }
        guard let hook = book.hooks.hook(id), book.hooks.remove(id) else { return gone }
        return .json(["data": Self.shown(hook), "meta": [:]])
    }

    private var gone: VendorReply { .json(["status": 404, "title": "Not found", "type": "about:blank"], status: 404) }

    private func wanted(_ call: VendorCall) throws -> (scope: String, address: String, headers: [String: String]) {
        try call.allow(
            call.json, members: ["headers", "events_history_enabled"],
            required: ["scope", "destination", "is_active"])
        let scope = call.json["scope"]?.stringValue ?? ""
        let address = call.json["destination"]?.stringValue ?? ""
        try call.require(Self.scopes.contains(scope), "scope \(scope)")
        try call.require(address.hasPrefix("https://") && URL(string: address)?.port == nil, "https on port 443")
        guard case .object(let members)? = call.json["headers"] else { return (scope, address, [:]) }
        return (
            scope, address,
            Dictionary(members.map { ($0.name, $0.value.stringValue ?? "") }) { first, _ in first }
        )
    }

    private static func shown(_ hook: HookBook.Hook) -> JSONValue {
        [
            "id": .int(Int64(hook.id) ?? 0), "scope": .string(hook.topics[0]), "destination": .string(hook.address),
            "is_active": .bool(hook.isActive), "store_hash": .string(hash),
        ]
    }
}

// MARK: WooCommerce

extension WooCommerceServer {
    private static let topics: Set<String> = Set(
        ["customer", "order", "product", "coupon"].flatMap { kind in
            ["created", "updated", "deleted", "restored"].map { "\(kind).\($0)" }
        })

    func hooks(_ call: VendorCall) throws -> VendorReply? {
        let root = "/wp-json/wc/v3/webhooks"
        if call.matches("GET \(root)") != nil {
            try call.allow(query: ["page", "per_page", "status", "search"])
            return .json(.array(call.number("page", or: 1) == 1 ? book.hooks.all.map(Self.shown) : []))
        }
        if call.matches("POST \(root)") != nil {
            try call.allow(call.json, members: ["name", "secret", "status"], required: ["topic", "delivery_url"])
            let topic = call.json["topic"]?.stringValue ?? ""
            try call.require(Self.topics.contains(topic) || topic.hasPrefix("action."), "topic \(topic)")
            let hook = book.hooks.add(
                call.json["delivery_url"]?.stringValue ?? "", topics: [topic],
                secret: call.json["secret"]?.stringValue ?? Self.webhookSecret)
            return .json(Self.shown(hook), status: 201)
        }
        if let id = call.matches("PUT \(root)/{id}")?["id"] {
            try call.allow(call.json, members: ["name", "topic", "delivery_url", "secret", "status"])
            let changed = book.hooks.change(id) { hook in
                if let secret = call.json["secret"]?.stringValue { hook.secret = secret }
                if let status = call.json["status"]?.stringValue { hook.isActive = status == "active" }
            }
            return changed.map { .json(Self.shown($0)) } ?? error(404, "woocommerce_rest_shop_webhook_invalid_id", "No")
        }
        guard let id = call.matches("DELETE \(root)/{id}")?["id"] else { return nil }
        try call.allow(query: [], required: ["force"])
        guard let hook = book.hooks.hook(id), book.hooks.remove(id) else {
            return error(404, "woocommerce_rest_shop_webhook_invalid_id", "Invalid ID.")
        }
        return .json(Self.shown(hook))
    }

    private static func shown(_ hook: HookBook.Hook) -> JSONValue {
        [
            "id": .int(Int64(hook.id) ?? 0), "name": "OmniFy", "topic": .string(hook.topics[0]),
            "delivery_url": .string(hook.address), "status": hook.isActive ? "active" : "disabled",
        ]
    }
}

// MARK: Shopify

extension ShopifyServer {
    private static let topics: Set<String> = [
        "ORDERS_CREATE", "ORDERS_UPDATED", "REFUNDS_CREATE", "CUSTOMERS_CREATE", "CUSTOMERS_UPDATE",
        "CUSTOMERS_DELETE", "CUSTOMERS_MARKETING_CONSENT_UPDATE", "CUSTOMERS_EMAIL_MARKETING_CONSENT_UPDATE",
        "PRODUCTS_UPDATE", "CHECKOUTS_CREATE", "BULK_OPERATIONS_FINISH", "APP_UNINSTALLED", "APP_SCOPES_UPDATE",
    ]

    /// All subscriptions of this app in this shop.
    func subscriptions(_ field: GraphQL.Field) throws -> JSONValue {
        let nodes = book.hooks.all.map { hook -> JSONValue in
            ["id": .string(hook.id), "topic": .string(hook.topics[0]), "uri": .string(hook.address)]
        }
        return .object(
            try field.fields.map { inner in
                guard inner.name == "nodes" else { throw SheetViolation("webhookSubscriptions has no \(inner.name)") }
                return .init(
                    inner.alias,
                    .array(try nodes.map { try GraphQL.select(inner.fields, of: $0, path: "webhookSubscription") }))
            })
    }

    /// Nil for a mutation that is about something else.
    func hooks(_ field: GraphQL.Field) throws -> JSONValue? {
        switch field.name {
        case "webhookSubscriptionCreate":
            let topic = field.arguments["topic"]?.stringValue ?? ""
            let wanted = field.arguments["webhookSubscription"]
            let uri = wanted?["uri"]?.stringValue ?? ""
            guard Self.topics.contains(topic) else { throw SheetViolation("topic \(topic)") }
            guard case .object(let members)? = wanted,
                members.allSatisfy({ ["uri", "format", "includeFields", "filter"].contains($0.name) })
            else { throw SheetViolation("webhookSubscription") }
            if book.hooks.all.contains(where: { $0.topics == [topic] && $0.address == uri }) || !uri.hasPrefix("https")
            {
                return try payload(field, "webhookSubscription", .null, "Address for this topic has already been taken")
            }
            let hook = book.hooks.add(uri, topics: [topic]) { "gid://shopify/WebhookSubscription/\($0)" }
            return try payload(field, "webhookSubscription", ["id": .string(hook.id)], nil)
        case "webhookSubscriptionDelete":
            let id = field.arguments["id"]?.stringValue ?? ""
            let isGone = book.hooks.remove(id)
            return try payload(
                field, "deletedWebhookSubscriptionId", isGone ? .string(id) : .null,
                isGone ? nil : "Webhook subscription does not exist")
        default: return nil
        }
    }

    private func payload(
        _ field: GraphQL.Field, _ name: String, _ value: JSONValue, _ message: String?
    ) throws -> JSONValue {
        .object(
            try field.fields.map { inner in
                switch inner.name {
                case name: return .init(inner.alias, value)
                case "userErrors":
                    let errors: [JSONValue] =
                        message.map { [["field": ["webhookSubscription"], "message": .string($0)]] } ?? []
                    return .init(inner.alias, .array(errors))
                default: throw SheetViolation("\(field.name) has no \(inner.name)")
                }
            })
    }
}
