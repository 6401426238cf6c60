import BSON
import Connectors
import Foundation
import Records
import Testing
import VendorServers
import Web

/// PayPal is asked whether it sent what came; only then it counts.
@Suite struct PayPalWebhookTests {
    @Test("registered, believed only after PayPal said so, taken away")
    func lifecycle() async throws {
        try await WebhookLab.open(PayPalConnector(), PayPalServer.self) { lab in
            let connection = try await lab.connect()
            let hook = try #require(lab.server.book.hooks.all.first)
            #expect(try await lab.registration(connection)?.ids == [hook.id])
            // A subscription that no transaction names.
            let row = lab.server.subscriptionRow("I-SUB7")
            let event = lab.server.delivery("BILLING.SUBSCRIPTION.ACTIVATED", row, id: "WH-1", to: hook.address)
            let before = try await lab.lab.count("billing_subscriptions")
            #expect(try await lab.deliver(event, to: hook.address) == 200)
            #expect(try await lab.lab.count("billing_subscriptions") == before)
            await lab.work()
            #expect(try await lab.lab.count("billing_subscriptions") == before + 1)
            let stored = try await lab.lab.rows("billing_subscriptions", ["external_id": "I-SUB7"])
            #expect(stored.first?["status"]?.stringValue == "active")

            // The same again, and the same event in another transmission.
            #expect(try await lab.deliver(event, to: hook.address) == 200)
            await lab.work()
            #expect(try await lab.lab.count("webhook_events", ["vendor_event_id": "WH-1"]) == 1)

            try await lab.service.disconnect(lab.scope, connection.id, erasesData: false)
            #expect(lab.server.book.hooks.all.isEmpty)
        }
    }

    @Test("altered, late, early and unsigned ones have no effect; a false one does not stand in the true one's way")
    func refused() async throws {
        try await WebhookLab.open(PayPalConnector(), PayPalServer.self) { lab in
            _ = try await lab.connect()
            let address = try #require(lab.server.book.hooks.all.first?.address)
            let before = try await lab.lab.count("billing_subscriptions")
            let event = lab.server.delivery(
                "BILLING.SUBSCRIPTION.ACTIVATED", lab.server.subscriptionRow("I-SUB8"), id: "WH-2", to: address)

            // Four days old, from tomorrow, without a signature.
            #expect(try await lab.deliver(event, to: address, late: 4 * 86_400) == 401)
            #expect(try await lab.deliver(event, to: address, late: -86_400) == 401)
            var unsigned = event
            unsigned.headers.removeAll { $0.name == "PAYPAL-TRANSMISSION-SIG" }
            #expect(try await lab.deliver(unsigned, to: address) == 401)
            #expect(try await lab.securityEvents() == 3)

            // Altered: answered at once, asked about, dropped.
            var altered = event
            altered.body = Array(
                String(decoding: event.body, as: UTF8.self).replacing("I-SUB8", with: "I-SUB9").utf8)
            #expect(try await lab.deliver(altered, to: address) == 200)
            await lab.work()
            #expect(try await lab.lab.count("billing_subscriptions") == before)
            #expect(try await lab.securityEvents() == 4)
            #expect(try await lab.lab.count("webhook_events", ["status": "refused"]) == 1)

            // The true one with the same id.
            #expect(try await lab.deliver(event, to: address) == 200)
            await lab.work()
            #expect(try await lab.lab.count("billing_subscriptions", ["external_id": "I-SUB8"]) == 1)
            #expect(try await lab.lab.count("billing_subscriptions", ["external_id": "I-SUB9"]) == 0)
        }
    }

    @Test("an older event after a newer one changes nothing")
    func order() async throws {
        try await WebhookLab.open(PayPalConnector(), PayPalServer.self) { lab in
            _ = try await lab.connect()
            let address = try #require(lab.server.book.hooks.all.first?.address)
            func event(_ status: String, _ type: String, at seconds: TimeInterval) -> SignedDelivery {
                let row = lab.server.subscriptionRow(
                    "I-SUB9", status: status, updatedAt: lab.time.now.addingTimeInterval(seconds))
                return lab.server.delivery("BILLING.SUBSCRIPTION.\(type)", row, id: "WH-\(type)", to: address)
            }
            try await lab.deliver(event("CANCELLED", "CANCELLED", at: -10), to: address)
            await lab.work()
            try await lab.deliver(event("ACTIVE", "ACTIVATED", at: -500), to: address)
            await lab.work()
            let stored = try await lab.lab.rows("billing_subscriptions", ["external_id": "I-SUB9"])
            #expect(stored.first?["status"]?.stringValue == "canceled")
        }
    }
}
