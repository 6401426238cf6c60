import BSON
import Foundation
import Records
import Testing
import Vault
import VendorServers
import Web

@testable import Connectors

@Suite("Shopify")
struct ShopifyTests {
    /// Row 7 is the order with many lines and refunds.
    private let company: SeededCompany = {
        var company = SeededCompany(size: .init(customers: 170, orders: 130, products: 30, events: 250))
        company.change(order: ShopifyServer.bigOrder, at: company.order(ShopifyServer.bigOrder).placedAt) {
            ($0.refundedMinor, $0.isTest, $0.isCancelled) = (1400, false, false)
        }
        return company
    }()

    private func open(_ body: @escaping @Sendable (Lab<ShopifyServer>) async throws -> Void) async throws {
        try await Lab.open(ShopifyConnector(), ShopifyServer.self, company: company, body)
    }

    @Test("the first load brings everything with the company's totals; a second one changes nothing")
    func fullLoad() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            #expect(connection.accountCurrency == "USD" && connection.accountTimeZone == "America/New_York")
            try await lab.sync(connection)
            let company = lab.world.company
            #expect(try await lab.status(connection).state == .healthy)
            #expect(try await lab.count("products") == company.size.products + 11)
            let checkouts = (0..<company.size.events).count { company.event($0).type == "add_to_cart" }
            #expect(try await lab.count("events", ["event_type": "checkout_started"]) == checkouts)
            let orders = try await lab.rows("orders")
            #expect(orders.count == company.size.orders)
            func sum(_ field: String) -> Int64 { orders.reduce(0) { $0 + ($1[field]?.int64Value ?? 0) } }
            #expect(sum("total_minor") == company.orders.reduce(0) { $0 + $1.totalMinor })
            #expect(sum("refunded_minor") == company.orders.reduce(0) { $0 + $1.refundedMinor })
            #expect(orders.count { $0["test"]?.boolValue == true } == company.orders.count(where: \.isTest))
            let refunds = try await lab.rows("payments", ["kind": "refund"])
            #expect(
                refunds.reduce(0) { $0 + ($1["amount_minor"]?.int64Value ?? 0) }
                    == company.orders.filter { !$0.isTest }.reduce(0) { $0 + $1.refundedMinor })
            let before = try await lab.fingerprint()
            try await lab.sync(connection)
            #expect(try await lab.fingerprint() == before)
        }
    }

    @Test("lines, refunds and variants that do not come along are asked for")
    func nested() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection, streams: ["products", "orders"])
            let big = lab.world.company.order(ShopifyServer.bigOrder)
            let id = "gid://shopify/Order/\(big.number)"
            let order = try #require(try await lab.rows("orders", ["external_id": .string(id)]).first)
            #expect(order["quantity"]?.intValue == 15 * big.quantity)
            let lines = try #require(order["lines"]?.arrayValue)
            #expect(lines.count == 1, "one product in fifteen lines")
            #expect(lines.first?.documentValue?["quantity"]?.intValue == 15 * big.quantity)
            #expect(
                lines.first?.documentValue?["amount_minor"]?.int64Value
                    == 15 * (big.subtotalMinor - big.discountMinor))
            let refunds = try await lab.rows("payments", ["order_ref": .string(id)])
            #expect(refunds.count == 7)
            #expect(refunds.reduce(0) { $0 + ($1["amount_minor"]?.int64Value ?? 0) } == 1400)
            #expect(try await lab.count("products", ["external_id": "gid://shopify/ProductVariant/11"]) == 1)
        }
    }

    @Test("what people said becomes consent; pending and silence do not")
    func consent() throws {
        func signals(_ json: String) throws -> [ConsentSignal] {
            var batch = CanonicalBatch()
            try ShopifyConnector.customer(try JSONParser.parse(Array(json.utf8)), &batch)
            return batch.consents
        }
        let yes = try signals(
            #"{"id":"1","defaultEmailAddress":{"emailAddress":"a@b.example","marketingState":"SUBSCRIBED","#
                + #""marketingOptInLevel":"CONFIRMED_OPT_IN","marketingUpdatedAt":"2026-05-01T10:00:00Z"}}"#)
        #expect(yes.map(\.state) == [.subscribed])
        #expect(yes.first?.at == CivilTime.parse("2026-05-01T10:00:00Z"))
        #expect(yes.first?.evidence == "marketingState: SUBSCRIBED, CONFIRMED_OPT_IN")
        for word in ["PENDING", "NOT_SUBSCRIBED", "INVALID"] {
            #expect(try signals(#"{"id":"1","defaultEmailAddress":{"marketingState":"\#(word)"}}"#) == [])
        }
        let sold = try signals(
            #"{"id":"1","dataSaleOptOut":true,"defaultPhoneNumber":{"marketingState":"SUBSCRIBED"}}"#)
        #expect(sold.map(\.state) == [.subscribed, .unsubscribed])
        #expect(sold.map(\.channel) == [.sms, .sms])
        #expect(
            try signals(#"{"id":"1","defaultEmailAddress":{"marketingState":"REDACTED"}}"#).map(\.state) == [
                .unsubscribed
            ])
    }

    @Test("the next sync searches for changes only, and brings them")
    func incremental() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection, streams: ["customers", "orders"])
            let calls = lab.host.calls()
            lab.time.advance(by: 7200)
            let now = lab.time.now
            lab.world.change {
                $0.change(customer: 3, at: now) { $0.country = "ES" }
                $0.change(order: 12, at: now) { $0.refundedMinor = $0.totalMinor }
            }
            lab.time.advance(by: 60)
            try await lab.sync(connection, streams: ["customers", "orders"])
            #expect(lab.host.calls() - calls == 2)
            let person = try await lab.rows("customers", ["external_id": "gid://shopify/Customer/3"])
            #expect(person.first?["country"]?.stringValue == "ES")
            let order = try await lab.rows("orders", ["external_id": "gid://shopify/Order/12"])
            #expect(order.first?["refunded_minor"]?.int64Value == lab.world.company.order(12).totalMinor)
            #expect(try await lab.count("orders") == lab.world.company.size.orders)
        }
    }

    @Test("a token that dies in the middle of a list is refreshed with a rotating token, and nothing is lost")
    func expiry() async throws {
        try await open { lab in
            let connection = try await lab.connectByOAuth()
            lab.host.inject(Fault(.expire, on: "/graphql", after: 1), Fault(.expire, on: "/graphql", after: 4))
            try await lab.sync(connection)
            #expect(lab.server.tokens.refreshes == 2)
            #expect(try await lab.count("orders") == lab.world.company.size.orders)
            #expect(try await lab.status(connection).state == .healthy)
        }
    }

    @Test("a callback that Shopify did not sign is refused")
    func callback() async throws {
        try await open { lab in
            let address = try await lab.service.startOAuth(
                lab.scope, platform: "shopify", fields: ["shop": ShopifyServer.shop],
                redirectURI: "https://app.example/cb")
            let state = try #require(URLComponents(string: address)?.queryItems?.first { $0.name == "state" }?.value)
            await #expect(throws: ConnectionError.invalidState) {
                _ = try await lab.service.finishOAuth(
                    lab.scope, state: state, code: "code-1",
                    parameters: [
                        "shop": ShopifyServer.shop, "timestamp": String(Int(lab.time.now.timeIntervalSince1970)),
                        "hmac": String(repeating: "0", count: 64),
                    ])
            }
            await #expect(throws: ConnectionError.invalidField("shop")) {
                _ = try await lab.service.startOAuth(
                    lab.scope, platform: "shopify", fields: ["shop": "evil.example/.myshopify.com"],
                    redirectURI: "https://app.example/cb")
            }
        }
    }

    @Test("a callback that is older than a minute and a half by Shopify's clock is refused")
    func staleCallback() async throws {
        try await open { lab in
            let address = try await lab.service.startOAuth(
                lab.scope, platform: "shopify", fields: ["shop": ShopifyServer.shop],
                redirectURI: "https://app.example/cb")
            let location = try lab.host.visit(address).headers.first { $0.name == "Location" }?.value
            let items = try #require(location.flatMap { URLComponents(string: $0)?.queryItems })
            let parameters = Dictionary(items.map { ($0.name, $0.value ?? "") }) { first, _ in first }
            lab.time.advance(by: 100)
            await #expect(throws: ConnectionError.invalidState) {
                _ = try await lab.service.finishOAuth(
                    lab.scope, state: parameters["state"] ?? "", code: parameters["code"] ?? "", parameters: parameters)
            }
            #expect(try await lab.count("connections") == 0)
        }
    }

    @Test("a query the bucket cannot pay waits exactly until it can; 429 waits as told")
    func throttled() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            lab.host.inject(
                Fault(.tooMany(retryAfter: nil), on: "/graphql"),
                Fault(.tooMany(retryAfter: 7), on: "/graphql", after: 2))
            try await lab.sync(connection)
            #expect(lab.pauses.all.contains(3))
            #expect(lab.pauses.all.contains(7))
            #expect(try await lab.count("orders") == lab.world.company.size.orders)
            #expect(try await lab.status(connection).state == .healthy)
            lab.server.drain(to: 0)
            try await lab.sync(connection, streams: ["orders"])
            #expect(try await lab.status(connection).state == .healthy)
        }
    }

    @Test("cost points are told in calls like the one just made")
    func allowance() throws {
        let body =
            #"{"data":{},"extensions":{"cost":{"requestedQueryCost":500,"actualQueryCost":200,"#
            + #""throttleStatus":{"maximumAvailable":2000.0,"currentlyAvailable":900,"restoreRate":100.0}}}}"#
        let reply = VendorResponse(status: 200, headers: [:], body: Array(body.utf8), receivedAt: Date())
        let allowance = try #require(ShopifyConnector().allowance(in: reply))
        #expect(allowance == Allowance(remaining: 3, limit: 4, resetAfter: nil, restorePerSecond: 0.5))
    }

    @Test(
        "errors in a 200 are what they mean",
        arguments: [
            ("ACCESS_DENIED", VendorFault.actionRequired(.addScope, message: "no")),
            ("SHOP_INACTIVE", .actionRequired(.fixAtVendor, message: "no")),
            ("INTERNAL_SERVER_ERROR", .retry("HTTP 500")),
            ("MAX_COST_EXCEEDED", .permanent(status: 200, message: "no")),
        ])
    func errors(_ code: String, _ fault: VendorFault) {
        func read(_ body: String, _ status: Int = 200) -> VendorFault? {
            ShopifyConnector().fault(
                in: VendorResponse(status: status, headers: [:], body: Array(body.utf8), receivedAt: Date()))
        }
        #expect(read(#"{"errors":[{"message":"no","extensions":{"code":"\#(code)"}}]}"#) == fault)
        #expect(
            read(#"{"data":{"tagsAdd":{"userErrors":[{"message":"bad"}]}}}"#) == .permanent(status: 200, message: "bad")
        )
        #expect(read(#"{"data":{"orders":{"nodes":[]}}}"#) == nil)
        #expect(read(#"{"errors":"[API] Invalid API key"}"#, 401) == .authExpired)
        #expect(
            read(#"{"errors":"Payment Required"}"#, 402) == .actionRequired(.fixAtVendor, message: "Payment Required"))
        #expect(read(#"{"errors":"Not Found"}"#, 404) == .actionRequired(.chooseAccount, message: "Not Found"))
        #expect(read(#"{"errors":"Locked"}"#, 423) == .actionRequired(.fixAtVendor, message: "Locked"))
    }

    @Test("a listing starts again from the last change before a query ends")
    func longListing() throws {
        guard case .custom(_, let next) = try #require(ShopifyConnector().stream("orders")).pager else {
            Issue.record("the pager")
            return
        }
        let body = #"{"data":{"orders":{"pageInfo":{"hasNextPage":true,"endCursor":"abc"}}}}"#
        let reply = VendorResponse(status: 200, headers: [:], body: Array(body.utf8), receivedAt: Date())
        let moment = try #require(CivilTime.parse("2026-03-01T00:00:00Z"))
        let first = try next(reply, Place(records: 24_980, watermark: moment))
        #expect(first == "|0|abc")
        let second = try next(reply, Place(token: first, records: 25_000, watermark: moment))
        #expect(second == "2026-03-01T00:00:00Z|25000|")
        #expect(
            try next(reply, Place(token: second, records: 25_020, watermark: moment))
                == "2026-03-01T00:00:00Z|25000|abc")
        #expect(throws: VendorFault.self) {
            _ = try next(reply, Place(token: second, records: 50_000, watermark: moment))
        }
    }

    @Test("a field that is gone holds the stream and keeps what is there")
    func schema() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.expectHeld(connection, without: "updatedAt", on: "", streams: ["customers"])
        }
    }

    @Test("a signed delivery starts a sync once; a forged one does nothing")
    func webhooks() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            let path = try await lab.service.webhookPath(lab.scope, connection.id)
            let news = try #require(lab.server.webhook(customer: 3, url: path))
            #expect(try await lab.deliver(news, to: path, altered: [0x20]) == 401)
            let redact = lab.server.webhook("customers/redact", [:])
            #expect(try await lab.deliver(redact, to: path, altered: [0x20]) == 401)
            #expect(try await lab.deliver(news, to: path) == 200)
            #expect(try await lab.deliver(news, to: path) == 200)
            #expect(try await lab.count("jobs", ["kind": "platforms.webhook"]) == 1)
        }
    }

    @Test("privacy topics, uninstalling and deletions are told apart")
    func topics() throws {
        func meaning(_ topic: String, _ body: String) throws -> WebhookEvent.Meaning? {
            let delivery = WebhookDelivery(
                method: "POST", url: "", headers: ["X-Shopify-Topic": topic, "X-Shopify-Webhook-Id": "w1"],
                body: Array(body.utf8), receivedAt: Date())
            return try ShopifyConnector().events(in: delivery).first?.meaning
        }
        let person = "gid://shopify/Customer/191"
        #expect(
            try meaning("customers/data_request", #"{"customer":{"id":191}}"#)
                == .privacy(kind: "data_request", subject: person))
        #expect(
            try meaning("customers/redact", #"{"customer":{"id":191}}"#) == .privacy(kind: "redact", subject: person))
        #expect(
            try meaning("shop/redact", #"{"shop_id":1,"shop_domain":"a.myshopify.com"}"#)
                == .privacy(kind: "shop_redact", subject: "a.myshopify.com"))
        #expect(try meaning("app/uninstalled", "{}") == .revoked)
        #expect(try meaning("customers/delete", #"{"id":191}"#) == .deleted(Deletion(.customer, person)))
        #expect(try meaning("refunds/create", "{}") == .changed(streams: ["orders"]))
        #expect(try meaning("customers_marketing_consent/update", "{}") == .changed(streams: ["customers"]))
    }

    @Test("actions are shown as the exact request")
    func actions() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            func body(_ action: PlatformAction) throws -> JSONValue {
                let preview = try lab.request(action, at: connection)
                #expect(preview.method == "POST" && preview.url.hasSuffix("/admin/api/2026-10/graphql.json"))
                return try JSONParser.parse(Array((preview.body ?? "").utf8))
            }
            let tags = try body(.addToList(listID: "vip", externalIDs: ["gid://shopify/Customer/1"]))
            #expect(
                tags["query"]?.stringValue
                    == "mutation($tags: [String!]!, $id0: ID!) "
                    + "{ c0: tagsAdd(id: $id0, tags: $tags) { userErrors { field message } } }")
            #expect(tags["variables"] == ["tags": ["vip"], "id0": "gid://shopify/Customer/1"])
            let at = try #require(CivilTime.parse("2026-11-01T08:00:00Z"))
            let consent = try body(
                .setConsent(externalID: "gid://shopify/Customer/1", channel: .email, isSubscribed: false, at: at))
            #expect(consent.at("variables.input.emailMarketingConsent.marketingState") == "UNSUBSCRIBED")
            let discount = try body(.createDiscount(code: "AUTUMN", percent: 10, startsAt: at, endsAt: nil))
            #expect(discount.at("variables.discount.customerGets.value.percentage")?.number == 0.1)
            #expect(lab.host.calls() == 1)
        }
    }
}
