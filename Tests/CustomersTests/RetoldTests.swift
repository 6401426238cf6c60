import Foundation
import Tenancy
import Testing
import Vault

@testable import Customers

/// A CRM tells the shop's orders once more.
@Suite("An order counts once")
struct RetoldTests {
    private static func crm(_ shop: Shop, _ importID: String) -> CustomerWriter {
        CustomerWriter(
            shop.scope, shop.database,
            source: WriteSource(
                connectionID: "con_crm", platform: "hubspot", label: "CRM", importID: importID, retellsOrders: true),
            keys: shop.keys, clock: shop.clock)
    }

    private static func tell(_ writer: CustomerWriter, days: [Double]) async throws {
        _ = try await writer.write(
            WriteBatch(
                orders: days.map { Shop.order("crm-\($0)", of: "crm-ann", day: $0, amount: 700) },
                customers: [Shop.person("crm-ann", email: "ann@shop.example")]))
        try await writer.finish()
    }

    private struct Figures: Equatable {
        var orders: Int
        var revenue: Int64
        var ofAnn: [Int]
        var facts: Int
        var left: Int?
    }

    private static func figures(_ shop: Shop) async throws -> Figures {
        let totals = try await CustomerFigures(shop.scope, shop.database).totals()
        let rows = try await shop.directory.page(CustomerQuery(limit: 10), now: shop.time.now).rows
        let reading = try await CustomerStore(shop.scope, shop.database)
            .open(purpose: .marketingAnalytics, consentAt: shop.time.now)
        var facts = 0
        var excluded = OrderExclusions()
        for try await batch in reading.orderFacts(before: shop.time.now) {
            facts += batch.facts.count
            excluded += batch.excluded
        }
        return Figures(
            orders: totals.orders, revenue: totals.revenueMinor, ofAnn: rows.map(\.orders), facts: facts,
            left: excluded.retold)
    }

    @Test("what a CRM retells counts only while no other source has orders, and is shown as such")
    func once() async throws {
        try await Shop.open { shop in
            let consent = WriteBatch(consents: [shop.consent("crm-ann")])
            let first = Self.crm(shop, "run_1")
            _ = try await first.write(consent)
            try await Self.tell(first, days: [10, 40])
            #expect(
                try await Self.figures(shop)
                    == Figures(orders: 2, revenue: 1400, ofAnn: [2], facts: 2, left: nil))

            try await shop.load(
                "con_shop", as: "shopify",
                WriteBatch(
                    orders: [10, 40, 70].map { Shop.order("o-\($0)", of: "ann", day: $0, amount: 1000) },
                    customers: [Shop.person("ann", email: "ann@shop.example")],
                    consents: [shop.consent("ann")]))
            let joined = Figures(orders: 3, revenue: 3000, ofAnn: [3], facts: 3, left: 2)
            #expect(try await Self.figures(shop) == joined)

            try await Self.tell(Self.crm(shop, "run_2"), days: [70])
            #expect(try await Self.figures(shop) == Figures(orders: 3, revenue: 3000, ofAnn: [3], facts: 3, left: 3))
            let ann = try #require(try await shop.listed().first)
            let told = try await shop.directory.orders(OrderQuery(customerID: ann))
            #expect(told.count == 6 && told.count { $0.isRetold } == 3)
            #expect(told.allSatisfy { $0.isRetold == ($0.connectionID == "con_crm") })

            try await shop.source("con_shop", "shopify").removeAll()
            let left = try await Self.figures(shop)
            #expect(left.orders == 3 && left.revenue == 2100 && left.ofAnn == [3] && left.facts == 3)
        }
    }
}
