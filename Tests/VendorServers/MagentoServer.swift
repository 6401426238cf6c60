import Crypto
import Foundation
import Synchronization
import Vault
import Web

/// Magento 2.4 on its owner's host as its sheet describes it: OAuth 1.0a with HMAC-SHA256 checked to the letter,
/// search criteria, numbers as doubles, times without a zone, and a last page that repeats.
public struct MagentoServer: VendorServer {
    public static let platform = "magento"

    private static let consumerKey = "ck-magento"
    private static let consumerSecret = "cs+magento/1"
    private static let token = "at-magento"
    private static let tokenSecret = "as-magento&2"

    let world: VendorWorld
    public let book = WriteBook()
    /// What happens to one installation while it runs.
    private final class Memory: Sendable {
        let base = Mutex("")
        let nonces = Mutex<Set<String>>([])
        let isRevoked = Mutex(false)
    }
    private let memory = Memory()

    public init(_ world: VendorWorld) { self.world = world }

    public func settings(base: String) -> [String: String] {
        memory.base.withLock { $0 = base }
        return [:]
    }

    public var fields: [String: String] {
        [
            "store_url": memory.base.withLock { $0 }, "consumer_key": Self.consumerKey,
            "consumer_secret": Self.consumerSecret, "access_token": Self.token,
            "access_token_secret": Self.tokenSecret,
        ]
    }

    public func expireTokens() { revoke() }
    public func revoke() { memory.isRevoked.withLock { $0 = true } }

    /// The merchant has made a new integration token.
    public func renew() { memory.isRevoked.withLock { $0 = false } }

    /// What stands before the shop says so, not the shop: no JSON.
    public func tooMany(retryAfter: Int?) -> VendorReply {
        let reply = VendorReply(429, headers: [("Content-Type", "text/html")], body: Array("<h1>Slow down</h1>".utf8))
        return retryAfter.map { reply.adding("Retry-After", String($0)) } ?? reply
    }

    public func failure(_ status: Int) -> VendorReply {
        .json(
            [
                "message": "Internal Error. Details are available in Magento log file. Report ID: %1",
                "parameters": ["webapi-1"],
            ], status: status)
    }

    // MARK: Calls

    public func reply(to call: VendorCall) throws -> VendorReply {
        guard call.path.hasPrefix("/rest/all/V1/") else {
            throw SheetViolation("no such call: \(call.method) \(call.path)")
        }
        if let refusal = try refusal(call) { return refusal }
        let company = world.company
        if let reply = try write(call) { return reply }
        if call.matches("GET /rest/all/V1/store/storeConfigs") != nil { return stores(call) }
        let rows = MagentoRows(company: company)
        if call.matches("GET /rest/all/V1/orders") != nil {
            return try search(call, company.orders(updatedSince: try since(call)).map(rows.order))
        }
        if call.matches("GET /rest/all/V1/customers/search") != nil {
            return try search(call, company.customers(updatedSince: try since(call)).map(rows.customer))
        }
        if call.matches("GET /rest/all/V1/products") != nil {
            let since = try since(call) ?? .distantPast
            return try search(call, company.products.filter { $0.updatedAt >= since }.map { rows.product($0.number) })
        }
        if call.matches("GET /rest/all/V1/creditmemos") != nil {
            let refunded = company.orders(updatedSince: try since(call)).filter { company.order($0).refundedMinor > 0 }
            return try search(call, refunded.map(rows.creditMemo))
        }
        throw SheetViolation("no such call: \(call.method) \(call.path)")
    }

    /// The signature is made again from the address as it came, and has to be the same.
    private func refusal(_ call: VendorCall) throws -> VendorReply? {
        guard let header = call.header("Authorization"), header.hasPrefix("OAuth ") else {
            return .json(
                [
                    "message": "The consumer isn't authorized to access %resources.",
                    "parameters": ["resources": "self"],
                ], status: 401)
        }
        var parameters: [String: String] = [:]
        for part in header.dropFirst(6).split(separator: ",") {
            let pair = part.trimmingCharacters(in: .whitespaces).split(separator: "=", maxSplits: 1).map(String.init)
            if pair.count == 2 { parameters[pair[0]] = PercentCoding.decode(pair[1].filter { $0 != "\"" }) }
        }
        let given = parameters.removeValue(forKey: "oauth_signature") ?? ""
        try call.require(parameters["oauth_signature_method"] == "HMAC-SHA256", "HMAC-SHA256")
        try call.require(parameters["oauth_consumer_key"] == Self.consumerKey, "the consumer key")
        let at = parameters["oauth_timestamp"].flatMap(Double.init) ?? 0
        guard abs(at - call.at.timeIntervalSince1970) < 600 else { return problem("timestamp_refused") }
        let nonce = parameters["oauth_nonce"] ?? ""
        guard !nonce.isEmpty, memory.nonces.withLock({ $0.insert(nonce).inserted }) else {
            return problem("nonce_used")
        }
        if memory.isRevoked.withLock({ $0 }) || parameters["oauth_token"] != Self.token {
            return problem("token_rejected")
        }
        guard given == Self.signature(call, parameters) else { return problem("signature_invalid") }
        return nil
    }

    private func problem(_ word: String) -> VendorReply {
        VendorReply(
            401, headers: [("Content-Type", "application/x-www-form-urlencoded")],
            body: Array("oauth_problem=\(word)".utf8))
    }

    private static func signature(_ call: VendorCall, _ own: [String: String]) -> String {
        let all = own.map { ($0.key, $0.value) } + call.query.map { ($0.name, $0.value) }
        let pairs = all.map { (PercentCoding.encode($0.0), PercentCoding.encode($0.1)) }
            .sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map { "\($0.0)=\($0.1)" }.joined(separator: "&")
        let message = [call.method, call.base + call.path, pairs].map(PercentCoding.encode).joined(separator: "&")
        let key = PercentCoding.encode(consumerSecret) + "&" + PercentCoding.encode(tokenSecret)
        let code = HMAC<SHA256>.authenticationCode(
            for: Data(message.utf8), using: SymmetricKey(data: Data(key.utf8)))
        return Data(code).base64EncodedString()
    }

    private func stores(_ call: VendorCall) -> VendorReply {
        let company = world.company
        return .json([
            [
                "id": 1, "code": "default", "website_id": 1, "locale": "en_US",
                "base_currency_code": .string(company.currency),
                "default_display_currency_code": .string(company.currency), "timezone": .string(company.timeZone),
                "base_url": .string(call.base + "/"), "secure_base_url": .string(call.base + "/"),
            ]
        ])
    }

    // MARK: Search criteria

    private func since(_ call: VendorCall) throws -> Date? {
        let filter = "searchCriteria[filter_groups][0][filters][0]"
        let names = ["[field]", "[value]", "[condition_type]"].map { filter + $0 }
        let sort = "searchCriteria[sortOrders][0]"
        try call.allow(
            query: names + ["fields"],
            required: [
                "searchCriteria[pageSize]", "searchCriteria[currentPage]", sort + "[field]", sort + "[direction]",
            ])
        try call.require(call.query(sort + "[field]") == "updated_at", "sorted by the last change")
        guard let value = call.query(names[1]) else { return nil }
        try call.require(call.query(names[0]) == "updated_at" && call.query(names[2]) == "gteq", "updated_at gteq")
        let parts = value.split(separator: " ")
        guard parts.count == 2, value.count == 19, let date = CivilTime.parse("\(parts[0])T\(parts[1])Z") else {
            throw SheetViolation("\(value) is no time as Magento writes it")
        }
        return date
    }

    private func search(_ call: VendorCall, _ rows: [JSONValue]) throws -> VendorReply {
        let size = call.number("searchCriteria[pageSize]", or: 20)
        try call.require((1...300).contains(size), "page size \(size)")
        let pages = max(1, (rows.count + size - 1) / size)
        let page = min(call.number("searchCriteria[currentPage]", or: 1), pages)
        return .json([
            "items": .array(Array(rows.dropFirst((page - 1) * size).prefix(size))),
            "search_criteria": ["page_size": .int(Int64(size)), "current_page": .int(Int64(page))],
            "total_count": .int(Int64(rows.count)),
        ])
    }
}

/// The company's rows as Magento has them. Every tenth order is a guest's.
struct MagentoRows {
    let company: SeededCompany

    private static func money(_ minor: Int64) -> JSONValue { .double(Double(minor) / 100) }

    private static func time(_ date: Date) -> JSONValue {
        .string(String(HubSpotServer.iso(date).prefix(19)).replacing("T", with: " "))
    }

    static func isGuest(_ order: Int) -> Bool { order % 10 == 3 }

    func customer(_ number: Int) -> JSONValue {
        let person = company.customer(number)
        return [
            "id": .int(Int64(number + 1)), "email": .string(person.email), "firstname": .string(person.firstName),
            "lastname": .string(person.lastName), "group_id": 1, "created_at": Self.time(person.createdAt),
            "updated_at": Self.time(person.updatedAt), "created_in": "Default Store View",
            "addresses": [
                [
                    "country_id": .string(person.country), "telephone": .string(person.phone), "default_billing": true,
                    "city": .string(person.city),
                ]
            ],
            "extension_attributes": ["is_subscribed": .bool(person.emailConsent == true)],
        ]
    }

    func product(_ number: Int) -> JSONValue {
        let product = company.product(number)
        return [
            "id": .int(Int64(number + 1)), "sku": .string(product.sku), "name": .string(product.title),
            "price": Self.money(product.priceMinor), "status": product.isActive ? 1 : 2, "visibility": 4,
            "type_id": "simple", "created_at": Self.time(product.createdAt), "updated_at": Self.time(product.updatedAt),
            "extension_attributes": ["stock_item": ["qty": .int(Int64(product.stock))]],
            "custom_attributes": [
                ["attribute_code": "cost", "value": .string(HubSpotServer.money(product.costMinor) + "00")]
            ],
        ]
    }

    func order(_ number: Int) -> JSONValue {
        let order = company.order(number)
        let person = company.customer(order.customer)
        let quantity = JSONValue.int(Int64(order.quantity))
        let isGuest = Self.isGuest(number)
        let members: [JSONValue.Member] = [
            .init("entity_id", .int(Int64(number + 1))), .init("increment_id", .string("\(100_000_000 + number)")),
            .init("state", order.isCancelled ? "canceled" : "complete"), .init("created_at", Self.time(order.placedAt)),
            .init("updated_at", Self.time(order.updatedAt)), .init("order_currency_code", .string(company.currency)),
            .init("grand_total", Self.money(order.totalMinor)), .init("base_grand_total", Self.money(order.totalMinor)),
            .init("subtotal", Self.money(order.subtotalMinor)),
            .init("discount_amount", Self.money(-order.discountMinor)), .init("tax_amount", Self.money(order.taxMinor)),
            .init("shipping_amount", Self.money(order.shippingMinor)),
            .init("total_refunded", order.refundedMinor == 0 ? .null : Self.money(order.refundedMinor)),
            .init("customer_id", isGuest ? .null : .int(Int64(order.customer + 1))),
            .init("customer_is_guest", isGuest ? 1 : 0), .init("customer_email", .string(person.email)),
            .init("billing_address", ["country_id": .string(person.country), "firstname": .string(person.firstName)]),
            .init(
                "items",
                [
                    ["item_id": 1, "product_type": "configurable", "sku": "NW", "qty_ordered": quantity],
                    [
                        "item_id": 2, "parent_item_id": 1, "product_type": "simple", "sku": "NW-S",
                        "qty_ordered": quantity,
                    ],
                ]),
        ]
        return .object(members)
    }

    func creditMemo(_ number: Int) -> JSONValue {
        let order = company.order(number)
        return [
            "entity_id": .int(Int64(9000 + number)), "increment_id": .string("CM\(number)"),
            "order_id": .int(Int64(number + 1)), "state": 2, "created_at": Self.time(order.updatedAt),
            "updated_at": Self.time(order.updatedAt), "grand_total": Self.money(order.refundedMinor),
            "base_grand_total": Self.money(order.refundedMinor),
        ]
    }
}
