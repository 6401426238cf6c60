import Crypto
import Foundation
import Synchronization
import Vault
import Web

/// Shopify as its sheet describes it (2026-10): expiring offline tokens that rotate, GraphQL with query costs and a
/// leaky bucket, signed callback and webhooks. Whatever is selected must be in the sheet's tables.
public struct ShopifyServer: VendorServer {
    public static let platform = "shopify"
    public static let shop = "northwind-coffee.myshopify.com"
    public static let staticToken = "shpat_test"

    private static let version = "2026-10"
    private static let clientID = "shop-client"
    private static let clientSecret = "shop-secret"
    private static let scopes = [
        "read_customers", "read_orders", "read_all_orders", "read_products", "read_inventory",
        "read_reports",
    ]

    let world: VendorWorld
    public let book = WriteBook()
    public let tokens: TokenBook
    public let bulk = ShopifyBulkBook()
    private let bucket: CostBucket
    private let serial = Serial()

    public init(_ world: VendorWorld) {
        self.world = world
        tokens = TokenBook(clock: world.clock, lifetime: 3600, rotates: true)
        tokens.accept(Self.staticToken)
        bucket = CostBucket(clock: world.clock)
    }

    public func settings(base: String) -> [String: String] {
        [
            "api_url": base + "/admin/api/{version}", "authorize_url": base + "/admin/oauth/authorize",
            "token_url": base + "/admin/oauth/access_token", "client_id": Self.clientID,
            "client_secret": Self.clientSecret,
        ]
    }

    public var fields: [String: String] { ["shop": Self.shop, "access_token": Self.staticToken] }
    public func expireTokens() { tokens.expireAccess() }
    public func revoke() { tokens.revokeAll() }
    public func renew() { tokens.renew() }

    /// Takes all points but so many out of the bucket.
    public func drain(to points: Double) { bucket.drain(to: points) }

    public func failure(_ status: Int) -> VendorReply { .json(["errors": "Something went wrong"], status: status) }

    /// GraphQL answers 200 and puts what went wrong into the body.
    public func quietFailure() -> VendorReply {
        .json([
            "data": .null,
            "errors": [
                [
                    "message": "Internal error. Looks like something went wrong on our end.",
                    "extensions": ["code": "INTERNAL_SERVER_ERROR"],
                ]
            ],
        ])
    }

    public func tooMany(retryAfter: Int?) -> VendorReply {
        guard let retryAfter else { return throttled(asked: 500, left: 200) }
        return VendorReply.json(["errors": "Exceeded 2 calls per second"], status: 429)
            .adding("Retry-After", String(retryAfter))
    }

    private func throttled(asked: Int, left: Double) -> VendorReply {
        let cost = CostBucket.cost(asked: asked, actual: nil, left: left)
        return .json([
            "errors": [["message": "Throttled", "extensions": ["code": "THROTTLED", "cost": cost]]],
            "extensions": ["cost": cost],
        ])
    }

    public func reply(to call: VendorCall) throws -> VendorReply {
        if call.matches("GET /admin/oauth/authorize") != nil { return try authorize(call) }
        if call.matches("POST /admin/oauth/access_token") != nil { return try token(call) }
        if let file = try bulkFile(call) { return file }
        guard call.matches("POST /admin/api/\(Self.version)/graphql.json") != nil else {
            throw SheetViolation("no such call: \(call.method) \(call.path)")
        }
        guard let token = call.header("X-Shopify-Access-Token"), tokens.isGood(token) else {
            return .json(
                ["errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"], status: 401)
        }
        try call.require(header: "Content-Type") { $0.hasPrefix("application/json") }
        try call.allow(call.json, members: ["variables"], required: ["query"])
        let document = try GraphQL(
            call.json["query"]?.stringValue ?? "", variables: call.json["variables"] ?? .object([]))
        return try answer(document, base: call.base).adding("X-Shopify-API-Version", Self.version)
            .adding("X-Request-Id", "r-1")
    }

    private func answer(_ document: GraphQL, base: String) throws -> VendorReply {
        let asked = max(document.isMutation ? 10 : 1, GraphQL.cost(document.fields))
        guard asked <= 1000 else {
            let error: JSONValue = [
                "message": .string("Query cost is \(asked), which exceeds the single query max cost limit (1000)."),
                "extensions": ["code": "MAX_COST_EXCEEDED", "cost": .int(Int64(asked)), "maxCost": 1000],
            ]
            return .json(["errors": [error]])
        }
        let left = bucket.take(Double(asked))
        guard left >= 0 else { return throttled(asked: asked, left: left + Double(asked)) }
        let data = JSONValue.object(
            try document.fields.map { field in
                let value =
                    document.isMutation
                    ? try runBulk(field) ?? hooks(field) ?? write(field)
                    : try bulkOperation(field, base: base) ?? root(field)
                return .init(field.alias, value)
            })
        let actual = max(1, asked / 2)
        bucket.give(Double(asked - actual))
        let cost = CostBucket.cost(asked: asked, actual: actual, left: left + Double(asked - actual))
        return .json(["data": data, "extensions": ["cost": cost]])
    }

    private func root(_ field: GraphQL.Field) throws -> JSONValue {
        switch field.name {
        case "shop", "currentAppInstallation":
            return try GraphQL.select(field.fields, of: field.name == "shop" ? shop : installation, path: field.name)
        case "customers", "orders", "products":
            try allow(field, ["first", "after", "query", "sortKey"])
            if field.name == "orders", let found = try searched(field) { return try list(field, found) }
            guard field.arguments["sortKey"]?.stringValue == "UPDATED_AT" else {
                throw SheetViolation("\(field.name) sorted by UPDATED_AT")
            }
            return try list(field, try since(field).map { numbers(field.name, $0) } ?? numbers(field.name, nil))
        case "abandonedCheckouts":
            try allow(field, ["first", "after"])
            return try list(field, checkouts)
        case "codeDiscountNodeByCode": return try discount(field)
        case "webhookSubscriptions": return try subscriptions(field)
        case "order", "product", "customer":
            try allow(field, ["id"])
            let id = field.arguments["id"]?.stringValue ?? ""
            guard let number = id.split(separator: "/").last.flatMap({ Int($0) }) else {
                throw SheetViolation("\(field.name) needs an id")
            }
            return try GraphQL.select(field.fields, of: object(field.name + "s", number), path: field.name)
        case "shopifyqlQuery": return try report(field)
        default: throw SheetViolation("GraphQL: no root \(field.name)")
        }
    }

    func allow(_ field: GraphQL.Field, _ names: Set<String>) throws {
        if let other = field.arguments.keys.first(where: { !names.contains($0) }) {
            throw SheetViolation("\(field.name) has no argument \(other)")
        }
    }

    /// `updated_at:>='2026-01-01T00:00:00Z'`
    private func since(_ field: GraphQL.Field) throws -> Date? {
        guard let text = field.arguments["query"]?.stringValue else { return nil }
        guard text.hasPrefix("updated_at:>='"), text.hasSuffix("Z'"),
            let date = CivilTime.parse(String(text.dropFirst(14).dropLast()))
        else { throw SheetViolation("search \(text)") }
        return date
    }

    // MARK: Sign-in

    private func authorize(_ call: VendorCall) throws -> VendorReply {
        try call.allow(
            query: ["grant_options[]", "response_type"], required: ["client_id", "scope", "redirect_uri", "state"])
        try call.require(call.query("client_id") == Self.clientID, "unknown client_id")
        try call.require(call.query("scope")?.contains(",") == true, "scopes are separated by commas")
        let back: [(String, String)] = [
            ("code", tokens.code()), ("host", Data("admin.shopify.com/store/northwind".utf8).base64EncodedString()),
            ("shop", Self.shop), ("state", call.query("state") ?? ""),
            ("timestamp", String(Int(world.clock.now().timeIntervalSince1970))),
        ]
        let text = back.map { PercentCoding.encode($0.0) + "=" + PercentCoding.encode($0.1) }.joined(separator: "&")
        let code = Hex.encode(Array(Self.code(Array(text.utf8))))
        return VendorReply(302, headers: [("Location", "\(call.query("redirect_uri") ?? "")?hmac=\(code)&\(text)")])
    }

    private func token(_ call: VendorCall) throws -> VendorReply {
        try call.require(header: "Content-Type") { $0.hasPrefix("application/json") }
        try call.allow(
            call.json, members: ["code", "expiring", "grant_type", "refresh_token", "redirect_uri"],
            required: ["client_id", "client_secret"])
        func text(_ name: String) -> String? { call.json[name]?.stringValue }
        guard text("client_id") == Self.clientID, text("client_secret") == Self.clientSecret else {
            return .json(["error": "invalid_client"], status: 400)
        }
        if text("grant_type") == "refresh_token" {
            guard let grant = tokens.refresh(text("refresh_token") ?? "") else {
                return .json(
                    ["error": "invalid_grant", "error_description": "The refresh token is invalid"], status: 400)
            }
            return self.grant(grant)
        }
        try call.require(text("expiring") == "1", "only expiring tokens are given out")
        guard tokens.redeem(text("code") ?? "") != nil else {
            return .json(
                ["error": "invalid_request", "error_description": "The authorization code was not found"], status: 400)
        }
        return grant(tokens.issue())
    }

    private func grant(_ grant: TokenBook.Grant) -> VendorReply {
        .json([
            "access_token": .string(grant.access), "scope": .string(Self.scopes.joined(separator: ",")),
            "expires_in": 3600, "refresh_token": .string(grant.refresh), "refresh_token_expires_in": 7_776_000,
        ])
    }

    private var shop: JSONValue {
        [
            "id": "gid://shopify/Shop/1", "name": .string(world.company.name), "myshopifyDomain": .string(Self.shop),
            "currencyCode": .string(world.company.currency), "ianaTimezone": .string(world.company.timeZone),
            "plan": ["publicDisplayName": "Basic"],
        ]
    }

    private var installation: JSONValue {
        ["accessScopes": .array(Self.scopes.map { ["handle": .string($0)] })]
    }

    // MARK: Webhooks

    public func webhook(customer: Int, url: String) -> SignedDelivery? {
        webhook(
            "customers/update",
            ["id": .int(Int64(customer)), "admin_graphql_api_id": .string("gid://shopify/Customer/\(customer)")])
    }

    /// A signed delivery of any topic.
    public func webhook(_ topic: String, _ body: JSONValue) -> SignedDelivery {
        let bytes = VendorReply.json(body).body
        let id = "webhook-\(serial.next())"
        return SignedDelivery(
            headers: [
                ("X-Shopify-Topic", topic), ("X-Shopify-Hmac-Sha256", Data(Self.code(bytes)).base64EncodedString()),
                ("X-Shopify-Shop-Domain", Self.shop), ("X-Shopify-API-Version", Self.version),
                ("X-Shopify-Webhook-Id", id), ("X-Shopify-Event-Id", "event-of-\(id)"),
                ("Content-Type", "application/json"),
            ], body: bytes)
    }

    private static func code(_ message: [UInt8]) -> HMAC<SHA256>.MAC {
        HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: Data(clientSecret.utf8)))
    }
}

/// Counts deliveries.
final class Serial: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
        count.withLock {
            $0 += 1
            return $0
        }
    }
}

/// Points that come back by the second: a standard plan's.
final class CostBucket: Sendable {
    static let size = 2000.0
    static let rate = 100.0

    private let clock: WallClock
    private let state: Mutex<(level: Double, at: Date)>

    init(clock: WallClock) {
        self.clock = clock
        state = Mutex((Self.size, clock.now()))
    }

    /// What is left after taking; below zero nothing was taken.
    func take(_ points: Double) -> Double {
        let now = clock.now()
        return state.withLock { state in
            state.level = min(Self.size, state.level + now.timeIntervalSince(state.at) * Self.rate)
            state.at = now
            guard state.level >= points else { return state.level - points }
            state.level -= points
            return state.level
        }
    }

    func give(_ points: Double) { state.withLock { $0.level = min(Self.size, $0.level + points) } }
    func drain(to points: Double) { state.withLock { $0.level = points } }

    static func cost(asked: Int, actual: Int?, left: Double) -> JSONValue {
        [
            "requestedQueryCost": .int(Int64(asked)), "actualQueryCost": actual.map { .int(Int64($0)) } ?? .null,
            "throttleStatus": [
                "maximumAvailable": .double(size), "currentlyAvailable": .int(Int64(left)),
                "restoreRate": .double(rate),
            ],
        ]
    }
}
