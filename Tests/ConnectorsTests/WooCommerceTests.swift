import BSON
import Customers
import Foundation
import Jobs
import Records
import Tenancy
import Testing
import Vault
import VendorServers
import Web

@testable import Connectors

@Suite("WooCommerce")
struct WooCommerceTests {
    private let company = SeededCompany(size: .init(customers: 70, orders: 130, products: 12))

    private func open(_ body: @escaping @Sendable (Lab<WooCommerceServer>) async throws -> Void) async throws {
        try await Lab.open(WooCommerceConnector(), WooCommerceServer.self, company: company, body)
    }

    @Test("the first load brings everything with the company's totals; a second one changes nothing")
    func fullLoad() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            #expect(connection.accountID == "https://shop.northwind.example")
            #expect(connection.accountCurrency == "USD" && connection.accountTimeZone == "America/New_York")
            try await lab.sync(connection)
            #expect(try await lab.status(connection).state == .healthy)
            let company = lab.world.company
            let orders = try await lab.rows("orders")
            #expect(orders.count == company.size.orders)
            func sum(_ rows: [BSONDocument], _ field: String) -> Int64 {
                rows.reduce(0) { $0 + ($1[field]?.int64Value ?? 0) }
            }
            #expect(sum(orders, "total_minor") == company.orders.reduce(0) { $0 + $1.totalMinor })
            #expect(sum(orders, "refunded_minor") == company.orders.reduce(0) { $0 + $1.refundedMinor })
            #expect(
                sum(try await lab.rows("payments", ["kind": "refund"]), "amount_minor")
                    == company.orders.reduce(0) { $0 + $1.refundedMinor })
            // Three of the twelve come in two sizes.
            #expect(try await lab.count("products") == 15)
            #expect(try await lab.count("products", ["variant": "1 kg"]) == 3)
            #expect(try await lab.count("consent_records") == 0)
            let before = try await lab.fingerprint()
            try await lab.sync(connection)
            #expect(try await lab.fingerprint() == before)
        }
    }

    @Test("guests are people by their address, accounts by their number")
    func guests() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection)
            let company = lab.world.company
            let guests = Set(company.orders.filter { WooCommerceServer.isGuest($0) }.map(\.customer))
            let people = try await lab.count("customers")
            #expect(people == company.size.customers + guests.count)
            for row in try await lab.rows("customers") {
                #expect(row["external_id"]?.stringValue?.contains("@") == false)
            }
            let described = try await lab.count("customers", ["country": ["$exists": true]])
            #expect(described == people)
        }
    }

    @Test("the next sync asks for changes only, with the time in GMT")
    func incremental() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection)
            let calls = lab.host.calls("/orders")
            lab.time.advance(by: 7200)
            let now = lab.time.now
            lab.world.change {
                $0.change(order: 12, at: now) { $0.refundedMinor = $0.totalMinor }
                $0.change(product: 1, at: now) { $0.stock = 77 }
            }
            lab.time.advance(by: 60)
            try await lab.sync(connection, streams: ["orders", "products"])
            // One page of changes and one order's refunds, maybe of the last order's overlap too.
            #expect(lab.host.calls("/orders") - calls <= 3)
            let order = try await lab.rows("orders", ["external_id": "100012"])
            #expect(order.first?["status"]?.stringValue == "refunded")
            let refund = try await lab.rows("payments", ["order_ref": "100012"])
            #expect(refund.first?["amount_minor"]?.int64Value == lab.world.company.order(12).totalMinor)
            #expect(try await lab.rows("products", ["external_id": "50001"]).first?["stock"]?.int64Value == 77)
            #expect(try await lab.count("orders") == lab.world.company.size.orders)
        }
    }

    @Test("a key that is deleted in the middle asks for a new one, and the list goes on where it was")
    func keys() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            lab.host.inject(Fault(.expire, on: "/orders", after: 4))
            try await lab.sync(connection)
            let status = try await lab.status(connection)
            #expect(status.state == .actionRequired && status.nextStep == .reconnect)
            lab.server.tokens.accept("ck_test")
            _ = try await lab.service.reconnect(lab.scope, connection.id, fields: lab.server.fields)
            try await lab.sync(connection)
            #expect(try await lab.status(connection).state == .healthy)
            #expect(try await lab.count("orders") == lab.world.company.size.orders)
        }
    }

    @Test("limits of the host, its crashes and broken lines are waited for")
    func faults() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            lab.host.inject(
                Fault(.tooMany(retryAfter: 7), on: "/orders", after: 1), Fault(.error(503), on: "/products"),
                Fault(.cut, on: "/customers"))
            try await lab.sync(connection)
            #expect(lab.pauses.all.contains(7))
            #expect(try await lab.count("orders") == lab.world.company.size.orders)
            #expect(try await lab.status(connection).state == .healthy)
        }
    }

    @Test("a page instead of data is the store's plugin or firewall; no route is no WooCommerce")
    func pages() {
        func read(_ status: Int, _ body: String, _ type: String = "application/json") -> VendorFault? {
            WooCommerceConnector().fault(
                in: VendorResponse(
                    status: status, headers: ["Content-Type": type], body: Array(body.utf8), receivedAt: Date()))
        }
        for status in [200, 403] {
            guard case .actionRequired(.fixAtVendor, _) = read(status, "<html>", "text/html; charset=UTF-8") else {
                Issue.record("\(status)")
                continue
            }
        }
        #expect(
            read(403, #"{"code":"woocommerce_rest_cannot_view","message":"Sorry"}"#)
                == .actionRequired(.addScope, message: "Sorry"))
        #expect(read(401, #"{"code":"woocommerce_rest_authentication_error"}"#) == .authExpired)
        guard case .actionRequired(.fixAtVendor, _) = read(404, #"{"code":"rest_no_route"}"#) else {
            Issue.record("no route")
            return
        }
        #expect(read(503, "<html>", "text/html") == .retry("HTTP 503"))
        #expect(read(200, "[]") == nil)
    }

    @Test("stores without encryption or on private networks are refused")
    func addresses() async throws {
        try await open { lab in
            let fields = lab.server.fields
            for address in ["https://user@shop.example", "https://shop.example/?x=1"] {
                await #expect(throws: ConnectionError.invalidField("store_url")) {
                    _ = try await lab.service.connect(
                        lab.scope, platform: "woocommerce", methodID: "key",
                        fields: fields.merging(["store_url": address]) { $1 })
                }
            }
        }
        let field = CredentialField("store_url", .url)
        for address in [
            "http://shop.example", "ftp://shop.example", "https://127.0.0.1", "https://localhost",
            "https://10.0.0.7/wp",
        ] {
            #expect(throws: ConnectionError.invalidField("store_url")) {
                _ = try HostRule.checked(address, field, allowsPrivate: false)
            }
        }
    }

    @Test("statuses, drafts, deleted orders and where buyers came from")
    func mapping() throws {
        func batch(_ json: String) throws -> CanonicalBatch {
            var batch = CanonicalBatch()
            let context = MappingContext(
                account: VendorAccount(id: "a", name: "a", currency: "EUR"), fields: [:],
                settings: WooCommerceConnector().defaults, fetchedAt: Date(), span: .all)
            try WooCommerceConnector.order(try JSONParser.parse(Array(json.utf8)), context, &batch)
            return batch
        }
        func order(_ status: String, _ more: String = "") throws -> CanonicalBatch {
            try batch(
                #"{"id":5,"status":"\#(status)","total":"10.00","date_created_gmt":"2026-03-01T10:00:00","#
                    + #""customer_id":0,"billing":{"email":""}\#(more)}"#)
        }
        #expect(try order("on-hold").orders.first?.status == .open)
        #expect(try order("processing").orders.first?.status == .paid)
        #expect(try order("failed").orders.first?.status == .cancelled)
        #expect(
            try order("processing", #","refunds":[{"id":1,"total":"-4.00"}]"#).orders.first?.status
                == .partiallyRefunded)
        #expect(try order("trash").deletions == [Deletion(.order, "5")])
        #expect(try order("checkout-draft").skipped == ["draft": 1])
        let plain = try #require(try order("completed").orders.first)
        #expect(plain.customerExternalID == "order:5" && plain.currency == "EUR" && plain.amountMinor == 1000)
        #expect(plain.placedAt == CivilTime.parse("2026-03-01T10:00:00Z"))
        let meta = #","meta_data":[{"key":"_wc_order_attribution_utm_source","value":"google"},{"key":"x","value":{}}]"#
        #expect(try order("completed", meta).orders.first?.utmSource == "google")
        let lines = #"{"product_id":7,"quantity":2,"total":"9.50"},{"product_id":0,"quantity":1,"total":"1.00"}"#
        #expect(
            try order("completed", #","line_items":[\#(lines)]"#).orders.first?.lines
                == [OrderLine(product: "7", quantity: 2, amountMinor: 950)], "a deleted product has no id")
    }

    @Test("a changed schema holds the stream and keeps what is there")
    func schema() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.expectHeld(connection, without: "id", on: "/products", streams: ["products"])
        }
    }

    @Test("a signed delivery brings its record; the ping is answered, forged ones are refused")
    func webhooks() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection)
            let path = try await lab.service.webhookPath(lab.scope, connection.id)
            let ping = SignedDelivery(headers: [], body: Array("webhook_id=12".utf8))
            #expect(try await lab.deliver(ping, to: path) == 200)
            let forged = SignedDelivery(headers: [], body: Array("webhook_id=12&x=1".utf8))
            #expect(try await lab.deliver(forged, to: path) == 401)
            let now = lab.time.now
            lab.world.change { $0.change(customer: 3, at: now) { $0.country = "ES" } }
            let signed = try #require(lab.server.webhook(customer: 3, url: path))
            #expect(try await lab.deliver(signed, to: path, altered: [0x20]) == 401)
            #expect(try await lab.deliver(signed, to: path) == 200)
            #expect(try await lab.deliver(signed, to: path) == 200)
            #expect(try await lab.count("jobs", ["kind": "platforms.webhook"]) == 1)
            let id = try #require(try await lab.rows("jobs", ["kind": "platforms.webhook"]).first?["_id"]?.stringValue)
            let job = try #require(try await lab.service.queue.get(id, partition: lab.scope.organizationID))
            let calls = lab.host.calls()
            try await lab.work(job)
            #expect(lab.host.calls() == calls)
            let person = try await lab.rows("customers", ["external_id": "4"])
            #expect(person.first?["country"]?.stringValue == "ES")
            let gone = lab.server.webhook("order.deleted", ["id": 100_003])
            let delivery = WebhookDelivery(
                method: "POST", url: "", headers: Pairs(gone.headers.map { ($0.name, $0.value) }), body: gone.body,
                receivedAt: now)
            #expect(
                try WooCommerceConnector().events(in: delivery).map(\.meaning) == [.deleted(Deletion(.order, "100003"))]
            )
        }
    }

    @Test("actions are shown as the exact request")
    func actions() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            let coupon = try lab.request(
                .createDiscount(
                    code: "AUTUMN", percent: 15, startsAt: lab.time.now,
                    endsAt: CivilTime.parse("2026-12-01T00:00:00Z")), at: connection)
            #expect(coupon.method == "POST" && coupon.url.hasSuffix("/wp-json/wc/v3/coupons"))
            #expect(
                coupon.body
                    == #"{"code":"AUTUMN","discount_type":"percent","amount":"15","date_expires_gmt":"2026-12-01T00:00:00"}"#
            )
            let segment = try lab.request(.addToList(listID: "vip", externalIDs: ["4"]), at: connection)
            #expect(segment.url.hasSuffix("/wp-json/wc/v3/customers/batch"))
            #expect(segment.body == #"{"update":[{"id":4,"meta_data":[{"key":"omnify_segment_vip","value":"yes"}]}]}"#)
        }
    }
}
