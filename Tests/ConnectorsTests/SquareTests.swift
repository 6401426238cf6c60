import BSON
import Foundation
import Records
import Testing
import Vault
import VendorServers
import Web

@testable import Connectors

@Suite("Square")
struct SquareTests {
    private let company = SeededCompany(size: .init(customers: 130, orders: 230, products: 12))

    private func open(
        _ overrides: [String: String] = [:], _ body: @escaping @Sendable (Lab<SquareServer>) async throws -> Void
    ) async throws {
        try await Lab.open(SquareConnector(), SquareServer.self, company: company, overrides: overrides, body)
    }

    private func sum(_ rows: [BSONDocument], _ field: String) -> Int64 {
        rows.reduce(0) { $0 + ($1[field]?.int64Value ?? 0) }
    }

    @Test("the first load brings everything with the company's totals; a second one changes nothing")
    func fullLoad() async throws {
        try await open(["orders_page": "30"]) { lab in
            let connection = try await lab.connect()
            #expect(connection.accountID == "MERCHANT1" && connection.accountTimeZone == "America/New_York")
            try await lab.sync(connection)
            #expect(try await lab.status(connection).state == .healthy)
            let company = lab.world.company
            #expect(try await lab.count("customers") == company.size.customers)
            #expect(try await lab.count("products") == company.products.count(where: \.isActive))
            let orders = try await lab.rows("orders")
            #expect(orders.count == company.size.orders)
            #expect(sum(orders, "total_minor") == company.orders.reduce(0) { $0 + $1.totalMinor })
            #expect(sum(orders, "refunded_minor") == company.orders.reduce(0) { $0 + $1.refundedMinor })
            let charges = try await lab.rows("payments", ["kind": "charge", "status": "succeeded"])
            let paid = company.orders.filter { !$0.isCancelled }
            #expect(sum(charges, "amount_minor") == paid.reduce(0) { $0 + $1.totalMinor })
            #expect(sum(charges, "fee_minor") == paid.reduce(0) { $0 + SquareServer.fee($1.totalMinor) })
            let refunds = try await lab.rows("payments", ["kind": "refund"])
            #expect(sum(refunds, "amount_minor") == company.orders.reduce(0) { $0 + $1.refundedMinor })
            #expect(try await lab.count("billing_subscriptions") == 7)
            let before = try await lab.fingerprint()
            try await lab.sync(connection)
            #expect(try await lab.fingerprint() == before)
        }
    }

    @Test("orders of all locations are read, ten locations at once, page by page")
    func locations() async throws {
        try await open(["orders_page": "30"]) { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection, streams: ["orders"])
            #expect(try await lab.count("orders") == 230)
            // 100, 100 and 30 orders in pages of 30.
            #expect(lab.host.calls("/v2/orders/search") == 9)
        }
    }

    @Test("the next sync asks for changes only, and brings them; what is deleted goes")
    func incremental() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection)
            lab.time.advance(by: 7200)
            let now = lab.time.now
            let product = try #require(lab.world.company.products.first { $0.isActive })
            lab.world.change {
                $0.change(customer: 3, at: now) {
                    $0.country = "ES"; $0.emailConsent = false
                }
                $0.change(order: 12, at: now) { $0.refundedMinor = $0.totalMinor }
                $0.change(product: product.number, at: now) { $0.isActive = false }
            }
            lab.time.advance(by: 60)
            let calls = lab.host.calls("/v2/customers/search")
            try await lab.sync(connection)
            #expect(lab.host.calls("/v2/customers/search") - calls == 1)
            #expect(try await lab.rows("customers", ["external_id": "C3"]).first?["country"]?.stringValue == "ES")
            #expect(try await lab.rows("orders", ["external_id": "O12"]).first?["status"]?.stringValue == "refunded")
            let gone = try await lab.rows("products", ["external_id": .string("V\(product.number)")])
            #expect(gone.first?["deleted_at"] != nil)
            #expect(try await lab.count("orders") == 230)
        }
    }

    @Test("the flag is a yes or a no; without it nothing is known")
    func consent() throws {
        func signals(_ json: String) throws -> [ConsentSignal.State] {
            var batch = CanonicalBatch()
            try SquareConnector.customer(try JSONParser.parse(Array(json.utf8)), &batch)
            return batch.consents.map(\.state)
        }
        let head = #"{"id":"C1","email_address":"a@b.example""#
        #expect(try signals(head + #","preferences":{"email_unsubscribed":true}}"#) == [.unsubscribed])
        #expect(try signals(head + #","preferences":{"email_unsubscribed":false}}"#) == [.subscribed])
        #expect(try signals(head + "}") == [])
        #expect(try signals(#"{"id":"C1","preferences":{"email_unsubscribed":false}}"#) == [])
    }

    @Test("a token that dies in the middle of a list is refreshed, and nothing is lost")
    func expiry() async throws {
        try await open { lab in
            let connection = try await lab.connectByOAuth()
            lab.host.inject(Fault(.expire, on: "/v2/payments", after: 1))
            try await lab.sync(connection)
            #expect(lab.server.tokens.refreshes == 1)
            #expect(try await lab.count("payments", ["kind": "charge"]) == 230)
            #expect(try await lab.status(connection).state == .healthy)
            // The time of expiry is told as a date: it is refreshed before.
            lab.time.advance(by: 30 * 86_400 - 60)
            try await lab.sync(connection, streams: ["customers"])
            #expect(lab.server.tokens.refreshes == 2)
            #expect(lab.host.entries.filter { $0.status == 401 }.count == 1)
        }
    }

    @Test("limits without a time and broken lines are tried again; errors are what they mean")
    func faults() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            lab.host.inject(
                Fault(.tooMany(retryAfter: nil), on: "/v2/orders", after: 1), Fault(.cut, on: "/v2/customers"),
                Fault(.error(500), on: "/v2/refunds"))
            try await lab.sync(connection)
            #expect(try await lab.count("orders") == 230)
            #expect(try await lab.status(connection).state == .healthy)
        }
        func read(_ status: Int, _ code: String) -> VendorFault? {
            let body = #"{"errors":[{"category":"X","code":"\#(code)","detail":"no"}]}"#
            return SquareConnector().fault(
                in: VendorResponse(status: status, headers: [:], body: Array(body.utf8), receivedAt: Date()))
        }
        #expect(read(401, "ACCESS_TOKEN_EXPIRED") == .authExpired)
        #expect(read(401, "ACCESS_TOKEN_REVOKED") == .actionRequired(.reconnect, message: "no"))
        #expect(read(403, "INSUFFICIENT_SCOPES") == .actionRequired(.addScope, message: "no"))
        #expect(read(429, "RATE_LIMITED") == .rateLimited(wait: nil, policy: "RATE_LIMITED"))
        #expect(read(400, "INVALID_CURSOR") == .permanent(status: 400, message: "no"))
    }

    @Test("a changed schema holds the stream and keeps what is there")
    func schema() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.expectHeld(connection, without: "amount_money", on: "/v2/payments", streams: ["payments"])
        }
    }

    @Test("the registered address is part of the signature; deliveries work once")
    func webhooks() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            let path = try await lab.service.webhookPath(lab.scope, connection.id)
            let url = "https://app.example" + path
            let signed = try #require(lab.server.webhook(customer: 3, url: url))
            #expect(try await lab.deliver(signed, to: path, altered: [0x20]) == 401)
            #expect(try await lab.deliver(signed, to: path, base: "https://other.example") == 401)
            #expect(try await lab.deliver(signed, to: path) == 200)
            #expect(try await lab.deliver(signed, to: path) == 200)
            #expect(try await lab.count("jobs", ["kind": "platforms.webhook"]) == 1)
            func meaning(_ type: String) throws -> WebhookEvent.Meaning? {
                let body = lab.server.webhook(type, id: "C9", event: "e", url: url).body
                return try SquareConnector().events(
                    in: WebhookDelivery(method: "POST", url: "", headers: [:], body: body, receivedAt: Date())
                ).first?.meaning
            }
            #expect(try meaning("customer.deleted") == .deleted(Deletion(.customer, "C9")))
            #expect(try meaning("oauth.authorization.revoked") == .revoked)
            #expect(try meaning("order.updated") == .changed(streams: ["orders"]))
            #expect(try meaning("invoice.payment_made") == .ignored)
        }
    }

    @Test("actions are shown as the exact request")
    func actions() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            func preview(_ action: PlatformAction) throws -> String {
                let shown = try lab.request(action, at: connection)
                return "\(shown.method) \(shown.url.dropFirst(lab.host.base.count))"
            }
            #expect(
                try preview(.addToList(listID: "G1", externalIDs: ["C1"])) == "PUT /v2/customers/C1/groups/G1")
            #expect(
                try preview(.setStatus(entity: "subscription", externalID: "S1", active: false))
                    == "POST /v2/subscriptions/S1/pause")
        }
    }
}
