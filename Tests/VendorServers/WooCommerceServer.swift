import Crypto
import Foundation
import Vault
import Web

/// A WordPress with WooCommerce as its sheet describes it: keys over Basic, pages with totals in headers, money as
/// texts, times without a zone, guests with customer 0.
public struct WooCommerceServer: VendorServer {
    public static let platform = "woocommerce"
    public static let webhookSecret = "woo-hook"

    private static let key = "ck_test"
    private static let secret = "cs_test"

    let world: VendorWorld
    public let book = WriteBook()
    public let tokens: TokenBook
    private let window: CallWindow

    public init(_ world: VendorWorld) {
        self.world = world
        tokens = TokenBook(clock: world.clock, lifetime: 1, rotates: false)
        tokens.accept(Self.key)
        // The host's own rule.
        window = CallWindow(20, per: 1, clock: world.clock)
    }

    /// The store's address is the customer's own: it stands in for what they fill in.
    public func settings(base: String) -> [String: String] {
        ["api_url": base + "/wp-json/wc/{version}", "index_url": base + "/wp-json"]
    }

    public var fields: [String: String] {
        [
            "store_url": "https://shop.northwind.example/", "consumer_key": Self.key, "consumer_secret": Self.secret,
            "webhook_secret": Self.webhookSecret,
        ]
    }

    public func expireTokens() { tokens.expireAccess() }
    public func revoke() { tokens.revokeAll() }
    public func renew() { tokens.renew() }
    public func failure(_ status: Int) -> VendorReply {
        error(status, "internal_server_error", "There has been a critical error")
    }

    func error(_ status: Int, _ code: String, _ message: String) -> VendorReply {
        .json(
            ["code": .string(code), "message": .string(message), "data": ["status": .int(Int64(status))]],
            status: status)
    }

    public func reply(to call: VendorCall) throws -> VendorReply {
        if call.matches("GET /wp-json") != nil { return index }
        guard window.take() != nil else { return tooMany(retryAfter: nil) }
        guard let basic = call.basic, basic.password == Self.secret, tokens.isGood(basic.user) else {
            return error(
                401, "woocommerce_rest_authentication_error", "Invalid signature - provided signature does not match.")
        }
        if call.matches("GET /wp-json/wc/v3/system_status") != nil {
            return .json([
                "environment": ["version": "9.4.0"], "settings": ["currency": .string(world.company.currency)],
            ])
        }
        if let reply = try hooks(call) ?? write(call) { return reply }
        if let parts = call.matches("GET /wp-json/wc/v3/{list}") { return try list(call, parts["list"] ?? "") }
        if let parts = call.matches("GET /wp-json/wc/v3/orders/{id}/refunds") {
            return try page(
                call, Int(parts["id"] ?? "").map { refunds(world.company.order($0 - Self.orderBase)) } ?? [])
        }
        if let parts = call.matches("GET /wp-json/wc/v3/products/{id}/variations") {
            return try page(call, Int(parts["id"] ?? "").map { variations($0 - Self.productBase) } ?? [])
        }
        throw SheetViolation("no such call: \(call.method) \(call.path)")
    }

    private var index: VendorReply {
        .json([
            "name": .string(world.company.name), "url": "https://shop.northwind.example",
            "timezone_string": .string(world.company.timeZone), "namespaces": ["wp/v2", "wc/v3"],
        ])
    }

    // MARK: Lists

    /// Posts share one row of numbers in WordPress.
    static let orderBase = 100_000
    static let productBase = 50_000

    private func list(_ call: VendorCall, _ name: String) throws -> VendorReply {
        let paging = ["page", "per_page", "offset", "orderby", "order"]
        let company = world.company
        switch name {
        case "customers":
            try call.allow(query: paging + ["email"], required: ["role"])
            try call.require(
                ["id", "registered_date", "name", nil].contains(call.query("orderby")), "orderby of customers")
            return try page(
                call, company.customers.filter { !$0.isDeleted }.map { number in { self.customer(number) } })
        case "orders", "products":
            try call.allow(
                query: paging + ["modified_after", "modified_before", "after", "before", "dates_are_gmt", "status"])
            try call.require(["modified", "date", "id", nil].contains(call.query("orderby")), "orderby of \(name)")
            let since = try modifiedAfter(call)
            if name == "orders" {
                let found = company.orders.filter { !$0.isDeleted && $0.updatedAt > since }
                return try page(call, found.map { order in { self.order(order) } })
            }
            return try page(
                call, company.products.filter { $0.updatedAt > since }.map { product in { self.product(product) } })
        default: return error(404, "rest_no_route", "No route was found matching the URL and request method.")
        }
    }

    private func modifiedAfter(_ call: VendorCall) throws -> Date {
        guard let text = call.query("modified_after") else { return .distantPast }
        try call.require(call.query("dates_are_gmt") == "true", "dates_are_gmt with a time")
        guard text.count == 19, let date = CivilTime.parse(text + "Z") else {
            throw SheetViolation("modified_after \(text) has no zone")
        }
        return date
    }

    func page(_ call: VendorCall, _ rows: [() -> JSONValue]) throws -> VendorReply {
        let size = call.number("per_page", or: 10)
        let number = call.number("page", or: 1)
        try call.require((1...100).contains(size) && number >= 1, "per_page up to 100, page from 1")
        let pages = (rows.count + size - 1) / size
        let part = rows.dropFirst((number - 1) * size).prefix(size).map { $0() }
        var reply = VendorReply.json(.array(part))
            .adding("X-WP-Total", String(rows.count)).adding("X-WP-TotalPages", String(pages))
        if number < pages {
            // As stores behind a proxy write it: another scheme and host than the one that was called.
            reply = reply.adding("Link", "<http://shop.northwind.example\(call.path)?page=\(number + 1)>; rel=\"next\"")
        }
        return reply
    }

    // MARK: Rows

    private func time(_ date: Date) -> JSONValue { .string(String(HubSpotServer.iso(date).prefix(19))) }
    private func money(_ minor: Int64) -> JSONValue { .string(HubSpotServer.money(minor)) }

    private func billing(_ person: SeededCompany.Customer) -> JSONValue {
        [
            "first_name": .string(person.firstName), "last_name": .string(person.lastName),
            "email": .string(person.email), "phone": .string(person.phone), "country": .string(person.country),
            "state": "",
        ]
    }

    func customer(_ person: SeededCompany.Customer) -> JSONValue {
        book.patched("customers/\(person.number + 1)", plainCustomer(person))
    }

    private func plainCustomer(_ person: SeededCompany.Customer) -> JSONValue {
        [
            "id": .int(Int64(person.number + 1)), "email": .string(person.email),
            "first_name": .string(person.firstName), "last_name": .string(person.lastName),
            "username": .string("user\(person.number)"), "role": "customer", "date_created_gmt": time(person.createdAt),
            "date_modified_gmt": time(person.updatedAt), "is_paying_customer": true, "billing": billing(person),
            "shipping": .object([]), "meta_data": [],
        ]
    }

    /// Every fifth product is sold in two sizes.
    private func variations(_ number: Int) -> [() -> JSONValue] {
        let product = world.company.product(number)
        return ["250 g", "1 kg"].enumerated().map { index, size in
            {
                [
                    "id": .int(Int64(70_000 + number * 10 + index)), "sku": .string("\(product.sku)-\(index)"),
                    "price": self.money(product.priceMinor * Int64(index + 1)), "stock_quantity": 5,
                    "attributes": [["name": "Size", "option": .string(size)]],
                ]
            }
        }
    }

    private func product(_ product: SeededCompany.Product) -> JSONValue {
        [
            "id": .int(Int64(Self.productBase + product.number)), "name": .string(product.title),
            "slug": .string("p-\(product.number)"), "type": product.number % 5 == 0 ? "variable" : "simple",
            "status": product.isActive ? "publish" : "draft", "sku": .string(product.sku),
            "price": money(product.priceMinor), "regular_price": money(product.priceMinor), "sale_price": "",
            "stock_quantity": .int(Int64(product.stock)), "stock_status": "instock", "total_sales": 1,
            "categories": [["id": 1, "name": "Coffee"]], "images": [], "date_modified_gmt": time(product.updatedAt),
        ]
    }

    private func refunds(_ order: SeededCompany.Order) -> [() -> JSONValue] {
        guard order.refundedMinor > 0 else { return [] }
        return [
            {
                [
                    "id": .int(Int64(200_000 + order.number)), "date_created_gmt": self.time(order.updatedAt),
                    "amount": self.money(order.refundedMinor), "reason": "", "line_items": [],
                ]
            }
        ]
    }

    private func order(_ order: SeededCompany.Order) -> JSONValue {
        let person = world.company.customer(order.customer)
        let product = world.company.product(order.product)
        let total = order.refundedMinor >= order.totalMinor
        let line: JSONValue = [
            "id": .int(Int64(order.number)), "name": .string(product.title), "quantity": .int(Int64(order.quantity)),
            "product_id": .int(Int64(Self.productBase + order.product)), "variation_id": 0,
            "sku": .string(product.sku), "price": .double(Double(product.priceMinor) / 100),
            "subtotal": money(order.subtotalMinor), "total": money(order.subtotalMinor - order.discountMinor),
            "total_tax": "0.00", "meta_data": [],
        ]
        let refund: JSONValue = [
            "id": .int(Int64(200_000 + order.number)), "reason": "",
            "total": .string("-" + HubSpotServer.money(order.refundedMinor)),
        ]
        let source: JSONValue = ["id": 1, "key": "_wc_order_attribution_utm_source", "value": "newsletter"]
        return [
            "id": .int(Int64(Self.orderBase + order.number)), "number": .string(String(order.number)),
            "status": order.isCancelled ? "cancelled" : total ? "refunded" : "completed",
            "currency": .string(world.company.currency), "date_created_gmt": time(order.placedAt),
            "date_modified_gmt": time(order.updatedAt), "date_paid_gmt": time(order.placedAt),
            "date_completed_gmt": time(order.placedAt), "discount_total": money(order.discountMinor),
            "shipping_total": money(order.shippingMinor), "total": money(order.totalMinor),
            "total_tax": money(order.taxMinor), "prices_include_tax": false,
            "customer_id": .int(Self.isGuest(order) ? 0 : Int64(order.customer + 1)), "billing": billing(person),
            "payment_method": "card", "transaction_id": .string("t\(order.number)"), "created_via": "checkout",
            "line_items": [line], "shipping_lines": [], "fee_lines": [], "coupon_lines": [],
            "refunds": order.refundedMinor > 0 ? [refund] : [],
            "meta_data": order.number % 4 == 0 ? [source] : [],
        ]
    }

    public static func isGuest(_ order: SeededCompany.Order) -> Bool { order.number % 10 == 9 }

    // MARK: Webhooks

    public func webhook(customer: Int, url: String) -> SignedDelivery? {
        webhook(
            "customer.updated", self.customer(world.company.customer(customer)),
            secret: book.hooks.hook(at: url)?.secret)
    }

    public func webhook(_ topic: String, _ resource: JSONValue, secret: String? = nil) -> SignedDelivery {
        let body = VendorReply.json(resource).body
        let code = HMAC<SHA256>.authenticationCode(
            for: body, using: SymmetricKey(data: Data((secret ?? Self.webhookSecret).utf8)))
        let parts = topic.split(separator: ".").map(String.init)
        return SignedDelivery(
            headers: [
                ("X-WC-Webhook-Source", "https://shop.northwind.example/"), ("X-WC-Webhook-Topic", topic),
                ("X-WC-Webhook-Resource", parts.first ?? ""), ("X-WC-Webhook-Event", parts.last ?? ""),
                ("X-WC-Webhook-Signature", Data(code).base64EncodedString()), ("X-WC-Webhook-ID", "5"),
                ("X-WC-Webhook-Delivery-ID", "d-1"), ("Content-Type", "application/json"),
            ], body: body)
    }
}
