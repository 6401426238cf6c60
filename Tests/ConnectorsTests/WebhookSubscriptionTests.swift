import BSON
import Connectors
import FaultLab
import Foundation
import Jobs
import Records
import Testing
import Vault
import VendorServers
import Web

/// Addresses are registered at the vendor when a connection is made, looked after, and taken away at its end.
@Suite struct WebhookSubscriptionTests {
    @Test("BigCommerce: hooks with our header, woken when they sleep, taken away at the end")
    func bigCommerce() async throws {
        try await WebhookLab.open(BigCommerceConnector(), BigCommerceServer.self) { lab in
            let connection = try await lab.connect()
            let hooks = lab.server.book.hooks.all
            #expect(hooks.count == 6)
            let address = try #require(hooks.first?.address)
            #expect(hooks.allSatisfy { $0.address == address && $0.headers["X-Hook-Secret"]?.count ?? 0 > 20 })
            #expect(try await lab.registration(connection)?.state == .registered)
            try await lab.expectNews(of: 2, at: address)

            // Signed well, and without what only the hook knows.
            var bare = try #require(lab.server.webhook(customer: 3, url: address))
            bare.headers.removeAll { $0.name == "X-Hook-Secret" }
            #expect(try await lab.deliver(bare, to: address) == 401)

            lab.server.book.hooks.deactivateAll()
            lab.time.advance(by: 86_400 + 60)
            #expect(try await lab.service.enqueueWebhookChecks(lab.scope) == 1)
            await lab.work()
            #expect(lab.server.book.hooks.all.allSatisfy { $0.isActive })
            #expect(lab.server.book.hooks.all.count == 6)

            try await lab.service.disconnect(lab.scope, connection.id, erasesData: false)
            #expect(lab.server.book.hooks.all.isEmpty)
            #expect(try await lab.deliver(bare, to: address) == 404)
        }
    }

    @Test("BigCommerce: two secrets while one is replaced, and none of the old after a day")
    func rotation() async throws {
        try await WebhookLab.open(BigCommerceConnector(), BigCommerceServer.self) { lab in
            let connection = try await lab.connect()
            let address = try #require(lab.server.book.hooks.all.first?.address)
            let old = try #require(lab.server.webhook(customer: 1, url: address))
            try await lab.service.renewWebhookSecret(lab.scope, connection.id)
            await lab.work()
            let new = try #require(lab.server.webhook(customer: 2, url: address))
            func secret(_ signed: SignedDelivery) -> String? {
                signed.headers.first { $0.name == "X-Hook-Secret" }?.value
            }
            #expect(secret(old) != secret(new))
            #expect(lab.server.book.hooks.all.count == 6)
            #expect(try await lab.deliver(old, to: address) == 200)
            #expect(try await lab.deliver(new, to: address) == 200)
            lab.time.advance(by: 86_400 + 60)
            var late = try #require(lab.server.webhook(customer: 3, url: address))
            late.headers.removeAll { $0.name == "X-Hook-Secret" }
            late.headers.append((name: "X-Hook-Secret", value: secret(old) ?? ""))
            #expect(try await lab.deliver(late, to: address) == 401)
        }
    }

    @Test("WooCommerce: a webhook for each topic with our own secret, enabled again after failures")
    func wooCommerce() async throws {
        try await WebhookLab.open(WooCommerceConnector(), WooCommerceServer.self) { lab in
            let connection = try await lab.connect()
            let hooks = lab.server.book.hooks.all
            #expect(hooks.count == 11)
            #expect(Set(hooks.map(\.secret)).count == 1)
            #expect(hooks.first?.secret != WooCommerceServer.webhookSecret)
            let address = try #require(hooks.first?.address)
            try await lab.expectNews(of: 2, at: address)
            lab.server.book.hooks.deactivateAll()
            lab.time.advance(by: 86_400 + 60)
            try await lab.service.enqueueWebhookChecks(lab.scope)
            await lab.work()
            #expect(lab.server.book.hooks.all.count == 11)
            #expect(lab.server.book.hooks.all.allSatisfy { $0.isActive })
            try await lab.service.disconnect(lab.scope, connection.id, erasesData: true)
            #expect(lab.server.book.hooks.all.isEmpty)
        }
    }

    @Test("Stripe: one endpoint whose secret is the vendor's; another secret is another endpoint")
    func stripe() async throws {
        try await WebhookLab.open(StripeConnector(), StripeServer.self) { lab in
            let connection = try await lab.connect(method: "key")
            let first = try #require(lab.server.book.hooks.all.first)
            #expect(lab.server.book.hooks.all.count == 1)
            #expect(first.topics.contains("customer.updated"))
            let news = try #require(lab.server.webhook(customer: 1, url: first.address))
            #expect(try await lab.deliver(news, to: first.address, altered: [0x20]) == 401)
            #expect(try await lab.deliver(news, to: first.address, late: 400) == 401)
            #expect(try await lab.deliver(news, to: first.address, late: -400) == 401)
            #expect(try await lab.deliver(news, to: first.address) == 200)
            #expect(try await lab.securityEvents() == 3)
            try await lab.service.renewWebhookSecret(lab.scope, connection.id)
            await lab.work()
            let second = try #require(lab.server.book.hooks.all.first)
            #expect(lab.server.book.hooks.all.count == 1)
            #expect(second.id != first.id && second.secret != first.secret && second.address == first.address)
            let later = try #require(lab.server.webhook(customer: 2, url: second.address))
            #expect(try await lab.deliver(later, to: second.address) == 200)
            try await lab.service.disconnect(lab.scope, connection.id, erasesData: false)
            #expect(lab.server.book.hooks.all.isEmpty)
        }
    }

    @Test("Square: the application's subscription with the vendor's key")
    func square() async throws {
        try await WebhookLab.open(SquareConnector(), SquareServer.self) { lab in
            let connection = try await lab.connect(method: "token")
            let hook = try #require(lab.server.book.hooks.all.first)
            #expect(lab.server.book.hooks.all.count == 1)
            try await lab.expectNews(of: 4, at: hook.address)
            try await lab.service.disconnect(lab.scope, connection.id, erasesData: false)
            #expect(lab.server.book.hooks.all.isEmpty)
        }
    }

    @Test("Shopify: a subscription for each topic, none twice, none left")
    func shopify() async throws {
        try await WebhookLab.open(ShopifyConnector(), ShopifyServer.self) { lab in
            let connection = try await lab.connect()
            let hooks = lab.server.book.hooks.all
            #expect(hooks.count == 11)
            let address = try #require(hooks.first?.address)
            lab.time.advance(by: 86_400 + 60)
            lab.server.book.hooks.remove(hooks[3].id)
            try await lab.service.enqueueWebhookChecks(lab.scope)
            await lab.work()
            #expect(Set(lab.server.book.hooks.all.flatMap(\.topics)) == Set(hooks.flatMap(\.topics)))
            #expect(lab.server.book.hooks.all.count == 11)
            try await lab.expectNews(of: 5, at: address)
            try await lab.service.disconnect(lab.scope, connection.id, erasesData: false)
            #expect(lab.server.book.hooks.all.isEmpty)
        }
    }

    @Test("Klaviyo: apps have a webhook with our key, private keys have none")
    func klaviyo() async throws {
        try await WebhookLab.open(KlaviyoConnector(), KlaviyoServer.self) { lab in
            let connection = try await lab.connect(method: "oauth")
            let hook = try #require(lab.server.book.hooks.all.first)
            #expect(hook.topics.contains("event:klaviyo.opened_email"))
            let news = try #require(lab.server.webhook(customer: 1, url: hook.address))
            #expect(try await lab.deliver(news, to: hook.address, altered: [0x20]) == 401)
            #expect(try await lab.deliver(news, to: hook.address) == 200)
            try await lab.service.disconnect(lab.scope, connection.id, erasesData: false)
            #expect(lab.server.book.hooks.all.isEmpty)
        }
        try await WebhookLab.open(KlaviyoConnector(), KlaviyoServer.self) { lab in
            let connection = try await lab.connect(method: "key")
            #expect(lab.server.book.hooks.all.isEmpty)
            #expect(try await lab.registration(connection) == nil)
        }
    }

    @Test("a vendor that refuses leaves the connection well, with its words and another try")
    func refused() async throws {
        try await WebhookLab.open(BigCommerceConnector(), BigCommerceServer.self) { lab in
            lab.host.inject(Fault(.error(403), on: "/v3/hooks", times: 1))
            let connection = try await lab.connect()
            let failed = try #require(try await lab.registration(connection))
            #expect(failed.state == .failed)
            #expect(failed.problem?.isEmpty == false)
            #expect(try await lab.service.detail(lab.scope, connection.id).status.state == .healthy)
            lab.time.advance(by: 7 * 3600)
            try await lab.service.enqueueWebhookChecks(lab.scope)
            await lab.work()
            #expect(try await lab.registration(connection)?.state == .registered)
            #expect(lab.server.book.hooks.all.count == 6)
        }
    }

    @Test("nothing is registered while nobody can reach us")
    func unreachable() async throws {
        try await Lab.open(BigCommerceConnector(), BigCommerceServer.self) { lab in
            let connection = try await lab.connect()
            await lab.bench.worker().workOff()
            #expect(lab.server.book.hooks.all.isEmpty)
            #expect(try await lab.service.get(lab.scope, connection.id).webhooks == nil)
        }
    }
}
