import Customers
import Foundation
import Learning
import Testing

@testable import Demo

@Suite("The demo shop's generator")
struct DemoGeneratorTests {
    static let noon = Date(timeIntervalSince1970: 1_795_280_400)  // 2026-11-21 12:00 in New York
    static let midnight = Date(timeIntervalSince1970: 1_795_237_200)
    static let shop = DemoGenerator(asOf: noon).make()

    @Test("the same seed and day give the same shop, whatever the hour")
    func deterministic() {
        #expect(DemoGenerator(asOf: Self.midnight).make() == Self.shop)
        #expect(DemoGenerator(asOf: Self.noon.addingTimeInterval(11 * 3600)).make() == Self.shop)
        #expect(DemoGenerator(seed: 7, asOf: Self.noon).make() != Self.shop)
        #expect(DemoGenerator(asOf: Self.noon.addingTimeInterval(13 * 3600)).make() != Self.shop)
        #expect(DemoGenerator(asOf: Self.noon, customers: 40).make().customers == Array(Self.shop.customers.prefix(40)))
    }

    @Test("about 5,000 customers and 60,000 orders over 18 months, nothing after the present day began")
    func size() {
        #expect(Self.shop.customers.count == 5_000)
        #expect((52_000...72_000).contains(Self.shop.orderCount))
        let times = Self.shop.customers.flatMap { $0.orders.map(\.placedAt) }
        #expect(times.allSatisfy { $0 < Self.midnight })
        #expect(times.allSatisfy { $0 > Self.midnight.addingTimeInterval(-550 * 86_400) })
        #expect(Set(Self.shop.customers.flatMap { $0.orders.map(\.externalID) }).count == Self.shop.orderCount)
        #expect(
            Self.shop.customers.allSatisfy {
                zip($0.orders, $0.orders.dropFirst()).allSatisfy { $0.placedAt <= $1.placedAt }
            })
    }

    @Test("every kind of customer is planted in its share and behaves like it")
    func kinds() {
        for kind in DemoKind.allCases {
            let members = Self.shop.customers.filter { $0.kind == kind }
            #expect(abs(Double(members.count) / 5_000 - kind.share) < 0.03)
            let lastOrders = members.compactMap { $0.orders.last?.placedAt }
            let quiet = lastOrders.map { Self.midnight.timeIntervalSince($0) / 86_400 }.sorted()
            switch kind {
            case .loyal: #expect(quantile(quiet, 0.5) < 25)
            case .slipping: #expect((25...130).contains(quantile(quiet, 0.5)))
            case .gone: #expect(quantile(quiet, 0.05) > 140)
            case .new:
                #expect(
                    members.allSatisfy { $0.orders.first.map { $0.placedAt > Self.midnight - 46 * 86_400 } ?? true })
            case .occasional: #expect(members.reduce(0) { $0 + $1.orders.count } < members.count * 6)
            case .contact: #expect(quiet.isEmpty)
            }
        }
    }

    @Test("refunds, cancelled and test orders, discounts and every gap in consent are there, each a minority")
    func faults() {
        let orders = Self.shop.customers.flatMap(\.orders)
        for (share, holds) in [
            (0.03, { $0.status == .cancelled }), (0.04, { $0.status == .refunded }),
            (0.05, { $0.status == .partiallyRefunded }), (0.01, { $0.test }), (0.25, { $0.discountMinor > 0 }),
        ] as [(Double, (OrderInput) -> Bool)] {
            let count = orders.count(where: holds)
            #expect(count > 0 && Double(count) < share * Double(orders.count))
        }
        #expect(orders.allSatisfy { $0.amountMinor > 0 && $0.refundedMinor <= $0.amountMinor })
        var standings: [ConsentStanding: Int] = [:]
        for customer in Self.shop.customers {
            let verdict = ConsentRule.verdict(
                customer.consents.map {
                    .init(
                        purpose: $0.purpose, basis: $0.basis, state: $0.state, collectedAt: $0.collectedAt,
                        expiresAt: $0.expiresAt)
                }, purpose: .marketingAnalytics, at: Self.midnight)
            standings[verdict.standing, default: 0] += 1
        }
        #expect(Set(standings.keys) == Set(ConsentStanding.allCases))
        #expect((0.78...0.90).contains(Double(standings[.granted, default: 0]) / 5_000))
    }

    @Test("weeks and holidays show in the orders")
    func seasons() {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: DemoGenerator.timeZone) ?? .gmt
        let loyal = Self.shop.customers.filter { $0.kind == .loyal }.flatMap(\.orders)
        let weekdays = loyal.map { calendar.component(.weekday, from: $0.placedAt) }
        #expect(Double(weekdays.count { $0 == 2 }) > 1.15 * Double(weekdays.count { $0 == 7 }))
        let months = loyal.map { calendar.dateComponents([.year, .month], from: $0.placedAt) }
        let december = months.count { $0.year == 2025 && $0.month == 12 }
        let february = months.count { $0.year == 2026 && $0.month == 2 }
        #expect(Double(december) > 1.2 * Double(february))
    }

    @Test("nobody real: example domains only")
    func addresses() {
        let emails = Self.shop.customers.compactMap(\.details.email)
        #expect(Set(emails).count == 5_000)
        #expect(emails.allSatisfy { email in DemoNames.domains.contains { email.hasSuffix("@" + $0) } })
    }

    @Test("batches hold everybody once, whole")
    func batches() {
        let batches = Self.shop.batches()
        #expect(batches.flatMap(\.customers) == Self.shop.customers.map(\.details))
        #expect(batches.reduce(0) { $0 + $1.orders.count } == Self.shop.orderCount)
        #expect(batches.allSatisfy { $0.orders.count < 1_200 })
    }

    @Test("the planted kinds make natural groups, on other days and seeds too", arguments: [0, 40, 170])
    func naturalGroups(daysLater: Int) {
        let asOf = Self.noon.addingTimeInterval(Double(daysLater) * 86_400)
        let shop = DemoGenerator(seed: UInt64(42 + daysLater), asOf: asOf).make()
        let buyers = shop.customers.filter { !$0.orders.isEmpty }
        let values = buyers.flatMap { buyer -> [Double] in
            let last = buyer.orders.last.map { asOf.timeIntervalSince($0.placedAt) / 86_400 } ?? 0
            return [last, Double(buyer.orders.count), buyer.orders.reduce(0) { $0 + Double($1.amountMinor) }]
        }
        let x = Matrix(rows: buyers.count, columns: 3, values: values)
        let scaled = Scaling.clippedZScore.fit(x).apply(x)
        let passed = (2...4).contains { k in
            let labels = kMeans(scaled, k: k, seed: 1).labels
            let shuffled = columnShuffled(scaled, seed: 1)
            let null = silhouette(shuffled, labels: kMeans(shuffled, k: k, seed: 1).labels)
            let score = silhouette(scaled, labels: labels)
            return score >= 0.45 && score >= null + 0.10
                && kMeansStability(scaled, labels: labels, k: k, resamples: 5, seed: 1).mean >= 0.80
        }
        #expect(passed)
    }
}
