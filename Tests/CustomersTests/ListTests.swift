import Customers
import Foundation
import Tenancy
import Testing
import Vault

@testable import Customers

@Suite("The list of customers")
struct ListTests {
    static func fill(_ shop: Shop) async throws {
        var orders: [OrderInput] = []
        for customer in 0..<23 {
            for order in 0..<(customer % 4) {
                orders.append(
                    Shop.order("\(customer)-\(order)", of: "c\(customer + 100)", day: Double(customer % 5), amount: 100)
                )
            }
        }
        let idle = (0..<23).map { CustomerInput(externalID: "c\($0 + 100)") }
        _ = try await shop.writer().write(WriteBatch(orders: orders, customers: idle))
        try await shop.writer().finish()
    }

    @Test(
        "pages forwards and back show everybody once, in every order", arguments: CustomerQuery.Order.allCases,
        [true, false])
    func paging(order: CustomerQuery.Order, descending: Bool) async throws {
        try await Shop.open { shop in
            try await Self.fill(shop)
            let directory = CustomerDirectory(shop.scope, shop.database, keys: shop.keys)
            let all = try await directory.page(
                CustomerQuery(order: order, descending: descending, limit: 100), now: shop.time.now
            ).rows.map(\.id)
            #expect(all.count == 23)
            var query = CustomerQuery(order: order, descending: descending, limit: 5)
            var seen: [String] = []
            var pages: [[String]] = []
            var last: CustomerPageOfRows?
            repeat {
                let page = try await directory.page(query, now: shop.time.now)
                #expect(page.offset == seen.count)
                seen += page.rows.map(\.id)
                pages.append(page.rows.map(\.id))
                query.position = page.next
                last = page
            } while query.position != nil
            #expect(seen == all)
            query.position = last?.previous
            let back = try await directory.page(query, now: shop.time.now)
            #expect(back.rows.map(\.id) == pages[pages.count - 2] && back.offset == 15)
        }
    }

    @Test("filters by consent, spend and last order, and counts once a data version")
    func filters() async throws {
        try await Shop.open { shop in
            try await Self.fill(shop)
            let directory = CustomerDirectory(shop.scope, shop.database, keys: shop.keys)
            let now = shop.time.now
            let spenders = CustomerQuery(spentFrom: 300)
            #expect(try await directory.page(spenders, now: now).rows.allSatisfy { $0.spentMinor >= 300 })
            #expect(try await directory.total(spenders, now: now) == 5)
            #expect(try await directory.total(CustomerQuery(), now: now) == 23)
            #expect(try await directory.total(CustomerQuery(consent: .missing), now: now) == 23)
            #expect(try await directory.page(CustomerQuery(consent: .granted), now: now).rows.isEmpty)
            #expect(try await directory.page(CustomerQuery(search: "c10"), now: now).rows.count == 10)
            #expect(try await directory.page(CustomerQuery(search: "c10.*"), now: now).rows.isEmpty)
        }
    }

    @Test("another organization sees nothing of it")
    func tenants() async throws {
        try await Shop.open { shop in
            try await Self.fill(shop)
            let other = try await Shop.organization(shop.memberships, "other")
            let directory = CustomerDirectory(other, shop.database, keys: shop.keys)
            let id = shop.writer().customerID("c103")
            #expect(try await directory.page(CustomerQuery(), now: shop.time.now).rows.isEmpty)
            #expect(try await directory.orders(OrderQuery(customerID: id)).isEmpty)
            await #expect(throws: TenancyError.notFound) { _ = try await directory.profile(id) }
            await #expect(throws: TenancyError.notFound) { _ = try await directory.details(id) }
            let reading = try await CustomerStore(other, shop.database).open(
                purpose: .marketingAnalytics, consentAt: shop.time.now)
            #expect(reading.counts.loaded == 0)
            #expect(try await CustomerFigures(other, shop.database).dataState().customers == 0)
        }
    }
}
