import Crypto
import Foundation
import Vault
import Web

/// Square as its sheet describes it: OAuth with a kept refresh token, searches with a cursor that belongs to its
/// query, orders by location, lists that are left out when empty, signatures over the registered address and the body.
public struct SquareServer: VendorServer {
    public static let platform = "square"
    public static let staticToken = "EAAA-test"
    public static let signatureKey = "square-key"
    /// Two calls of ten and one of three.
    public static let locations = (0..<23).map { "L\($0)" }

    private static let version = "2025-08-20"
    private static let clientID = "sq0idp-test"
    private static let clientSecret = "sq0csp-test"
    private static let scopes = [
        "MERCHANT_PROFILE_READ", "CUSTOMERS_READ", "ORDERS_READ", "PAYMENTS_READ", "ITEMS_READ", "SUBSCRIPTIONS_READ",
    ]

    let world: VendorWorld
    public let book = WriteBook()
    public let tokens: TokenBook
    private let window: CallWindow

    public init(_ world: VendorWorld) {
        self.world = world
        tokens = TokenBook(clock: world.clock, lifetime: 30 * 86_400, rotates: false)
        tokens.accept(Self.staticToken)
        window = CallWindow(20, per: 1, clock: world.clock)
    }

    public func settings(base: String) -> [String: String] {
        [
            "api_url": base, "authorize_url": base + "/oauth2/authorize", "token_url": base + "/oauth2/token",
            "revoke_url": base + "/oauth2/revoke", "client_id": Self.clientID, "client_secret": Self.clientSecret,
            "webhook_secret": Self.signatureKey,
        ]
    }

    public var fields: [String: String] { ["access_token": Self.staticToken] }
    public func expireTokens() { tokens.expireAccess() }
    public func revoke() { tokens.revokeAll() }
    public func renew() { tokens.renew() }
    public func failure(_ status: Int) -> VendorReply { error(status, "API_ERROR", "INTERNAL_SERVER_ERROR") }

    public func tooMany(retryAfter: Int?) -> VendorReply {
        let reply = error(429, "RATE_LIMIT_ERROR", "RATE_LIMITED")
        return retryAfter.map { reply.adding("Retry-After", String($0)) } ?? reply
    }

    func error(_ status: Int, _ category: String, _ code: String) -> VendorReply {
        .json(
            [
                "errors": [
                    ["category": .string(category), "code": .string(code), "detail": .string("\(code) happened")]
                ]
            ],
            status: status)
    }

    public func reply(to call: VendorCall) throws -> VendorReply {
        if call.matches("GET /oauth2/authorize") != nil { return try authorize(call) }
        if call.matches("POST /oauth2/token") != nil { return try token(call) }
        if call.matches("POST /oauth2/revoke") != nil {
            try call.require(call.token("Client") == Self.clientSecret, "Authorization: Client")
            try call.allow(call.json, members: [], required: ["client_id", "access_token"])
            tokens.revoke(call.json["access_token"]?.stringValue ?? "")
            return .json(["success": true])
        }
        guard let bearer = call.token(), tokens.isGood(bearer) else {
            return error(401, "AUTHENTICATION_ERROR", "ACCESS_TOKEN_EXPIRED")
        }
        guard window.take() != nil else { return tooMany(retryAfter: nil) }
        try call.require(header: "Square-Version") { $0 == Self.version }
        return try plain(call)
    }

    private func plain(_ call: VendorCall) throws -> VendorReply {
        if let reply = try hooks(call) ?? write(call) { return reply }
        let company = world.company
        switch "\(call.method) \(call.path)" {
        case "GET /v2/merchants":
            return .json([
                "merchant": [
                    [
                        "id": "MERCHANT1", "business_name": .string(company.name), "country": "US",
                        "language_code": "en-US", "currency": .string(company.currency), "status": "ACTIVE",
                        "main_location_id": "L0",
                    ]
                ]
            ])
        case "GET /v2/locations":
            return .json([
                "locations": .array(
                    Self.locations.map { ["id": .string($0), "timezone": .string(company.timeZone)] })
            ])
        case "POST /oauth2/token/status":
            return .json([
                "scopes": .array(Self.scopes.map { .string($0) }), "client_id": .string(Self.clientID),
                "merchant_id": "MERCHANT1",
            ])
        case "POST /v2/customers/search": return try customers(call)
        case "POST /v2/orders/search": return try orders(call)
        case "POST /v2/catalog/search": return try catalog(call)
        case "POST /v2/subscriptions/search": return try subscriptions(call)
        case "GET /v2/payments", "GET /v2/refunds": return try payments(call)
        default: throw SheetViolation("no such call: \(call.method) \(call.path)")
        }
    }

    // MARK: Sign-in

    private func authorize(_ call: VendorCall) throws -> VendorReply {
        try call.allow(query: ["response_type"], required: ["client_id", "scope", "session", "state", "redirect_uri"])
        try call.require(call.query("session") == "false", "session=false")
        let redirect = call.query("redirect_uri") ?? ""
        let state = PercentCoding.encode(call.query("state") ?? "")
        return VendorReply(
            302, headers: [("Location", "\(redirect)?code=\(tokens.code(["redirect_uri": redirect]))&state=\(state)")])
    }

    private func token(_ call: VendorCall) throws -> VendorReply {
        try call.require(header: "Content-Type") { $0.hasPrefix("application/json") }
        func text(_ name: String) -> String? { call.json[name]?.stringValue }
        try call.allow(
            call.json, members: ["code", "redirect_uri", "refresh_token", "code_verifier", "short_lived", "scopes"],
            required: ["client_id", "client_secret", "grant_type"])
        guard text("client_id") == Self.clientID, text("client_secret") == Self.clientSecret else {
            return error(401, "AUTHENTICATION_ERROR", "UNAUTHORIZED")
        }
        var grant: TokenBook.Grant?
        if text("grant_type") == "refresh_token" {
            grant = tokens.refresh(text("refresh_token") ?? "")
        } else if let facts = tokens.redeem(text("code") ?? ""), facts["redirect_uri"] == text("redirect_uri") {
            grant = tokens.issue()
        }
        guard let grant else { return error(401, "AUTHENTICATION_ERROR", "UNAUTHORIZED") }
        return .json([
            "access_token": .string(grant.access), "token_type": "bearer",
            "expires_at": .string(HubSpotServer.iso(grant.expiresAt)), "merchant_id": "MERCHANT1",
            "refresh_token": .string(grant.refresh), "short_lived": false,
        ])
    }

    // MARK: Lists

    /// A page of rows; the cursor holds the query it belongs to, and goes with no other.
    private func page(
        _ call: VendorCall, _ name: String, _ rows: [() -> JSONValue], limit: Int, most: Int, cursor: String?,
        query: String
    ) throws -> VendorReply {
        try call.require((1...most).contains(limit), "limit \(limit) is over \(most)")
        var start = 0
        if let cursor {
            let parts = cursor.split(separator: ".").map(String.init)
            guard parts.count == 2, parts[1] == Self.digest(query), let place = Int(parts[0]) else {
                return error(400, "INVALID_REQUEST_ERROR", "INVALID_CURSOR")
            }
            start = place
        }
        let part = rows.dropFirst(start).prefix(limit).map { $0() }
        var reply: [JSONValue.Member] = part.isEmpty ? [] : [.init(name, .array(part))]
        if start + part.count < rows.count {
            reply.append(.init("cursor", .string("\(start + part.count).\(Self.digest(query))")))
        }
        return .json(.object(reply))
    }

    private static func digest(_ text: String) -> String {
        Hex.encode(Array(SHA256.hash(data: Data(text.utf8)).prefix(6)))
    }

    private func search(
        _ call: VendorCall, _ name: String, _ rows: [() -> JSONValue], standard: Int, most: Int
    ) throws -> VendorReply {
        var query = ""
        if case .object(let members) = call.json {
            query = members.filter { $0.name != "cursor" }.map { "\($0)" }.joined()
        }
        let limit = Int(call.json["limit"]?.int64Value ?? Int64(standard))
        return try page(
            call, name, rows, limit: limit, most: most, cursor: call.json["cursor"]?.stringValue, query: query)
    }

    private func start(_ value: JSONValue?) throws -> Date {
        guard let value else { return .distantPast }
        guard let date = value.stringValue.flatMap({ CivilTime.parse($0) }) else {
            throw SheetViolation("a time in RFC 3339")
        }
        return date
    }

    private func customers(_ call: VendorCall) throws -> VendorReply {
        try call.allow(call.json, members: ["query", "limit", "cursor", "count"])
        let filter = call.json["query"]?["filter"]
        let since = try start(filter?["updated_at"]?["start_at"])
        let group = filter?["group_ids"]?["any"]?.arrayValue?.first?.stringValue
        let found = world.company.customers.filter { person in
            !person.isDeleted && person.updatedAt >= since
                && (group.map { book.has("C\(person.number)", in: "groups/\($0)") } ?? true)
        }
        return try search(call, "customers", found.map { row in { self.customer(row) } }, standard: 100, most: 100)
    }

    private func orders(_ call: VendorCall) throws -> VendorReply {
        try call.allow(call.json, members: ["query", "limit", "cursor", "return_entries"], required: ["location_ids"])
        let places = (call.json["location_ids"]?.arrayValue ?? []).compactMap(\.stringValue)
        try call.require((1...10).contains(places.count), "at most ten locations")
        let filter = call.json["query"]?["filter"]?["date_time_filter"]
        try call.require(
            filter == nil || call.json["query"]?["sort"]?["sort_field"]?.stringValue == "UPDATED_AT",
            "the sort must match the date filter")
        let since = try start(filter?["updated_at"]?["start_at"])
        let found = world.company.orders.filter {
            !$0.isDeleted && places.contains(Self.location($0)) && $0.updatedAt >= since
        }
        return try search(call, "orders", found.map { row in { self.order(row) } }, standard: 500, most: 1000)
    }

    private func catalog(_ call: VendorCall) throws -> VendorReply {
        try call.allow(
            call.json,
            members: ["begin_time", "include_related_objects", "include_deleted_objects", "limit", "cursor"],
            required: ["object_types"])
        let since = try start(call.json["begin_time"])
        let found = world.company.products.filter {
            $0.updatedAt > since && ($0.isActive || call.json["begin_time"] != nil)
        }
        return try search(call, "objects", found.map { row in { self.item(row) } }, standard: 100, most: 1000)
    }

    private func subscriptions(_ call: VendorCall) throws -> VendorReply {
        try call.allow(call.json, members: ["query", "cursor", "limit"])
        let found = world.company.customers.filter { $0.number % 10 == 0 }
        return try search(
            call, "subscriptions", found.map { row in { self.subscription(row) } }, standard: 200, most: 200)
    }

    private func payments(_ call: VendorCall) throws -> VendorReply {
        let isRefund = call.path == "/v2/refunds"
        try call.allow(
            query: ["begin_time", "end_time", "updated_at_begin_time", "updated_at_end_time", "cursor", "limit"]
                + (isRefund ? ["status", "source_type"] : ["sort_field", "location_id"]))
        try call.require(
            isRefund || (call.query("updated_at_begin_time") == nil) == (call.query("sort_field") == nil),
            "updated_at_begin_time goes with sort_field=UPDATED_AT")
        let created = try start(call.query("begin_time").map { .string($0) })
        let updated = try start(call.query("updated_at_begin_time").map { .string($0) })
        let found = world.company.orders.filter {
            !$0.isDeleted && $0.placedAt >= created && $0.updatedAt >= updated && (!isRefund || $0.refundedMinor > 0)
        }
        let rows = found.map { order in { isRefund ? self.refund(order) : self.payment(order) } }
        let query = call.query.filter { $0.name != "cursor" }.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
        return try page(
            call, isRefund ? "refunds" : "payments", rows, limit: call.number("limit", or: 100), most: 100,
            cursor: call.query("cursor"), query: query)
    }

    // MARK: Webhooks

    public func webhook(customer: Int, url: String) -> SignedDelivery? {
        webhook("customer.updated", id: "C\(customer)", event: "event-\(customer)", url: url)
    }

    public func webhook(_ type: String, id: String, event: String, url: String) -> SignedDelivery {
        let body = VendorReply.json([
            "merchant_id": "MERCHANT1", "type": .string(type), "event_id": .string(event),
            "created_at": .string(HubSpotServer.iso(world.clock.now())),
            "data": ["type": "object", "id": .string(id), "object": .object([])],
        ]).body
        let code = HMAC<SHA256>.authenticationCode(
            for: Array(url.utf8) + body,
            using: SymmetricKey(data: Data((book.hooks.hook(at: url)?.secret ?? Self.signatureKey).utf8)))
        return SignedDelivery(
            headers: [
                ("x-square-hmacsha256-signature", Data(code).base64EncodedString()),
                ("Content-Type", "application/json"),
            ], body: body)
    }
}
