import Crypto
import Foundation
import Vault
import Web

/// HubSpot as its sheet describes it (version 2026-09): OAuth and static token, object lists, search with its cap,
/// batch consent, burst limits with and without headers, signature v3.
public struct HubSpotServer: VendorServer {
    public static let platform = "hubspot"

    static let version = "2026-09"
    private static let clientID = "hub-client"
    private static let clientSecret = "hub-secret"
    private static let staticToken = "pat-na1-test"
    /// The search stops here.
    private static let searchCap = 10_000

    let world: VendorWorld
    public let book = WriteBook()
    public let tokens: TokenBook
    private let burst: CallWindow
    private let searches: CallWindow

    public init(_ world: VendorWorld) {
        self.world = world
        tokens = TokenBook(clock: world.clock, lifetime: 1800, rotates: false)
        tokens.accept(Self.staticToken)
        burst = CallWindow(110, per: 10, clock: world.clock)
        searches = CallWindow(5, per: 1, clock: world.clock)
    }

    public func settings(base: String) -> [String: String] {
        [
            "api_url": base, "authorize_url": base + "/oauth/authorize",
            "token_url": base + "/oauth/{version}/token", "revoke_url": base + "/oauth/{version}/token/revoke",
            "client_id": Self.clientID, "client_secret": Self.clientSecret,
        ]
    }

    public var fields: [String: String] { ["access_token": Self.staticToken] }
    public func expireTokens() { tokens.expireAccess() }
    public func revoke() { tokens.revokeAll() }
    public func renew() { tokens.renew() }

    public func tooMany(retryAfter: Int?) -> VendorReply {
        let reply = error(
            429, "You have reached your ten_secondly_rolling limit.",
            ["errorType": "RATE_LIMIT", "policyName": "TEN_SECONDLY_ROLLING"])
        return retryAfter.map { reply.adding("Retry-After", String($0)) } ?? reply
    }

    public func failure(_ status: Int) -> VendorReply { error(status, "Internal error") }

    func error(_ status: Int, _ message: String, _ more: JSONValue = [:]) -> VendorReply {
        var members: [JSONValue.Member] = [
            .init("status", "error"), .init("message", .string(message)),
            .init("correlationId", "0b0ee2d4-0000-4000-8000-000000000000"),
        ]
        if case .object(let extra) = more { members += extra }
        return .json(.object(members), status: status)
    }

    public func reply(to call: VendorCall) throws -> VendorReply {
        if call.matches("GET /oauth/authorize") != nil { return try authorize(call) }
        if call.matches("POST /oauth/\(Self.version)/token") != nil { return try token(call) }
        if call.matches("POST /oauth/\(Self.version)/token/revoke") != nil { return try revoke(call) }
        guard let bearer = call.token(), tokens.isGood(bearer) else {
            return error(401, "The OAuth token used to make this call expired.", ["category": "EXPIRED_AUTHENTICATION"])
        }
        if let parts = call.matches("POST /crm/objects/\(Self.version)/{type}/search") {
            guard searches.take() != nil else {
                return error(429, "You have reached your secondly limit.", ["policyName": "SECONDLY"])
            }
            return try search(call, parts["type"] ?? "")
        }
        guard let left = burst.take() else { return tooMany(retryAfter: nil) }
        return try plain(call)
            .adding("X-HubSpot-RateLimit-Max", "110").adding("X-HubSpot-RateLimit-Remaining", String(left))
            .adding("X-HubSpot-RateLimit-Interval-Milliseconds", "10000")
    }

    private func plain(_ call: VendorCall) throws -> VendorReply {
        if let reply = try write(call) { return reply }
        if call.matches("GET /account-info/\(Self.version)/details") != nil { return account }
        if let parts = call.matches("GET /crm/objects/\(Self.version)/{type}") {
            return try list(call, parts["type"] ?? "")
        }
        if let parts = call.matches("GET /crm/objects/\(Self.version)/{type}/{id}") {
            try call.allow(query: ["properties", "associations", "archived", "propertiesWithHistory", "idProperty"])
            guard let row = Int(parts["id"] ?? "") else { return error(404, "resource not found") }
            let key = "\(parts["type"] ?? "")/\(row)"
            if book.value(key, "gone") != nil { return error(404, "resource not found") }
            let object = object(parts["type"] ?? "", row, associations: call.query("associations") != nil)
            return .json(book.patched(key, object))
        }
        if call.matches("POST /communication-preferences/\(Self.version)/statuses/batch/read") != nil {
            return try statuses(call)
        }
        if call.matches("GET /marketing/campaigns/\(Self.version)") != nil { return try campaigns(call) }
        throw SheetViolation("no such call: \(call.method) \(call.path)")
    }

    // MARK: Sign-in

    private func authorize(_ call: VendorCall) throws -> VendorReply {
        try call.allow(
            query: ["optional_scope", "code_challenge", "code_challenge_method", "response_type"],
            required: ["client_id", "redirect_uri", "scope", "state"])
        try call.require(call.query("client_id") == Self.clientID, "unknown client_id")
        let redirect = call.query("redirect_uri") ?? ""
        let code = tokens.code(["redirect_uri": redirect])
        let state = PercentCoding.encode(call.query("state") ?? "")
        return VendorReply(302, headers: [("Location", "\(redirect)?code=\(code)&state=\(state)")])
    }

    private func token(_ call: VendorCall) throws -> VendorReply {
        try call.require(header: "Content-Type") { $0.hasPrefix("application/x-www-form-urlencoded") }
        try call.require(call.query.isEmpty, "parameters belong into the body")
        let form = call.form
        guard form["client_id"] == Self.clientID, form["client_secret"] == Self.clientSecret else {
            return error(400, "missing or unknown client id", ["category": "BAD_CLIENT"])
        }
        switch form["grant_type"] {
        case "authorization_code":
            guard let facts = tokens.redeem(form["code"] ?? ""), facts["redirect_uri"] == form["redirect_uri"] else {
                return error(400, "missing or unknown auth code", ["status": "BAD_AUTH_CODE"])
            }
            return grant(tokens.issue())
        case "refresh_token":
            guard let grant = tokens.refresh(form["refresh_token"] ?? "") else {
                return error(400, "missing or unknown refresh token", ["status": "BAD_REFRESH_TOKEN"])
            }
            return self.grant(grant)
        default: throw SheetViolation("grant_type \(form["grant_type"] ?? "missing")")
        }
    }

    private func grant(_ grant: TokenBook.Grant) -> VendorReply {
        .json([
            "access_token": .string(grant.access), "refresh_token": .string(grant.refresh), "expires_in": 1800,
            "token_type": "bearer", "hub_id": 4_242, "user_id": 7,
            "scopes": ["oauth", "crm.objects.contacts.read", "crm.objects.orders.read"],
        ])
    }

    private func revoke(_ call: VendorCall) throws -> VendorReply {
        try call.require(call.form["client_id"] == Self.clientID && call.form["token"] != nil, "client and token")
        tokens.revoke(call.form["token"] ?? "")
        return VendorReply(204)
    }

    private var account: VendorReply {
        let company = world.company
        return .json([
            "portalId": 4_242, "accountType": "STANDARD", "timeZone": .string(company.timeZone),
            "companyCurrency": .string(company.currency), "additionalCurrencies": [], "uiDomain": "app.hubspot.com",
            "utcOffsetMilliseconds": -18_000_000,
        ])
    }

    // MARK: Objects

    private func list(_ call: VendorCall, _ type: String) throws -> VendorReply {
        try call.allow(query: ["properties", "propertiesWithHistory", "associations", "archived", "limit", "after"])
        let limit = call.number("limit", or: 10)
        try call.require((1...100).contains(limit), "limit \(limit) is over 100")
        let isArchived = call.query("archived") == "true"
        let rows = numbers(type, since: nil).filter { isDeleted(type, $0) == isArchived }
        let start = call.query("after").flatMap { after in rows.firstIndex { String($0) == after } } ?? 0
        let page = rows.dropFirst(start).prefix(limit)
        let next = rows.dropFirst(start + limit).first
        let hasContacts = call.query("associations") != nil
        return reply(page.map { object(type, $0, associations: hasContacts) }, after: next.map(String.init))
    }

    private func search(_ call: VendorCall, _ type: String) throws -> VendorReply {
        let body = call.json
        try call.allow(body, members: ["filterGroups", "sorts", "properties", "limit", "after", "query"])
        let limit = Int(body["limit"]?.int64Value ?? 10)
        try call.require((1...200).contains(limit), "limit \(limit) is over 200")
        let filter = body["filterGroups"]?.arrayValue?.first?["filters"]?.arrayValue?.first
        let property = type == "contacts" ? "lastmodifieddate" : "hs_lastmodifieddate"
        try call.require(
            filter?["propertyName"]?.stringValue == property, "the change property of \(type) is \(property)")
        try call.require(filter?["operator"]?.stringValue == "GTE", "operator GTE")
        try call.require(body["sorts"]?.arrayValue?.first?.stringValue == property, "sorted by the filter's property")
        guard let value = filter?["value"]?.stringValue.flatMap(Double.init) else {
            throw SheetViolation("the filter's value is a text of milliseconds")
        }
        if body["after"] != nil { try call.require(body["after"]?.stringValue != nil, "after is a text") }
        let rows = numbers(type, since: Date(timeIntervalSince1970: value / 1000)).filter { !isDeleted(type, $0) }
        let start = body["after"]?.stringValue.flatMap(Int.init) ?? 0
        if start + limit > Self.searchCap {
            return error(400, "The search has a limit of 10000 results.", ["category": "VALIDATION_ERROR"])
        }
        let page = rows.dropFirst(start).prefix(limit)
        let isMore = start + limit < rows.count
        return reply(
            page.map { object(type, $0, associations: false) }, after: isMore ? String(start + limit) : nil,
            total: rows.count)
    }

    func reply(_ rows: [JSONValue], after: String?, total: Int? = nil) -> VendorReply {
        var members: [JSONValue.Member] = []
        if let total { members.append(.init("total", .int(Int64(total)))) }
        members.append(.init("results", .array(rows)))
        if let after { members.append(.init("paging", ["next": ["after": .string(after)]])) }
        return .json(.object(members))
    }

    private func numbers(_ type: String, since: Date?) -> [Int] {
        let company = world.company
        switch type {
        case "contacts": return company.customers(updatedSince: since)
        case "orders", "deals": return company.orders(updatedSince: since)
        case "products": return company.products.filter { $0.updatedAt >= since ?? .distantPast }.map(\.number)
        default: return []
        }
    }

    private func isDeleted(_ type: String, _ number: Int) -> Bool {
        switch type {
        case "contacts": world.company.customer(number).isDeleted
        case "orders", "deals": world.company.order(number).isDeleted
        default: false
        }
    }

    func object(_ type: String, _ number: Int, associations: Bool) -> JSONValue {
        let company = world.company
        switch type {
        case "contacts":
            let person = company.customer(number)
            return object(
                number, person.createdAt, person.updatedAt,
                [
                    "email": .string(person.email), "firstname": .string(person.firstName),
                    "lastname": .string(person.lastName), "phone": .string(person.phone),
                    "country": .string(person.country), "lifecyclestage": "customer",
                    "hs_email_optout": person.emailConsent == false ? "true" : nil,
                    "hs_email_bounce": person.bounced ? "1" : nil,
                ])
        case "products":
            let product = company.product(number)
            return object(
                number, product.createdAt, product.updatedAt,
                [
                    "name": .string(product.title), "hs_sku": .string(product.sku),
                    "price": .string(Self.money(product.priceMinor)),
                    "hs_cost_of_goods_sold": .string(Self.money(product.costMinor)),
                ])
        default:
            let order = company.order(number)
            let properties: JSONValue = type == "orders" ? self.order(order, company) : deal(order)
            var row = object(number, order.placedAt, order.updatedAt, properties)
            if associations, case .object(let members) = row {
                let contact: JSONValue = ["id": .string(String(order.customer)), "type": "order_to_contact"]
                row = .object(members + [.init("associations", ["contacts": ["results": [contact]]])])
            }
            return row
        }
    }

    private func order(_ order: SeededCompany.Order, _ company: SeededCompany) -> JSONValue {
        [
            "hs_order_name": .string("#\(1000 + order.number)"),
            "hs_total_price": .string(Self.money(order.totalMinor)), "hs_currency_code": .string(company.currency),
            "hs_external_created_date": .string(Self.iso(order.placedAt)), "hs_payment_status": "paid",
            "hs_refunded_amount": order.refundedMinor > 0 ? .string(Self.money(order.refundedMinor)) : nil,
            "hs_discount": .string(Self.money(order.discountMinor)),
            "hs_external_order_status": order.isCancelled ? "cancelled" : "fulfilled",
            "hs_billing_address_email": .string(company.customer(order.customer).email),
        ]
    }

    private func deal(_ order: SeededCompany.Order) -> JSONValue {
        [
            "dealname": .string("Deal \(order.number)"), "dealstage": order.isCancelled ? "closedlost" : "closedwon",
            "pipeline": "default", "amount": .string(Self.money(order.totalMinor)),
            "hs_is_closed": "true", "hs_is_closed_won": order.isCancelled ? "false" : "true",
        ]
    }

    private func object(_ number: Int, _ created: Date, _ updated: Date, _ properties: JSONValue) -> JSONValue {
        [
            "id": .string(String(number)), "createdAt": .string(Self.iso(created)),
            "updatedAt": .string(Self.iso(updated)),
            "archived": false, "properties": properties,
        ]
    }

    // MARK: Consent and campaigns

    private func statuses(_ call: VendorCall) throws -> VendorReply {
        try call.allow(query: ["businessUnitId"], required: ["channel"])
        try call.allow(call.json, members: [], required: ["inputs"])
        let emails = (call.json["inputs"]?.arrayValue ?? []).compactMap(\.stringValue)
        try call.require(emails.count <= 100, "at most 100 inputs")
        let company = world.company
        let results: [JSONValue] = emails.map { email in
            let number = email.split(separator: "@").first?.split(separator: ".").last.flatMap { Int($0) } ?? -1
            let person = (0..<company.size.customers).contains(number) ? company.customer(number) : nil
            let word = person?.emailConsent.map { $0 ? "SUBSCRIBED" : "UNSUBSCRIBED" } ?? "NOT_SPECIFIED"
            let changed = book.value("consent/\(email)", "11")?.stringValue
            let status: JSONValue = [
                "subscriptionId": 11, "subscriptionName": "Newsletter", "status": .string(changed ?? word),
                "source": "FORM",
                "legalBasis": "CONSENT_WITH_NOTICE", "channel": "EMAIL",
                "timestamp": .string(Self.iso(person?.emailConsentAt ?? company.start)),
            ]
            return ["subscriberIdString": .string(email), "statuses": [status]]
        }
        return .json(["status": "COMPLETE", "results": .array(results)])
    }

    private func campaigns(_ call: VendorCall) throws -> VendorReply {
        try call.allow(query: ["properties", "sort", "limit", "name", "after"])
        let rows: [JSONValue] = world.company.campaigns.map { campaign in
            object(
                campaign.number, campaign.createdAt, campaign.updatedAt,
                [
                    "hs_name": .string(campaign.name),
                    "hs_campaign_status": campaign.isActive ? "in_progress" : "paused",
                    "hs_start_date": .string(String(Self.iso(campaign.startAt).prefix(10))),
                    "hs_budget_items_sum_amount": .string(Self.money(campaign.dailyBudgetMinor)),
                ])
        }
        return reply(rows, after: nil)
    }

    // MARK: Webhooks

    public func webhook(customer: Int, url: String) -> SignedDelivery? {
        delivery("contact.propertyChange", of: customer, to: url)
    }

    /// A signed delivery of any kind of event.
    public func delivery(_ topic: String, of object: Int, to url: String) -> SignedDelivery {
        let now = Int64(world.clock.now().timeIntervalSince1970 * 1000)
        let event: JSONValue = [
            "eventId": .int(Int64(1000 + object)), "subscriptionId": 5, "portalId": 4_242, "appId": 9,
            "occurredAt": .int(now), "subscriptionType": .string(topic), "attemptNumber": 0,
            "objectId": .int(Int64(object)), "propertyName": "firstname", "changeSource": "CRM",
        ]
        let body = VendorReply.json([event]).body
        let key = SymmetricKey(data: Data(Self.clientSecret.utf8))
        let message = Array("POST\(url)".utf8) + body + Array(String(now).utf8)
        let code = Data(HMAC<SHA256>.authenticationCode(for: message, using: key)).base64EncodedString()
        return SignedDelivery(
            headers: [
                ("X-HubSpot-Signature-v3", code), ("X-HubSpot-Request-Timestamp", String(now)),
                ("Content-Type", "application/json"),
            ], body: body)
    }

    static func money(_ minor: Int64) -> String {
        let cents = minor % 100
        return "\(minor / 100).\(cents < 10 ? "0" : "")\(cents)"
    }

    static func iso(_ date: Date) -> String {
        var writer = JSONWriter()
        writer.value(date)
        return String(decoding: writer.bytes, as: UTF8.self).filter { $0 != "\"" }
    }
}
