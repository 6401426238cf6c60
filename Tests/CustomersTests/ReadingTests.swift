import Audit
import Customers
import Foundation
import Tenancy
import Testing
import Vault

@testable import Customers

@Suite("Reading customers for a purpose")
struct ReadingTests {
    @Test("whoever has no valid consent is left out and counted")
    func counts() async throws {
        try await Shop.open { shop in
            let people = ["ann", "ben", "cem", "dan", "eve", "fay"]
            let orders = people.enumerated().map { Shop.order("o\($0)", of: $1, day: Double($0)) }
            let writer = shop.writer()
            _ = try await writer.write(
                WriteBatch(
                    orders: orders,
                    consents: [
                        shop.consent("ann"), shop.consent("cem", expires: 300), shop.consent("dan"),
                        shop.consent("dan", .withdrawn, collected: 5),
                        shop.consent("eve", purpose: .emailMarketing),
                        shop.consent("fay", basis: .legitimateInterest, expires: nil),
                        shop.consent("fay", .withdrawn, basis: .legitimateInterest, collected: 5, expires: nil),
                    ]))
            try await writer.finish()
            let reading = try await CustomerStore(shop.scope, shop.database).open(
                purpose: .marketingAnalytics, consentAt: shop.time.now)
            #expect(reading.customers == [writer.customerID("ann")])
            let counts = reading.counts
            #expect(counts.loaded == 6 && counts.used == 1 && counts.excludedMissing == 1)
            #expect(counts.excludedExpired == 1 && counts.excludedWithdrawn == 1)
            #expect(counts.excludedPurpose == 1 && counts.excludedObjection == 1)
            let facts = try await Self.facts(reading, before: shop.time.now)
            #expect(facts.map(\.placedAt) == [Int64(Shop.day(0).timeIntervalSince1970) * 1000])
        }
    }

    @Test("facts come by customer and time, without test, cancelled and later orders")
    func facts() async throws {
        try await Shop.open { shop in
            let writer = shop.writer(statement: shop.statement())
            _ = try await writer.write(
                WriteBatch(orders: [
                    Shop.order("1", of: "ann", day: 9, amount: 3), Shop.order("2", of: "ann", day: 1, amount: 2),
                    Shop.order("3", of: "ann", day: 1, amount: 1), Shop.order("4", of: "ben", day: 2, amount: 4),
                    Shop.order("5", of: "ben", day: 3, status: .cancelled),
                    Shop.order("6", of: "ben", day: 4, test: true),
                    Shop.order("7", of: "ben", day: 5, currency: "EUR"), Shop.order("8", of: "ben", day: 50),
                ]))
            try await writer.finish()
            let reading = try await CustomerStore(shop.scope, shop.database).open(
                purpose: .marketingAnalytics, consentAt: shop.time.now)
            var facts: [OrderFact] = []
            var excluded = OrderExclusions()
            for try await batch in reading.orderFacts(before: Shop.day(20), batchSize: 2) {
                facts += batch.facts
                excluded += batch.excluded
            }
            let ann = reading.customers.firstIndex(of: writer.customerID("ann"))
            #expect(facts.filter { Int($0.customer) == ann }.map(\.amountMinor) == [1, 2, 3])
            let ben = facts.filter { Int($0.customer) != ann }
            #expect(ben.map(\.amountMinor) == [4, nil], "an order without a rate counts, its amount does not")
            #expect(excluded.test == 1 && excluded.cancelled == 1 && excluded.unconverted == 1)
        }
    }

    @Test("a withdrawal during a run is found before publishing, and changes the hash")
    func recheck() async throws {
        try await Shop.open { shop in
            let writer = shop.writer(statement: shop.statement())
            _ = try await writer.write(
                WriteBatch(orders: [Shop.order("1", of: "ann", day: 0), Shop.order("2", of: "ben", day: 1)]))
            try await writer.finish()
            let store = CustomerStore(shop.scope, shop.database)
            let reading = try await store.open(purpose: .marketingAnalytics, consentAt: shop.time.now)
            #expect(try await store.recheck(reading, at: shop.time.now).lost.isEmpty)
            let ann = writer.customerID("ann")
            shop.time.advance(by: 60)
            try await ConsentLedger(
                shop.scope, shop.database, audit: AuditLog(database: shop.database), clock: shop.clock
            ).append(
                ConsentStatementInput(customerID: ann, purpose: .marketingAnalytics, state: .withdrawn), source: "api",
                requestID: "req")
            let check = try await store.recheck(reading, at: shop.time.now)
            #expect(check.lost == [ann] && check.counts.used == 1 && check.counts.excludedWithdrawn == 1)
            #expect(check.snapshotHash != reading.consentHash)
        }
    }

    @Test("the importer's statement never overrules a person who said no")
    func statementYields() async throws {
        try await Shop.open { shop in
            let first = shop.writer("imp_1")
            _ = try await first.write(
                WriteBatch(
                    orders: [Shop.order("1", of: "ann", day: 0), Shop.order("2", of: "ben", day: 1)],
                    consents: [shop.consent("ann", .withdrawn, collected: nil, expires: nil)]))
            try await first.finish()
            let second = shop.writer("imp_2", statement: shop.statement())
            let counts = try await second.write(
                WriteBatch(orders: [Shop.order("1", of: "ann", day: 0), Shop.order("2", of: "ben", day: 1)]))
            #expect(counts.consentsNew == 1 && counts.consentsKeptOut == 1)
            try await second.finish()
            let third = shop.writer("imp_3", statement: shop.statement())
            let again = try await third.write(WriteBatch(orders: [Shop.order("2", of: "ben", day: 1)]))
            #expect(again.consentsNew == 0)
        }
    }

    static func facts(_ reading: PurposeReading, before: Date) async throws -> [OrderFact] {
        var facts: [OrderFact] = []
        for try await batch in reading.orderFacts(before: before) { facts += batch.facts }
        return facts
    }
}
