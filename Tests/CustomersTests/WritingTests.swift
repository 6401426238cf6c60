import BSON
import Customers
import Foundation
import Mongo
import Tenancy
import Testing
import Vault

@testable import Customers

@Suite("Writing customers and orders")
struct WritingTests {
    static let orders = [
        Shop.order("1", of: "ann", day: 0, amount: 1000), Shop.order("2", of: "ann", day: 10, amount: 500),
        Shop.order("3", of: "ben", day: 3, amount: 700), Shop.order("4", of: "ben", day: 4, amount: 900, test: true),
        Shop.order("5", of: "cem", day: 5, amount: 400, status: .cancelled),
    ]

    @Test("counters leave out test and cancelled orders")
    func counters() async throws {
        try await Shop.open { shop in
            let writer = shop.writer()
            let counts = try await writer.write(WriteBatch(orders: Self.orders))
            #expect(counts.ordersNew == 5 && counts.customersNew == 3)
            let state = try await writer.finish()
            #expect(state.customers == 3 && state.buyers == 2)
            #expect(state.orders == 3 && state.revenueMinor == 2200)
            #expect(state.testOrders == 1 && state.cancelledOrders == 1)
            let directory = CustomerDirectory(shop.scope, shop.database, keys: shop.keys)
            let ann = try await directory.profile(writer.customerID("ann")).row
            #expect(ann.orders == 2 && ann.spentMinor == 1500)
            #expect(ann.firstOrderAt == Shop.day(0) && ann.lastOrderAt == Shop.day(10))
            let cem = try await directory.profile(writer.customerID("cem")).row
            #expect(cem.orders == 0 && cem.lastOrderAt == nil)
        }
    }

    @Test("writing the same batch again changes nothing")
    func idempotent() async throws {
        try await Shop.open { shop in
            _ = try await shop.writer("imp_1").write(WriteBatch(orders: Self.orders))
            let first = try await shop.writer("imp_1").finish()
            let again = shop.writer("imp_2")
            let counts = try await again.write(WriteBatch(orders: Self.orders))
            #expect(counts.ordersNew == 0 && counts.ordersUnchanged == 5 && counts.customersNew == 0)
            let second = try await again.finish()
            #expect(second.orders == first.orders && second.revenueMinor == first.revenueMinor)
            #expect(try await again.summary() == ImportSummary())
        }
    }

    @Test("what a source says no more of an order is no longer stored")
    func unsaid() async throws {
        try await Shop.open { shop in
            var full = Shop.order("1", of: "ann", day: 0, amount: 1000, test: true)
            full.discountMinor = 50
            full.taxMinor = 7
            full.shippingMinor = 9
            (full.number, full.sourceName) = ("#1", "web")
            (full.utmSource, full.utmMedium, full.utmCampaign) = ("mail", "email", "spring")
            full.lines = [OrderLine(product: "p", quantity: 1, amountMinor: 950)]
            let plain = Shop.order("1", of: "ann", day: 0, amount: 1000)
            _ = try await shop.writer("imp_1").write(WriteBatch(orders: [full]))
            _ = try await shop.writer("imp_2").write(WriteBatch(orders: [plain]))
            let orders = shop.database.collection("orders")
            let left = try #require(try await orders.find([:]).first)
            _ = try await orders.delete([:])
            _ = try await shop.writer("imp_2").write(WriteBatch(orders: [plain]))
            let written = try #require(try await orders.find([:]).first)
            #expect(Set(left.keys).subtracting(["updated_import_id"]) == Set(written.keys))
            let state = try await shop.writer("imp_2").finish()
            #expect(state.orders == 1 && state.testOrders == 0)
        }
    }

    @Test("a batch repeated by the same import, as after a crash, counts the same")
    func resumed() async throws {
        try await Shop.open { shop in
            let first = try await shop.writer().write(WriteBatch(orders: Self.orders))
            let again = try await shop.writer().write(WriteBatch(orders: Self.orders))
            #expect(again.ordersNew == first.ordersNew && again.ordersUnchanged == 0)
            #expect(try await shop.writer().summary().ordersNew == 5)
        }
    }

    @Test("what an import remembers of itself is what the store says of it", arguments: [false, true])
    func traces(afterCrash: Bool) async throws {
        try await Shop.open { shop in
            _ = try await shop.writer("imp_1", isWhole: true).write(WriteBatch(orders: Self.orders))
            try await shop.writer("imp_1").finish()
            let changed = [
                Shop.order("1", of: "dan", day: 20, amount: 1000), Shop.order("2", of: "ann", day: 10, amount: 500),
                Shop.order("6", of: "ben", day: 2, amount: 300),
            ]
            if afterCrash { _ = try await shop.writer("imp_2").write(WriteBatch(orders: changed)) }
            let remembering = shop.writer("imp_2", isWhole: true)
            let asking = shop.writer("imp_2")
            _ = try await remembering.write(WriteBatch(orders: changed))
            let touched = try await remembering.touchedCustomers()
            #expect(touched == ["ann", "ben", "dan"].map(asking.customerID).sorted())
            #expect(try await asking.touchedCustomers() == touched)
            #expect(try await remembering.range() == Shop.day(0)...Shop.day(20))
            #expect(try await asking.range() == Shop.day(0)...Shop.day(20))
            let state = try await remembering.finish()
            #expect(state.orders == 4 && state.buyers == 3 && state.lastOrderAt == Shop.day(20))
        }
    }

    @Test("an order that changed is updated, and undoing the import puts the old one back")
    func updateAndUndo() async throws {
        try await Shop.open { shop in
            _ = try await shop.writer("imp_1").write(WriteBatch(orders: Self.orders))
            let before = try await shop.writer("imp_1").finish()
            let second = shop.writer("imp_2")
            let counts = try await second.write(
                WriteBatch(orders: [
                    Shop.order("1", of: "ann", day: 0, amount: 5000), Shop.order("9", of: "dan", day: 9, amount: 100),
                ]))
            #expect(counts.ordersUpdated == 1 && counts.ordersNew == 1)
            let changed = try await second.finish()
            #expect(changed.revenueMinor == before.revenueMinor + 4000 + 100 && changed.customers == 4)
            let removed = try await shop.writer("imp_2").undo()
            #expect(removed.ordersNew == 1 && removed.ordersUpdated == 1)
            let after = try await CustomerFigures(shop.scope, shop.database).dataState()
            #expect(after.revenueMinor == before.revenueMinor && after.customers == before.customers)
            #expect(after.orders == before.orders)
        }
    }

    @Test("an order that moves to another day and person leaves neither behind")
    func moved() async throws {
        try await Shop.open { shop in
            _ = try await shop.writer("imp_1").write(WriteBatch(orders: Self.orders))
            try await shop.writer("imp_1").finish()
            let writer = shop.writer("imp_2")
            _ = try await writer.write(WriteBatch(orders: [Shop.order("2", of: "ben", day: 30, amount: 500)]))
            let state = try await writer.finish()
            #expect(state.orders == 3 && state.revenueMinor == 2200)
            let directory = CustomerDirectory(shop.scope, shop.database, keys: shop.keys)
            let ann = try await directory.profile(writer.customerID("ann")).row
            #expect(ann.orders == 1 && ann.spentMinor == 1000 && ann.lastOrderAt == Shop.day(0))
            let days = try await TenantCollection<OrderDay>(shop.scope, shop.database).find()
            #expect(days.filter { $0.orders > 0 }.count == 3)
            _ = try await shop.writer("imp_2").undo()
            let before = try await directory.profile(writer.customerID("ann")).row
            #expect(before.orders == 2 && before.lastOrderAt == Shop.day(10))
            let restored = try await TenantCollection<OrderDay>(shop.scope, shop.database).find()
            #expect(restored.reduce(0) { $0 + $1.orders } == 3)
            #expect(restored.contains { $0.day == "2025-01-11" && $0.orders == 1 })
        }
    }

    @Test("a file that is mostly known already is still written rightly, batch after batch")
    func mostlyKnown() async throws {
        try await Shop.open { shop in
            let first = (0..<40).map { Shop.order("\($0)", of: "c\($0 % 7)", day: Double($0)) }
            _ = try await shop.writer("imp_1").write(WriteBatch(orders: first))
            try await shop.writer("imp_1").finish()
            let writer = shop.writer("imp_2")
            var counts = try await writer.write(WriteBatch(orders: Array(first[..<20])))
            #expect(counts.ordersNew == 0 && counts.ordersUnchanged == 20)
            let more = (40..<45).map { Shop.order("\($0)", of: "c9", day: Double($0)) }
            counts = try await writer.write(WriteBatch(orders: Array(first[20...]) + more))
            #expect(counts.ordersNew == 5 && counts.ordersUnchanged == 20)
            #expect(try await writer.finish().orders == 45)
        }
    }

    @Test("undoing the first import leaves nothing but the empty state")
    func undoAll() async throws {
        try await Shop.open { shop in
            let writer = shop.writer(statement: shop.statement())
            _ = try await writer.write(WriteBatch(orders: Self.orders))
            try await writer.finish()
            _ = try await shop.writer().undo()
            let state = try await CustomerFigures(shop.scope, shop.database).dataState()
            #expect(state.customers == 0 && state.orders == 0 && state.revenueMinor == 0)
            #expect(try await TenantCollection<OrderDay>(shop.scope, shop.database).count() == 0)
            #expect(try await TenantCollection<ConsentRecord>(shop.scope, shop.database).count() == 0)
        }
    }

    @Test("two writers at once on the same customers lose and double nothing")
    func concurrent() async throws {
        try await Shop.open { shop in
            let orders = (0..<400).map { Shop.order("o\($0)", of: "c\($0 % 7)", day: Double($0 % 30), amount: 100) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for half in 0..<4 {
                    let writer = shop.writer("imp_\(half % 2)")
                    let portion = Array(orders[(half * 60)..<min(400, half * 60 + 220)])
                    group.addTask {
                        _ = try await writer.write(WriteBatch(orders: portion))
                        try await writer.finish()
                    }
                }
                try await group.waitForAll()
            }
            let state = try await shop.writer("imp_0").finish()
            #expect(state.orders == 400 && state.revenueMinor == 40_000 && state.customers == 7)
        }
    }

    @Test("an address used as id is kept as a token, sealed and masked")
    func addresses() async throws {
        try await Shop.open { shop in
            let writer = shop.writer()
            _ = try await writer.write(WriteBatch(orders: [Shop.order("1", of: "Ann@Example.com", day: 0)]))
            try await writer.finish()
            let directory = CustomerDirectory(shop.scope, shop.database, keys: shop.keys)
            let id = writer.customerID("ann@example.com")
            let profile = try await directory.profile(id)
            #expect(profile.row.name == "A…@Example.com" && profile.row.externalID.hasPrefix("tok_"))
            #expect(try await directory.details(id).email == "Ann@Example.com")
            let found = try await directory.page(CustomerQuery(search: "ANN@example.com"), now: shop.time.now)
            #expect(found.rows.map(\.id) == [id])
        }
    }

    @Test("amounts in another currency are kept, counted and never added up")
    func currencies() async throws {
        try await Shop.open { shop in
            let writer = shop.writer(statement: shop.statement())
            _ = try await writer.write(
                WriteBatch(orders: [
                    Shop.order("1", of: "ann", day: 0, amount: 1000),
                    Shop.order("2", of: "ann", day: 1, amount: 900, currency: "EUR"),
                ]))
            let state = try await writer.finish()
            #expect(state.orders == 2 && state.revenueMinor == 1000 && state.unconvertedOrders == 1)
        }
    }

    @Test("days, weeks and as-of follow the organization's zone")
    func zones() async throws {
        try await Shop.open(timeZone: "America/New_York") { shop in
            let late = OrderInput(
                externalID: "1", customerExternalID: "ann", placedAt: Date(timeIntervalSince1970: 1_735_786_800),
                amountMinor: 100, currency: "USD")
            _ = try await shop.writer().write(WriteBatch(orders: [late]))
            let state = try await shop.writer().finish()
            let days = try await TenantCollection<OrderDay>(shop.scope, shop.database).find()
            #expect(days.map(\.day) == ["2025-01-01"])
            #expect(state.completeUntil == Date(timeIntervalSince1970: 1_735_794_000))
            let weeks = try await CustomerFigures(shop.scope, shop.database).weekly(weeks: 2)
            #expect(weeks.weeks.last?.orders == 1 && weeks.weeks.last?.day == "2024-12-30")
            #expect(weeks.previous.count == 2)
        }
    }
}
