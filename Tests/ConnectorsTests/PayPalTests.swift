import BSON
import Connectors
import Foundation
import Records
import Testing
import Vault
import VendorServers
import Web

@Suite("PayPal")
struct PayPalTests {
    private let small = SeededCompany(size: .init(customers: 60, orders: 700, products: 45, days: 20))

    private func open(
        _ company: SeededCompany? = nil, _ body: @escaping @Sendable (Lab<PayPalServer>) async throws -> Void
    ) async throws {
        try await Lab.open(PayPalConnector(), PayPalServer.self, company: company ?? small, body)
    }

    private static func sum(_ rows: [BSONDocument], _ field: String) -> Int64 {
        rows.reduce(0) { $0 + ($1[field]?.int64Value ?? 0) }
    }

    @Test("the first load brings everything, a second one changes nothing")
    func fullLoad() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection)
            #expect(try await lab.status(connection).state == .healthy)
            let company = lab.world.company
            let real = company.orders.filter { !$0.isTest }
            let charges = try await lab.rows("payments", ["kind": "charge"])
            #expect(charges.count == real.count)
            #expect(Self.sum(charges, "amount_minor") == real.reduce(0) { $0 + $1.totalMinor })
            let refunds = try await lab.rows("payments", ["kind": "refund"])
            #expect(Self.sum(refunds, "amount_minor") == real.reduce(0) { $0 + $1.refundedMinor })
            #expect(try await lab.count("payments") == charges.count + refunds.count)
            #expect(try await lab.count("products") == company.size.products)
            #expect(try await lab.count("customers") == Set(real.map(\.customer)).count)
            let subscriptions = real.filter { $0.number < 3 }
            #expect(try await lab.count("billing_subscriptions") == subscriptions.count)
            let before = try await lab.fingerprint()
            try await lab.sync(connection)
            #expect(try await lab.fingerprint() == before)
        }
    }

    @Test("a run reads the last days again: a refund and a changed status are found")
    func incremental() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection, streams: ["payments"])
            let calls = lab.host.calls("/transactions")
            let company = lab.world.company
            let order = try #require(company.orders.last { !$0.isTest && $0.refundedMinor == 0 })
            lab.time.advance(by: 3600)
            let now = lab.time.now
            lab.world.change {
                $0.change(order: order.number, at: now) {
                    $0.refundedMinor = 100; $0.isCancelled = true
                }
            }
            try await lab.sync(connection, streams: ["payments"])
            #expect(lab.host.calls("/transactions") - calls == 1)
            let refund = try await lab.rows("payments", ["external_id": .string("RF\(order.number)")])
            #expect(Self.sum(refund, "amount_minor") == 100)
            let charge = try await lab.rows("payments", ["external_id": .string("TX\(order.number)")]).first
            #expect(charge?["status"]?.stringValue == "failed")
        }
    }

    @Test("a token that dies in the middle of a listing is asked for anew")
    func expiry() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            lab.host.inject(Fault(.expire, on: "/transactions"))
            try await lab.sync(connection)
            #expect(lab.host.calls("/oauth2/token") == 2)
            #expect(try await lab.status(connection).state == .healthy)
        }
    }

    @Test("429 without a word about when is waited for with growing pauses")
    func tooMany() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            lab.host.inject(Fault(.tooMany(retryAfter: nil), on: "/transactions", times: 2))
            try await lab.sync(connection)
            #expect(lab.pauses.all.contains(1))
            #expect(lab.pauses.all.contains(2))
            #expect(try await lab.status(connection).state == .healthy)
        }
    }

    @Test("a changed schema holds the stream and keeps what is there")
    func schema() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.expectHeld(
                connection, without: "transaction_amount", on: "/transactions", streams: ["payments"])
        }
    }

    @Test("keys without the reporting right are refused when connecting")
    func refusal() async throws {
        try await open { lab in
            let refusal = VendorReply.json(
                ["name": "NOT_AUTHORIZED", "message": "Authorization failed due to insufficient permissions."],
                status: 403)
            lab.host.inject(Fault(.reply(refusal), on: "/reporting/balances"))
            await #expect(throws: ConnectionError.self) { _ = try await lab.connect() }
            await #expect(throws: ConnectionError.self) {
                _ = try await lab.service.connect(
                    lab.scope, platform: "paypal", methodID: "app",
                    fields: ["client_id": "paypal-client", "client_secret": "wrong"])
            }
            let connections = try await lab.count("connections")
            #expect(connections == 0)
        }
    }

    @Test("actions are exact requests")
    func actions() {
        let connector = PayPalConnector()
        let pause = connector.request(
            for: .setStatus(entity: "subscription", externalID: "I-1", active: false), fields: [:],
            settings: connector.defaults)
        #expect(pause?.path == "/v1/billing/subscriptions/I-1/suspend")
        let end = connector.request(
            for: .cancelSubscription(externalID: "I-1", atPeriodEnd: false), fields: [:], settings: connector.defaults)
        #expect(end?.path == "/v1/billing/subscriptions/I-1/cancel")
    }
}
