import BSON
import Customers
import Foundation
import Jobs
import Mongo
import Records
import Tenancy
import Testing
import Vault
import VendorServers
import Web

@testable import Connectors

@Suite("BigCommerce")
struct BigCommerceTests {
    private let company = SeededCompany(size: .init(customers: 270, orders: 500, products: 12))

    private func open(_ body: @escaping @Sendable (Lab<BigCommerceServer>) async throws -> Void) async throws {
        try await Lab.open(BigCommerceConnector(), BigCommerceServer.self, company: company, body)
    }

    /// Everybody: customers, guests by address, and one reader of the newsletter.
    private func people(_ company: SeededCompany) -> Int {
        let guests = company.orders.filter { BigCommerceServer.isGuest($0.number) && !$0.isTest }.map(\.customer)
        return company.size.customers + Set(guests).count + 1
    }

    @Test("the first load brings everything but abandoned checkouts; a second one changes nothing")
    func fullLoad() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection)
            #expect(try await lab.status(connection).state == .healthy)
            let company = lab.world.company
            let real = company.orders.filter { !$0.isTest }
            #expect(try await lab.count("products") == 12)
            #expect(try await lab.count("customers") == people(company))
            let orders = try await lab.rows("orders")
            #expect(orders.count == real.count)
            #expect(
                orders.reduce(0) { $0 + ($1["total_minor"]?.int64Value ?? 0) } == real.reduce(0) { $0 + $1.totalMinor })
            let runs = try await lab.rows("sync_runs", ["stream": "orders"])
            #expect(runs.first?["skipped"]?.documentValue?["incomplete"]?.intValue == company.orders.count - real.count)
            let refunds = try await lab.rows("payments", ["kind": "refund"])
            let refunded = company.orders.reduce(0) { $0 + $1.refundedMinor }
            #expect(refunds.reduce(0) { $0 + ($1["amount_minor"]?.int64Value ?? 0) } == refunded)
            let before = try await lab.fingerprint()
            try await lab.sync(connection)
            #expect(try await lab.fingerprint() == before)
        }
    }

    @Test("what was bought comes along, whichever parcels it went out in")
    func lines() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection, streams: ["orders"])
            let orders = try await lab.rows("orders")
            #expect(!orders.isEmpty)
            for row in orders {
                let id = try #require(row["external_id"]?.stringValue.flatMap(Int.init))
                let order = lab.world.company.order(id - BigCommerceServer.orderID(0))
                let lines = try #require(row["lines"]?.arrayValue).compactMap(\.documentValue)
                #expect(lines.map { $0["product"]?.stringValue } == [String(order.product + 1)])
                #expect(lines.map { $0["quantity"]?.intValue } == [order.quantity])
                let each = (order.subtotalMinor - order.discountMinor) / Int64(order.quantity)
                #expect(lines.map { $0["amount_minor"]?.int64Value } == [each * Int64(order.quantity)])
            }
        }
    }

    @Test("500 orders are two full pages and an empty one: 204")
    func emptyPage() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection, streams: ["orders"])
            let pages = lab.host.entries.filter { $0.path.hasSuffix("/v2/orders") }.map(\.status)
            #expect(pages == [200, 200, 200, 204])
            lab.time.advance(by: 86_400)
            try await lab.sync(connection, streams: ["orders"])
            #expect(try await lab.status(connection).state == .healthy)
        }
    }

    @Test("the next sync asks for changes only, and brings them")
    func incremental() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection)
            lab.time.advance(by: 7200)
            let now = lab.time.now
            lab.world.change {
                $0.change(customer: 3, at: now) { $0.country = "GB" }
                $0.change(order: 5, at: now) {
                    $0.refundedMinor = $0.totalMinor; $0.isTest = false; $0.isCancelled = false
                }
                $0.change(product: 2, at: now) { $0.priceMinor = 1234 }
            }
            lab.time.advance(by: 60)
            try await lab.sync(connection)
            let runs = try await lab.rows("sync_runs", ["stream": "orders", "mode": "incremental"])
            #expect((runs.first?["recordsIn"] ?? runs.first?["records_in"])?.intValue ?? 500 < 20)
            #expect(try await lab.rows("customers", ["external_id": "4"]).first?["country"]?.stringValue == "GB")
            #expect(try await lab.rows("orders", ["external_id": "105"]).first?["status"]?.stringValue == "refunded")
            #expect(try await lab.rows("products", ["external_id": "3"]).first?["price_minor"]?.int64Value == 1234)
        }
    }

    @Test("being a subscriber grants, being one no longer withdraws, everything else says nothing")
    func consent() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection)
            let company = lab.world.company
            let yes = company.customers.filter { $0.emailConsent == true }
            let granted = try await lab.rows("consent_records")
            #expect(granted.count == yes.count + 1)
            #expect(granted.allSatisfy { $0["state"]?.stringValue == "granted" })
            let person = try #require(yes.first)
            lab.time.advance(by: 86_401)
            let now = lab.time.now
            lab.world.change { $0.change(customer: person.number, at: now) { $0.emailConsent = false } }
            try await lab.sync(connection)
            let withdrawn = try await lab.rows("consent_records", ["state": "withdrawn"])
            let id = try await lab.rows("customers", ["external_id": .string(String(person.number + 1))]).first?["_id"]
            #expect(withdrawn.map { $0["customer_id"] } == [id])
            #expect(withdrawn.first?["purpose"]?.stringValue == "email_marketing")
            lab.time.advance(by: 86_401)
            try await lab.sync(connection)
            #expect(try await lab.count("consent_records", ["state": "withdrawn"]) == 1)
            let again = lab.time.now
            lab.world.change {
                $0.change(customer: person.number, at: again) {
                    $0.emailConsent = true; $0.emailConsentAt = again
                }
            }
            lab.time.advance(by: 86_401)
            try await lab.sync(connection)
            #expect(try await lab.count("consent_records") == yes.count + 3)
            #expect(try await lab.count("consent_records", ["state": "withdrawn"]) == 1)
        }
    }

    @Test("guests are one person by their address")
    func guests() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection)
            let company = lab.world.company
            let guests = company.orders.filter { BigCommerceServer.isGuest($0.number) && !$0.isTest }
            let ids = guests.map { BSONValue.string(String(BigCommerceServer.orderID($0.number))) }
            let rows = try await lab.rows("orders", ["external_id": ["$in": .array(ids)]])
            #expect(rows.count == guests.count)
            #expect(Set(rows.compactMap { $0["customer_id"]?.stringValue }).count == Set(guests.map(\.customer)).count)
        }
    }

    @Test("the store's window is waited for as told; an overload without headers longer, with a countdown")
    func limits() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            lab.host.inject(Fault(.tooMany(retryAfter: 7), on: "/v2/orders", after: 1))
            try await lab.sync(connection)
            #expect(lab.pauses.all.contains(7))
            #expect(try await lab.count("orders") == lab.world.company.orders.filter { !$0.isTest }.count)
            lab.host.inject(Fault(.tooMany(retryAfter: nil), on: "/v3/customers"))
            try await lab.sync(connection)
            let status = try await lab.status(connection)
            #expect(status.state == .rateLimited)
            #expect(status.until == lab.time.now.addingTimeInterval(60))
        }
    }

    @Test("broken lines, a store that is down and server errors are tried again", arguments: [0, 1, 2])
    func brokenLines(_ number: Int) async throws {
        let kinds: [Fault.Kind] = [.cut, .error(503), .error(423)]
        try await open { lab in
            let connection = try await lab.connect()
            lab.host.inject(
                Fault(kinds[number], on: "/v3/customers", after: 1), Fault(kinds[number], on: "/v2/orders", after: 1))
            try await lab.sync(connection)
            #expect(try await lab.count("customers") == people(lab.world.company))
            #expect(try await lab.status(connection).state == .healthy)
        }
    }

    @Test("a token that dies in the middle asks for a new one, and what was read stays")
    func token() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            lab.host.inject(Fault(.expire, on: "/v2/orders", after: 1))
            try await lab.sync(connection)
            let status = try await lab.status(connection)
            #expect(status.state == .actionRequired)
            #expect(status.nextStep == .reconnect)
            #expect(try await lab.count("products") == 12)
            lab.server.tokens.accept("bc-token-2")
            _ = try await lab.service.reconnect(
                lab.scope, connection.id, fields: ["access_token": "bc-token-2", "client_secret": "bc-client-secret"])
            try await lab.sync(connection)
            #expect(try await lab.count("orders") == lab.world.company.orders.filter { !$0.isTest }.count)
            #expect(try await lab.status(connection).state == .healthy)
        }
    }

    @Test("a token without a right is refused at once, with the right's name")
    func missingRight() async throws {
        try await open { lab in
            let denied = VendorReply.json(["status": 403, "title": "Forbidden"], status: 403)
            lab.host.inject(Fault(.reply(denied), on: "/v2/orders"))
            await #expect(throws: ConnectionError.refused(.addScope, message: "store_v2_orders_read_only")) {
                _ = try await lab.connect()
            }
            let connections = try await lab.count("connections")
            #expect(connections == 0)
        }
    }

    @Test("orders without a total are a changed schema: nothing is overwritten")
    func schema() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.expectHeld(connection, without: "total_inc_tax", on: "/v2/orders")
        }
    }

    @Test("Standard Webhooks: signed once, forged, late and repeated ones do nothing; deletions and the end are told")
    func webhooks() async throws {
        try await open { lab in
            try await lab.expectTakenOnce(try await lab.connect(), signsAddress: true)
        }
        func meaning(_ topic: String) throws -> WebhookEvent.Meaning? {
            let body = #"{"scope":"\#(topic)","hash":"h","data":{"id":9}}"#
            return try BigCommerceConnector().events(
                in: WebhookDelivery(method: "POST", url: "", headers: [:], body: Array(body.utf8), receivedAt: Date())
            ).first?.meaning
        }
        #expect(try meaning("store/product/deleted") == .deleted(Deletion(.product, "9")))
        #expect(try meaning("store/app/uninstalled") == .revoked)
        #expect(try meaning("store/subscriber/deleted") == .changed(streams: ["subscribers"]))
        #expect(try meaning("store/order/refund/created") == .changed(streams: ["orders", "payments"]))
        #expect(try meaning("store/cart/abandoned") == .ignored)
    }

    @Test("actions are shown as the exact request")
    func actions() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            let preview = try lab.request(.addToList(listID: "7", externalIDs: ["4", "5"]), at: connection)
            #expect(preview.method == "PUT")
            #expect(preview.url.hasSuffix("/v3/customers"))
            #expect(preview.body == #"[{"id":4,"customer_group_id":7},{"id":5,"customer_group_id":7}]"#)
            let address = PlatformAction.addToList(listID: "7", externalIDs: ["ana@mail.example"])
            let connector = BigCommerceConnector()
            #expect(connector.request(for: address, fields: [:], settings: connector.defaults) == nil)
        }
    }
}
