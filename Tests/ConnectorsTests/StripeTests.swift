import BSON
import Foundation
import Records
import Testing
import Vault
import VendorServers
import Web

@testable import Connectors

@Suite("Stripe")
struct StripeTests {
    private let company = SeededCompany(size: .init(customers: 130, orders: 220, products: 15, days: 50))

    private func open(_ body: @escaping @Sendable (Lab<StripeServer>) async throws -> Void) async throws {
        try await Lab.open(StripeConnector(), StripeServer.self, company: company, body)
    }

    private func sum(_ rows: [BSONDocument], _ field: String) -> Int64 {
        rows.reduce(0) { $0 + ($1[field]?.int64Value ?? 0) }
    }

    @Test("the first load brings everything with the company's totals; a second one changes nothing")
    func fullLoad() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            #expect(connection.accountID == StripeServer.account && connection.accountCurrency == "USD")
            try await lab.sync(connection)
            #expect(try await lab.status(connection).state == .healthy)
            let company = lab.world.company
            #expect(try await lab.count("customers") == company.size.customers)
            #expect(try await lab.count("products") == company.size.products)
            let paid = company.orders.filter { !$0.isTest && !$0.isCancelled }
            let charges = try await lab.rows("payments", ["kind": "charge", "status": "succeeded"])
            #expect(charges.count == paid.count)
            #expect(sum(charges, "amount_minor") == paid.reduce(0) { $0 + $1.totalMinor })
            #expect(sum(charges, "fee_minor") == paid.reduce(0) { $0 + StripeServer.fee($1.totalMinor) })
            #expect(sum(charges, "net_minor") == sum(charges, "amount_minor") - sum(charges, "fee_minor"))
            let refunds = try await lab.rows("payments", ["kind": "refund"])
            #expect(sum(refunds, "amount_minor") == paid.reduce(0) { $0 + $1.refundedMinor })
            #expect(refunds.allSatisfy { $0["customer_id"] != nil && $0["order_ref"] != nil })
            #expect(try await lab.count("payments", ["kind": "dispute"]) == paid.count { lab.server.isDisputed($0) })
            let failed = company.orders.count { !$0.isTest && $0.isCancelled }
            #expect(try await lab.count("payments", ["status": "failed"]) == failed)
            #expect(try await lab.count("orders") == 0)
            #expect(try await lab.count("consent_records") == 0)
            let before = try await lab.fingerprint()
            try await lab.sync(connection)
            #expect(try await lab.fingerprint() == before)
        }
    }

    @Test("subscriptions say what they bring in a month, discounts taken off; ended ones nothing")
    func subscriptions() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection, streams: ["subscriptions"])
            func row(_ number: Int) async throws -> BSONDocument {
                try #require(
                    try await lab.rows("billing_subscriptions", ["external_id": .string("sub_\(number)")]).first)
            }
            #expect(try await lab.count("billing_subscriptions") == 26)
            #expect(try await row(25)["mrr_minor"]?.int64Value == 2000)
            #expect(try await row(10)["mrr_minor"]?.int64Value == 1000)
            #expect(try await row(10)["amount_minor"]?.int64Value == 12_000)
            #expect(try await row(5)["mrr_minor"]?.int64Value == 1800)
            #expect(try await row(15)["status"]?.stringValue == "canceled")
            #expect(try await row(15)["mrr_minor"]?.int64Value == 0)
            #expect(try await row(15)["cancel_reason"]?.stringValue == "cancellation_requested")
            #expect(try await row(5)["current_period_end"] != nil)
        }
    }

    @Test("older shapes are read too: the period and the discount on the subscription")
    func oldShape() throws {
        let json =
            #"{"id":"sub_1","status":"active","customer":{"id":"cus_9"},"currency":"usd","cancel_at_period_end":true,"#
            + #""current_period_end":1790000000,"discount":{"coupon":{"amount_off":300,"duration":"forever"}},"#
            + #""items":{"data":[{"quantity":2,"plan":{"id":"p","amount":1000,"interval":"month","interval_count":2}}]}}"#
        var batch = CanonicalBatch()
        let context = MappingContext(
            account: VendorAccount(id: "a", name: "a"), fields: [:], settings: StripeConnector().defaults,
            fetchedAt: Date(), span: .all)
        try StripeConnector.subscription(try JSONParser.parse(Array(json.utf8)), context, &batch)
        let row = try #require(batch.subscriptions.first)
        #expect(row.amountMinor == 2000 && row.mrrMinor == 850 && row.plan == "p")
        #expect(row.cancelAt == Date(timeIntervalSince1970: 1_790_000_000) && row.customerExternalID == "cus_9")
    }

    @Test("the feed tells what changed, and the present state is read")
    func incremental() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection)
            let charges = try await lab.count("payments")
            lab.time.advance(by: 7200)
            let now = lab.time.now
            let order = try #require(
                lab.world.company.orders.first { $0.refundedMinor == 0 && !$0.isTest && !$0.isCancelled })
            lab.world.change {
                $0.change(customer: 3, at: now) { $0.country = "ES" }
                $0.change(customer: 4, at: now) { $0.isDeleted = true }
                $0.change(order: order.number, at: now) { $0.refundedMinor = 700 }
            }
            lab.time.advance(by: 60)
            try await lab.sync(connection, streams: ["events"])
            #expect(lab.host.calls("/v1/customers/cus_3") == 1)
            let person = try await lab.rows("customers", ["external_id": "cus_3"])
            #expect(person.first?["country"]?.stringValue == "ES")
            let gone = try await lab.rows("customers", ["external_id": "cus_4"])
            #expect(gone.first?["deleted_at"] != nil)
            let refund = try await lab.rows("payments", ["external_id": .string("re_\(order.number)")])
            #expect(refund.first?["amount_minor"]?.int64Value == 700)
            #expect(try await lab.count("payments") == charges + 1)
            // The copy inside an old event does not overwrite what the list brought.
            let charge = try await lab.rows("payments", ["external_id": .string("ch_\(order.number)")])
            #expect(charge.first?["fee_minor"]?.int64Value == StripeServer.fee(order.totalMinor))
        }
    }

    @Test("what happened becomes events of the product")
    func events() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection, streams: ["events", "invoices"])
            let company = lab.world.company
            let since = lab.time.now.addingTimeInterval(-30 * 86_400)
            let failed = company.orders.count { !$0.isTest && $0.isCancelled && $0.placedAt > since }
            #expect(try await lab.count("events", ["event_type": "payment_failed"]) == failed)
            let started = company.customers.count { $0.number % 5 == 0 && $0.createdAt > since }
            #expect(try await lab.count("events", ["event_type": "subscription_started"]) == started)
            #expect(try await lab.count("events", ["event_type": "custom:invoice_paid"]) == 13)
            #expect(try await lab.count("events", ["event_type": "custom:invoice_open"]) == 13)
        }
    }

    @Test("a key without a right is refused at once, with the right it lacks")
    func rights() async throws {
        try await open { lab in
            func connect(_ fields: [String: String]) async throws -> Connection {
                try await lab.service.connect(lab.scope, platform: "stripe", methodID: "key", fields: fields)
            }
            let words = "The provided key does not have the permission rak_disputes_read"
            await #expect(throws: ConnectionError.refused(.addScope, message: words)) {
                _ = try await connect(["api_key": StripeServer.narrowKey])
            }
            await #expect(throws: ConnectionError.self) { _ = try await connect(["api_key": StripeServer.shyKey]) }
            let shy = try await connect(["api_key": StripeServer.shyKey, "account_id": "acct_1NW"])
            #expect(shy.accountID == "acct_1NW" && shy.accountCurrency == "USD")
            await #expect(throws: ConnectionError.invalidField("api_key")) {
                _ = try await connect(["api_key": "pk_live_1"])
            }
        }
    }

    @Test("Connect opens an account, a dead token asks to sign in again, and leaving ends it at Stripe")
    func connect() async throws {
        try await open { lab in
            let connection = try await lab.connectByOAuth()
            #expect(connection.accountID == StripeServer.account)
            lab.host.inject(Fault(.expire, on: "/charges", after: 1))
            try await lab.sync(connection)
            #expect(try await lab.status(connection).nextStep == .reconnect)
            let again = try await lab.connectByOAuth()
            #expect(again.id == connection.id)
            try await lab.sync(again)
            #expect(try await lab.status(again).state == .healthy)
            try await lab.service.disconnect(lab.scope, again.id, erasesData: false)
            #expect(lab.host.calls("/oauth/deauthorize") == 1)
        }
    }

    @Test("limits, locks and broken lines are tried again as Stripe advises")
    func faults() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            lab.host.inject(
                Fault(.tooMany(retryAfter: 7), on: "/charges", after: 1), Fault(.cut, on: "/customers"),
                Fault(.error(503), on: "/refunds"))
            try await lab.sync(connection)
            #expect(lab.pauses.all.contains(7))
            #expect(try await lab.count("customers") == lab.world.company.size.customers)
            #expect(try await lab.status(connection).state == .healthy)
        }
        func read(_ status: Int, _ body: String, _ headers: Pairs = [:]) -> VendorFault? {
            StripeConnector().fault(
                in: VendorResponse(status: status, headers: headers, body: Array(body.utf8), receivedAt: Date()))
        }
        #expect(read(429, #"{"error":{"code":"lock_timeout"}}"#) == .retry("lock_timeout"))
        #expect(
            read(429, "{}", ["Stripe-Rate-Limited-Reason": "global-rate"])
                == .rateLimited(wait: nil, policy: "global-rate"))
        #expect(read(409, "{}") == .retry("HTTP 409"))
        #expect(
            read(500, #"{"error":{"message":"no"}}"#, ["Stripe-Should-Retry": "false"])
                == .permanent(status: 500, message: "no"))
        #expect(read(400, "{}", ["Stripe-Should-Retry": "true"]) == .retry("HTTP 400"))
        #expect(read(402, #"{"error":{"message":"declined"}}"#) == .permanent(status: 402, message: "declined"))
        #expect(read(401, "{}") == .authExpired)
    }

    @Test("a changed schema holds the stream and keeps what is there")
    func schema() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.expectHeld(connection, without: "created", on: "/charges", streams: ["payments"])
        }
    }

    @Test("one of several signatures in time is enough; forged, late and repeated deliveries do nothing")
    func webhooks() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            let path = try await lab.service.webhookPath(lab.scope, connection.id)
            let signed = try #require(lab.server.webhook(customer: 3, url: path))
            #expect(try await lab.deliver(signed, to: path, altered: [0x20]) == 401)
            #expect(try await lab.deliver(signed, to: path, late: 302) == 401)
            #expect(try await lab.deliver(signed, to: path, late: -302) == 401)
            #expect(try await lab.deliver(signed, to: path) == 200)
            #expect(try await lab.deliver(signed, to: path) == 200)
            #expect(try await lab.count("jobs", ["kind": "platforms.webhook"]) == 1)
            func meaning(_ type: String) throws -> WebhookEvent.Meaning? {
                let body = lab.server.webhook(type, [:], id: "evt_1").body
                return try StripeConnector().events(
                    in: WebhookDelivery(method: "POST", url: "", headers: [:], body: body, receivedAt: Date())
                ).first?.meaning
            }
            #expect(try meaning("charge.refunded") == .changed(streams: ["events"]))
            #expect(try meaning("account.application.deauthorized") == .revoked)
            #expect(try meaning("payout.paid") == .ignored)
        }
    }

    @Test("actions are shown as the exact request")
    func actions() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            func preview(_ action: PlatformAction) throws -> String {
                let shown = try lab.request(action, at: connection)
                return "\(shown.method) \(shown.url.dropFirst(lab.host.base.count)) \(shown.body ?? "")"
            }
            #expect(
                try preview(.setStatus(entity: "subscription", externalID: "sub_1", active: false))
                    == "POST /v1/subscriptions/sub_1 pause_collection%5Bbehavior%5D=void")
            #expect(
                try preview(.setStatus(entity: "subscription", externalID: "sub_1", active: true))
                    == "POST /v1/subscriptions/sub_1 pause_collection=")
            #expect(
                try preview(.cancelSubscription(externalID: "sub_1", atPeriodEnd: true))
                    == "POST /v1/subscriptions/sub_1 cancel_at_period_end=true")
            #expect(
                try preview(.cancelSubscription(externalID: "sub_1", atPeriodEnd: false))
                    == "DELETE /v1/subscriptions/sub_1 ")
            #expect(
                try preview(.addToList(listID: "vip", externalIDs: ["cus_1"]))
                    == "POST /v1/customers/cus_1 metadata%5Bsegment%5D=vip")
        }
    }
}
