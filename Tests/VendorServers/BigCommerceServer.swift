import Crypto
import Foundation
import Vault
import Web

/// BigCommerce's management API as its sheet describes it: v3 with `meta.pagination`, v2 with bare arrays and 204 for
/// nothing, RFC 2822 dates in orders, a 30 s window with headers, Standard Webhooks.
public struct BigCommerceServer: VendorServer {
    public static let platform = "bigcommerce"

    static let hash = "nw42hash"
    private static let staticToken = "bc-token"
    private static let secret = "bc-client-secret"
    /// Somebody who reads the newsletter and has never bought.
    public static let reader = "reader@mail.example"

    let world: VendorWorld
    public let book = WriteBook()
    public let tokens: TokenBook
    private let window: CallWindow

    public init(_ world: VendorWorld) {
        self.world = world
        tokens = TokenBook(clock: world.clock, lifetime: 1e9, rotates: false)
        tokens.accept(Self.staticToken)
        window = CallWindow(150, per: 30, clock: world.clock)
    }

    public func settings(base: String) -> [String: String] { ["api_url": base + "/stores/{store_hash}"] }

    public var fields: [String: String] {
        ["store_hash": Self.hash, "access_token": Self.staticToken, "client_secret": Self.secret]
    }
    public func expireTokens() { tokens.expireAccess() }
    public func revoke() { tokens.revokeAll() }
    public func renew() { tokens.renew() }

    /// With a time it is the store's window; without, the platform is overloaded and says nothing.
    public func tooMany(retryAfter: Int?) -> VendorReply {
        let reply = failure(429)
        return retryAfter.map { limited(reply, left: 0, milliseconds: $0 * 1000) } ?? reply
    }

    public func failure(_ status: Int) -> VendorReply {
        .json(["status": .int(Int64(status)), "title": "Something went wrong", "type": "about:blank"], status: status)
    }

    private func limited(_ reply: VendorReply, left: Int, milliseconds: Int = 30_000) -> VendorReply {
        reply.adding("X-Rate-Limit-Time-Window-Ms", "30000").adding("X-Rate-Limit-Requests-Quota", "150")
            .adding("X-Rate-Limit-Requests-Left", String(left))
            .adding("X-Rate-Limit-Time-Reset-Ms", String(milliseconds))
    }

    public func reply(to call: VendorCall) throws -> VendorReply {
        try call.require(call.path.hasPrefix("/stores/\(Self.hash)/"), "the store's hash")
        try call.require(header: "Accept") { $0 == "application/json" }
        try call.require(call.header("Authorization") == nil, "the token goes into X-Auth-Token")
        guard let token = call.header("X-Auth-Token"), tokens.isGood(token) else {
            return .json(["status": 401, "title": "Unauthorized", "type": "about:blank"], status: 401)
        }
        guard let left = window.take() else { return tooMany(retryAfter: 30) }
        return limited(try plain(call), left: left)
    }

    private func plain(_ call: VendorCall) throws -> VendorReply {
        func matches(_ path: String) -> Bool { call.matches("GET /stores/\(Self.hash)\(path)") != nil }
        if let reply = try hooks(call) ?? write(call) { return reply }
        if matches("/v2/store") { return store }
        if matches("/v2/orders") { return try orders(call) }
        if matches("/v3/customers") { return try customers(call) }
        if matches("/v3/customers/subscribers") { return try subscribers(call) }
        if matches("/v3/catalog/products") { return try products(call) }
        if matches("/v3/orders/payment_actions/refunds") { return try refunds(call) }
        throw SheetViolation("no such call: \(call.method) \(call.path)")
    }

    private var store: VendorReply {
        let company = world.company
        return .json([
            "id": .string(Self.hash), "name": .string(company.name), "domain": .string(company.domain),
            "secure_url": .string("https://\(company.domain)"), "currency": .string(company.currency),
            "timezone": ["name": .string(company.timeZone), "raw_offset": -18_000], "plan_name": "Pro Store",
            "plan_level": "Pro", "status": "active",
        ])
    }

    // MARK: Version 3

    private func customers(_ call: VendorCall) throws -> VendorReply {
        try call.allow(query: ["include", "date_modified:min", "id:in", "email:in", "sort", "page", "limit"])
        let company = world.company
        var numbers = company.customers(updatedSince: try since(call, "date_modified:min"))
        if let emails = call.query("email:in")?.split(separator: ",").map(String.init) {
            let wanted = Set(emails)
            numbers = numbers.filter { wanted.contains(company.customer($0).email) }
        }
        if let ids = call.query("id:in")?.split(separator: ",").compactMap({ Int($0) }) {
            numbers = numbers.filter { ids.contains($0 + 1) }
        }
        let hasAddresses = call.query("include")?.contains("addresses") == true
        let rows: [JSONValue] = numbers.map(company.customer).filter { !$0.isDeleted }.map { person in
            let addresses: [JSONValue] = [
                ["id": 1, "country_code": .string(person.country), "city": .string(person.city)]
            ]
            let row: JSONValue = [
                "id": .int(Int64(person.number + 1)), "email": .string(person.email),
                "first_name": .string(person.firstName), "last_name": .string(person.lastName),
                "phone": .string(person.phone), "customer_group_id": 0,
                "date_created": .string(Self.iso(person.createdAt)),
                "date_modified": .string(Self.iso(person.updatedAt)),
                "accepts_product_review_abandoned_cart_emails": true, "channel_ids": [1],
                "addresses": hasAddresses ? .array(addresses) : nil,
            ]
            return book.patched("customers/\(person.number + 1)", row)
        }
        return try page(call, rows)
    }

    /// Only those who agreed are on the list.
    private func subscribers(_ call: VendorCall) throws -> VendorReply {
        try call.allow(query: ["email", "date_modified:min", "page", "limit"])
        func row(_ id: Int, _ email: String, _ first: String, _ last: String, _ at: Date) -> JSONValue {
            [
                "id": .int(Int64(id)), "email": .string(email), "first_name": .string(first),
                "last_name": .string(last), "source": "storefront", "order_id": nil, "channel_id": 1,
                "consents": [], "date_created": .string(Self.iso(at)), "date_modified": .string(Self.iso(at)),
            ]
        }
        let company = world.company
        let people = company.customers.filter { $0.emailConsent == true && !$0.isDeleted }.map {
            row($0.number + 500, $0.email, $0.firstName, $0.lastName, $0.emailConsentAt)
        }
        return try page(call, people + [row(99_999, Self.reader, "Rita", "Reader", company.start)])
    }

    private func products(_ call: VendorCall) throws -> VendorReply {
        try call.allow(query: ["include", "date_modified:min", "id:in", "is_visible", "sort", "page", "limit"])
        let since = try since(call, "date_modified:min") ?? .distantPast
        let rows: [JSONValue] = world.company.products.filter { $0.updatedAt >= since }.map { product in
            [
                "id": .int(Int64(product.number + 1)), "name": .string(product.title), "sku": .string(product.sku),
                "type": "physical", "price": .double(Double(product.priceMinor) / 100),
                "cost_price": .double(Double(product.costMinor) / 100), "sale_price": 0,
                "inventory_level": .int(Int64(product.stock)), "is_visible": .bool(product.isActive), "variants": [],
                "date_created": .string(Self.iso(product.createdAt)),
                "date_modified": .string(Self.iso(product.updatedAt)),
            ]
        }
        return try page(call, rows)
    }

    private func refunds(_ call: VendorCall) throws -> VendorReply {
        try call.allow(query: ["order_id:in", "created:min", "page", "limit"])
        let since = try since(call, "created:min") ?? .distantPast
        let rows: [JSONValue] = world.company.orders.filter { $0.refundedMinor > 0 && $0.updatedAt >= since }.map {
            order in
            [
                "id": .int(Int64(order.number + 1)), "order_id": .int(Int64(Self.orderID(order.number))),
                "created": .string(Self.iso(order.updatedAt)), "reason": "Late",
                "total_amount": .double(Double(order.refundedMinor) / 100), "items": [],
                "payments": [["provider_id": "braintree"]],
            ]
        }
        return try page(call, rows)
    }

    private func page(_ call: VendorCall, _ rows: [JSONValue]) throws -> VendorReply {
        let size = call.number("limit", or: 50)
        let page = call.number("page", or: 1)
        try call.require((1...250).contains(size), "limit \(size) is over 250")
        try call.require(page >= 1, "pages count from 1")
        let part = Array(rows.dropFirst((page - 1) * size).prefix(size))
        return .json([
            "data": .array(part),
            "meta": [
                "pagination": [
                    "total": .int(Int64(rows.count)), "count": .int(Int64(part.count)),
                    "per_page": .int(Int64(size)), "current_page": .int(Int64(page)),
                    "total_pages": .int(Int64(max(1, (rows.count + size - 1) / size))), "links": [:],
                ]
            ],
        ])
    }

    // MARK: Version 2

    private func orders(_ call: VendorCall) throws -> VendorReply {
        try call.allow(
            query: [
                "min_date_modified", "max_date_modified", "min_id", "customer_id", "status_id", "include", "sort",
                "page",
                "limit",
            ])
        let hasLines = call.query("include") == "consignments.line_items"
        let size = call.number("limit", or: 50)
        let page = call.number("page", or: 1)
        try call.require((1...250).contains(size), "limit \(size) is over 250")
        let company = world.company
        let rows = company.orders(updatedSince: try since(call, "min_date_modified"))
            .map(company.order).filter { !$0.isDeleted }
        let part = rows.dropFirst((page - 1) * size).prefix(size)
        return part.isEmpty ? VendorReply(204) : .json(.array(part.map { order($0, company, hasLines) }))
    }

    private func order(_ order: SeededCompany.Order, _ company: SeededCompany, _ hasLines: Bool) -> JSONValue {
        let person = company.customer(order.customer)
        return [
            "id": .int(Int64(Self.orderID(order.number))),
            "customer_id": .int(Self.isGuest(order.number) ? 0 : Int64(person.number + 1)),
            "status_id": .int(Self.status(order)), "status": "…",
            "date_created": .string(MailTime.text(order.placedAt)),
            "date_modified": .string(MailTime.text(order.updatedAt)),
            "date_shipped": "", "currency_code": .string(company.currency),
            "default_currency_code": .string(company.currency),
            "total_inc_tax": .string(Self.money(order.totalMinor)),
            "total_ex_tax": .string(Self.money(order.totalMinor - order.taxMinor)),
            "total_tax": .string(Self.money(order.taxMinor)),
            "discount_amount": .string(Self.money(order.discountMinor)), "coupon_discount": "0.0000",
            "shipping_cost_ex_tax": .string(Self.money(order.shippingMinor)),
            "refunded_amount": .string(Self.money(order.refundedMinor)),
            "items_total": .int(Int64(order.quantity)), "payment_method": "Credit Card", "payment_status": "captured",
            "order_source": "www", "channel_id": 1, "is_deleted": false, "is_email_opt_in": false,
            "billing_address": ["email": .string(person.email)],
            "consignments": hasLines ? consignments(order, company) : nil,
        ]
    }

    /// Every third order goes out in two parcels. A list of one in some stores, an object in others.
    private func consignments(_ order: SeededCompany.Order, _ company: SeededCompany) -> JSONValue {
        let product = company.product(order.product)
        let quantities = order.number % 3 == 0 && order.quantity > 1 ? [1, order.quantity - 1] : [order.quantity]
        let each = (order.subtotalMinor - order.discountMinor) / Int64(order.quantity)
        let parcels: [JSONValue] = quantities.map { quantity in
            let line: JSONValue = [
                "id": .int(Int64(order.number * 10 + quantity)), "product_id": .int(Int64(product.number + 1)),
                "variant_id": 0, "name": .string(product.title), "sku": .string(product.sku),
                "quantity": .int(Int64(quantity)), "total_inc_tax": .string(Self.money(each * Int64(quantity))),
                "quantity_refunded": 0, "refund_amount": "0.0000", "is_refunded": false, "applied_discounts": [],
            ]
            return ["id": .int(Int64(order.number)), "line_items": .array([line])]
        }
        let all: JSONValue = ["shipping": .array(parcels), "pickups": [], "downloads": [], "email": [:]]
        return order.number % 2 == 0 ? .array([all]) : all
    }

    /// Every seventh buyer checked out as a guest.
    public static func isGuest(_ number: Int) -> Bool { number % 7 == 0 }
    public static func orderID(_ number: Int) -> Int { 100 + number }

    /// What a test order is elsewhere is an abandoned checkout here.
    private static func status(_ order: SeededCompany.Order) -> Int64 {
        if order.isTest { return 0 }
        if order.isCancelled { return 5 }
        return order.refundedMinor == 0 ? 10 : order.refundedMinor >= order.totalMinor ? 4 : 14
    }

    // MARK: Spellings

    private func since(_ call: VendorCall, _ name: String) throws -> Date? {
        guard let text = call.query(name) else { return nil }
        guard let date = CivilTime.parse(text) else { throw SheetViolation("\(name) is \(text)") }
        return date
    }

    private static func money(_ minor: Int64) -> String { HubSpotServer.money(minor) + "00" }
    static func iso(_ date: Date) -> String { String(HubSpotServer.iso(date).prefix(19)) + "Z" }

    // MARK: Webhooks

    public func webhook(customer: Int, url: String) -> SignedDelivery? {
        let now = Int(world.clock.now().timeIntervalSince1970)
        let body = VendorReply.json([
            "scope": "store/customer/updated", "store_id": "1001", "producer": .string("stores/\(Self.hash)"),
            "created_at": .int(Int64(now)), "hash": "c0ffee",
            "data": ["type": "customer", "id": .int(Int64(customer + 1))],
        ]).body
        let id = "msg_\(customer)"
        let key = SymmetricKey(data: Data(Self.secret.utf8))
        let code = HMAC<SHA256>.authenticationCode(for: Array("\(id).\(now).".utf8) + body, using: key)
        let own = (book.hooks.hook(at: url)?.headers ?? [:]).map { ($0.key, $0.value) }
        return SignedDelivery(
            headers: own + [
                ("webhook-id", id), ("webhook-timestamp", String(now)),
                ("webhook-signature", "v1,AAAA v1," + Data(code).base64EncodedString()),
                ("Content-Type", "application/json"),
            ], body: body)
    }
}
