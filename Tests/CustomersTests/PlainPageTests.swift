import Audit
import Foundation
import Tenancy
import Testing
import Vault

@testable import Customers

@Suite("What a customer's page says of sources")
struct PlainPageTests {
    @Test(
        "ids of platforms are shown without their wrapping",
        arguments: [
            ("gid://shopify/Order/5001", "5001"), ("gid://shopify/Customer/7?x=1", "7"),
            ("urn:li:sponsoredCampaign:42", "42"), ("c-1001", "c-1001"), ("a:b", "a:b"),
        ])
    func plain(id: String, wanted: String) { #expect(VendorID.plain(id) == wanted) }

    @Test("an order goes by its own number, else by the plain id, else by none")
    func numbers() async throws {
        try await Shop.open { shop in
            var numbered = Shop.order("gid://shopify/Order/1", of: "gid://shopify/Customer/9", day: 1)
            numbered.number = "#1001"
            let others = [
                Shop.order("gid://shopify/Order/2", of: "gid://shopify/Customer/9", day: 2),
                Shop.order("row:3", of: "gid://shopify/Customer/9", day: 3),
            ]
            let writer = try await shop.load("con_s", as: "shopify", WriteBatch(orders: [numbered] + others))
            let orders = try await shop.directory.orders(OrderQuery())
            #expect(orders.map(\.number) == [nil, "2", "#1001"])
            #expect(orders.map(\.sourceID) == [nil, "gid://shopify/Order/2", "gid://shopify/Order/1"])
            let id = writer.customerID("gid://shopify/Customer/9")
            #expect(try await shop.directory.profile(id).row.name == "9")
        }
    }

    @Test("a ledger entry names the connection that brought it, also of a merged customer; one made here has none")
    func origins() async throws {
        try await Shop.open { shop in
            func consent(_ customer: String, _ source: String) -> ConsentInput {
                ConsentInput(
                    customerExternalID: customer, purpose: .emailMarketing, state: .granted, collectedAt: Shop.day(0),
                    expiresAt: nil, source: source, proof: "hubspot: SUBSCRIBED")
            }
            let store = try await shop.load(
                "con_s", as: "shopify",
                WriteBatch(
                    customers: [Shop.person("s1", email: "ann@mail.example", day: -30)],
                    consents: [consent("s1", "platform")]))
            try await shop.load(
                "con_h", as: "hubspot",
                WriteBatch(
                    customers: [Shop.person("h1", email: "ann@mail.example", day: -3)],
                    consents: [consent("h1", "platform")]))
            let ann = store.customerID("s1")
            try await ConsentLedger(shop.scope, shop.database, audit: .init(database: shop.database), clock: shop.clock)
                .append(
                    ConsentStatementInput(
                        customerID: ann, purpose: .emailMarketing, basis: .consent, state: .withdrawn),
                    source: "person", requestID: "req")
            let ledger = try await shop.directory.ledger(ann)
            #expect(ledger.count == 3)
            let origins = try await shop.directory.origins(of: ledger)
            let named = ledger.map { "\($0.source) \(origins[$0.id]?.platform ?? "-")" }
            #expect(named.sorted() == ["person -", "platform hubspot", "platform shopify"])
        }
    }

    @Test("orders that are told once more are counted as such, with where the others come from")
    func retold() async throws {
        try await Shop.open { shop in
            let crm = CustomerWriter(
                shop.scope, shop.database,
                source: WriteSource(
                    connectionID: "con_crm", platform: "hubspot", label: "CRM", importID: "run", retellsOrders: true),
                keys: shop.keys, clock: shop.clock)
            _ = try await crm.write(WriteBatch(orders: [Shop.order("c1", of: "ann", day: 1)]))
            try await crm.finish()
            func told() async throws -> RetoldOrders? {
                try await CustomerFigures(shop.scope, shop.database).retoldOrders(of: "con_crm")
            }
            let alone = try #require(try await told())
            #expect(alone.isCounted && alone.orders == 1)
            try await shop.load("con_s", as: "shopify", WriteBatch(orders: [Shop.order("1", of: "ann", day: 1)]))
            let beside = try #require(try await told())
            #expect(!beside.isCounted && beside.orders == 1)
            #expect(beside.countedFrom.map(\.connectionID) == ["con_s"])
            let own = try await CustomerFigures(shop.scope, shop.database).retoldOrders(of: "con_s")
            #expect(own == nil)
        }
    }
}
