import BSON
import Foundation
import Records
import Testing
import VendorServers
import Web

@testable import Connectors

@Suite("Magento")
struct MagentoTests {
    private let small = SeededCompany(size: .init(customers: 130, orders: 210, products: 12))

    private func open(
        _ overrides: [String: String] = [:], _ body: @escaping @Sendable (Lab<MagentoServer>) async throws -> Void
    ) async throws {
        try await Lab.open(MagentoConnector(), MagentoServer.self, company: small, overrides: overrides, body)
    }

    private func sum(_ rows: [BSONDocument], _ field: String) -> Int64 {
        rows.reduce(0) { $0 + ($1[field]?.int64Value ?? 0) }
    }

    @Test("the first load brings everything over signed calls, and totals add up; a second one changes nothing")
    func fullLoad() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            #expect(connection.accountTimeZone == "America/New_York")
            try await lab.sync(connection)
            #expect(try await lab.status(connection).state == .healthy)
            let company = lab.world.company
            #expect(try await lab.count("products") == 12)
            let orders = try await lab.rows("orders")
            #expect(orders.count == 210)
            #expect(sum(orders, "total_minor") == company.orders.reduce(0) { $0 + $1.totalMinor })
            #expect(sum(orders, "refunded_minor") == company.orders.reduce(0) { $0 + $1.refundedMinor })
            let refunds = try await lab.rows("payments", ["kind": "refund"])
            #expect(sum(refunds, "amount_minor") == sum(orders, "refunded_minor"))
            let product = try #require(try await lab.rows("products", ["external_id": "4"]).first)
            #expect(product["cost_minor"]?.int64Value == company.product(3).costMinor)
            let before = try await lab.fingerprint()
            try await lab.sync(connection)
            #expect(try await lab.fingerprint() == before)
        }
    }

    @Test("a guest's order joins the person with that address; a line of a variant counts once")
    func guests() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection)
            let company = lab.world.company
            let guest = try #require(try await lab.rows("orders", ["external_id": "14"]).first)
            let person = company.order(13).customer
            let known = try #require(
                try await lab.rows("customers", ["external_id": .string(String(person + 1))]).first)
            let buyer = try await lab.rows("customers", ["_id": .string(guest["customer_id"]?.stringValue ?? "")]).first
            #expect(buyer?["email_token"] != nil && buyer?["email_token"] == known["email_token"])
            #expect(guest["quantity"]?.intValue == company.order(13).quantity)
            let lines = try #require(guest["lines"]?.arrayValue)
            #expect(lines.count == 1)
            #expect(lines.first?.documentValue?["quantity"]?.intValue == company.order(13).quantity)
        }
    }

    @Test("the newsletter flag is a yes or a no")
    func consent() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection)
            let yes = lab.world.company.customers.count { $0.emailConsent == true }
            #expect(try await lab.count("consent_records", ["state": "granted", "purpose": "email_marketing"]) == yes)
        }
    }

    @Test("the next sync asks for changes since the last, and a repeated last page ends the list")
    func incremental() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection)
            #expect(lab.host.calls("/V1/orders") == 3)
            #expect(lab.host.calls("/V1/customers/search") == 2)
            lab.time.advance(by: 7200)
            let now = lab.time.now
            lab.world.change { $0.change(order: 5, at: now) { $0.refundedMinor = $0.totalMinor } }
            lab.time.advance(by: 60)
            try await lab.sync(connection)
            #expect(lab.host.calls("/V1/orders") == 4)
            let order = try await lab.rows("orders", ["external_id": "6"])
            #expect(order.first?["status"]?.stringValue == "refunded")
            #expect(try await lab.count("payments", ["external_id": "creditmemo:9005"]) == 1)
        }
    }

    @Test("a removed integration asks a person; with the token renewed the load goes on")
    func revoked() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            lab.host.inject(Fault(.revoke, on: "/V1/orders", after: 1))
            try await lab.sync(connection)
            #expect(try await lab.status(connection).nextStep == .reconnect)
            #expect(try await lab.count("orders") == 100)
            lab.server.renew()
            _ = try await lab.connect()
            try await lab.sync(connection)
            #expect(try await lab.count("orders") == 210)
            #expect(try await lab.status(connection).state == .healthy)
        }
    }

    @Test("a busy host in front of the shop, a broken shop and a cut line are tried again")
    func lines() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            lab.host.inject(
                Fault(.tooMany(retryAfter: 7), on: "/V1/products"), Fault(.error(500), on: "/V1/customers"),
                Fault(.cut, on: "/V1/orders", after: 1))
            try await lab.sync(connection)
            #expect(lab.pauses.all.contains(7))
            #expect(try await lab.count("orders") == 210)
            #expect(try await lab.status(connection).state == .healthy)
        }
    }

    @Test("orders without a total are a changed schema: nothing is overwritten")
    func schema() async throws {
        try await open { lab in
            let connection = try await lab.connect()
            try await lab.sync(connection)
            let now = lab.time.now
            lab.world.change { $0.change(order: 5, at: now) { $0.refundedMinor = $0.totalMinor } }
            try await lab.expectHeld(connection, without: "grand_total", on: "/V1/orders", streams: ["orders"])
        }
    }

    @Test("a wrong secret is refused at connecting, in the shop's words")
    func wrongSecret() async throws {
        try await open { lab in
            var fields = lab.server.fields
            fields["consumer_secret"] = "wrong"
            await #expect(throws: ConnectionError.refused(.reconnect, message: "signature_invalid")) {
                _ = try await lab.service.connect(
                    lab.scope, platform: "magento", methodID: "integration", fields: fields)
            }
        }
    }

    @Test("an error in a reply that says 200 is told in the shop's words, and a list is none")
    func quietFailure() {
        func fault(_ body: JSONValue) -> VendorFault? {
            MagentoConnector().fault(
                in: VendorResponse(status: 200, headers: [:], body: body.bytes, receivedAt: Date()))
        }
        #expect(fault(["message": "Report ID: %1", "parameters": ["x-1"]]) == .retry("Report ID: x-1"))
        #expect(fault(["items": [], "total_count": 0, "message": "none"]) == nil)
    }

    @Test("messages come with their parameters put in")
    func messages() throws {
        func message(_ text: String) throws -> String? {
            MagentoConnector.message(try JSONParser.parse(Array(text.utf8)))
        }
        #expect(
            try message(
                #"{"message":"No such entity with %fieldName = %fieldValue","parameters":{"fieldName":"id","fieldValue":7}}"#
            )
                == "No such entity with id = 7")
        #expect(try message(#"{"message":"Report ID: %1","parameters":["x-1"]}"#) == "Report ID: x-1")
    }
}
