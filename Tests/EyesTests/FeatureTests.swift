import Foundation
import Learning
import Testing

@testable import Eyes

@Suite("Features")
struct FeatureTests {
    @Test("a hand-made customer gives every value exactly")
    func handMade() {
        var builder = SnapshotBuilder(customers: ["c"], minorPerUnit: 100)
        let orders = [(600, 10.0), (850, 20.0), (900, 30.0), (960, 40.0), (990, 50.0)]
        for (day, amount) in orders.reversed() {
            builder.add(
                Shop.point(day, amount, refunded: day == 900 ? 15 : 0, discount: day == 990 ? 10 : 0), customer: 0)
        }
        let table = FeatureTable(builder.finish(), customers: [0], at: 1_000)
        let gapDeviation = (31_475.0 / 3).squareRoot()
        let spendDeviation = 250.0.squareRoot()
        func pace(_ half: Double) -> Double { orders.reduce(0) { $0 + pow(0.5, Double(1_000 - $1.0) / half) } }
        let expected: [Feature: Double] = [
            .orderCount: 5, .totalSpend: 150, .averageSpend: 30, .spendDeviation: spendDeviation, .largestOrder: 50,
            .lastOrder: 50, .spend90: 90, .spend365: 140, .refundShare: 0.1, .discountShare: 10.0 / 160,
            .recencyDays: 10, .tenureDays: 400, .daysActive: 391, .ordersPerDay: 5.0 / 391, .orders0to30: 1,
            .orders30to60: 1, .orders0to90: 2, .orders90to180: 2, .orders180to365: 0, .gapMean: 97.5,
            .gapDeviation: gapDeviation, .gapMax: 250, .gapLast: 30, .overdue: 10 / 97.5, .ordersTrend: 0,
            .spendingConsistency: 1 / (1 + spendDeviation),
            .recentPace: pace(30), .steadyPace: pace(120),
        ]
        for feature in Feature.ofOrders {
            let value = table.value(feature, row: 0)
            #expect(abs(value - (expected[feature] ?? .nan)) < 1e-12, "\(feature.rawValue) is \(value)")
        }
    }

    @Test("one order: no deviation, and the tenure stands in for the gap")
    func singleOrder() {
        let table = FeatureTable(Shop.snapshot([[(day: 940, amount: 25)]]), customers: [0], at: 1_000)
        #expect(table.value(.spendDeviation, row: 0) == 0)
        #expect(table.value(.gapDeviation, row: 0) == 0)
        #expect(table.value(.gapMean, row: 0) == 60)
        #expect(table.value(.gapLast, row: 0) == 60)
        #expect(table.value(.overdue, row: 0) == 1)
        #expect(table.value(.spendingConsistency, row: 0) == 1)
    }

    @Test("nothing after the cut-off changes a feature before it", arguments: 1...5)
    func noLookAhead(_ seed: Int) {
        let whole = Shop.generated(120, days: 400, seed: UInt64(seed))
        var generator = SeededGenerator(seed: UInt64(seed), stream: 1)
        let cutOff = 9_800 + generator.below(120)
        let customers = Population.active(whole, at: cutOff, window: 180)
        var builder = SnapshotBuilder(customers: whole.customers, minorPerUnit: 100)
        for index in whole.customers.indices {
            for order in whole.orders(of: index) {
                if Int(order.day) < cutOff {
                    builder.add(order, customer: Int32(index))
                } else {
                    // What comes later is moved to anybody and any later day, or vanishes.
                    let other = Int32(generator.below(whole.customers.count))
                    if generator.unit() < 0.7 {
                        builder.add(Shop.point(cutOff + generator.below(200), 999), customer: other)
                    }
                }
            }
        }
        let shuffled = builder.finish()
        // Other orders later may put the customers in another order, so that rows are found by name.
        let names = customers.map { whole.customers[$0] }
        let others = Population.active(shuffled, at: cutOff, window: 180)
        #expect(Set(others.map { shuffled.customers[$0] }) == Set(names))
        let rows = names.compactMap { shuffled.customers.firstIndex(of: $0) }
        #expect(
            FeatureTable(whole, customers: customers, at: cutOff).values
                == FeatureTable(shuffled, customers: rows, at: cutOff).values)
    }

    @Test("an order moved across the cut-off leaves the features and enters the label")
    func acrossTheCutOff() {
        let before = Shop.snapshot([[(day: 900, amount: 10), (day: 999, amount: 20)]])
        let after = Shop.snapshot([[(day: 900, amount: 10), (day: 1_000, amount: 20)]])
        #expect(FeatureTable(before, customers: [0], at: 1_000).value(.orderCount, row: 0) == 2)
        #expect(FeatureTable(after, customers: [0], at: 1_000).value(.orderCount, row: 0) == 1)
        #expect(Population.churned(before, customers: [0], at: 1_000, days: 30) == [true])
        #expect(Population.churned(after, customers: [0], at: 1_000, days: 30) == [false])
    }

    @Test("the order of arrival of rows changes nothing")
    func orderOfRows() {
        let orders = [(day: 10, amount: 1.0), (day: 10, amount: 3.0), (day: 5, amount: 2.0)]
        let forward = Shop.snapshot([orders])
        let backward = Shop.snapshot([orders.reversed()])
        #expect(forward.orders == backward.orders)
        #expect(RunName.snapshotHash(forward) == RunName.snapshotHash(backward))
    }

    @Test("every feature stays finite for extreme customers")
    func extremes() {
        let snapshot = Shop.snapshot([
            [(day: 999, amount: 0)], [(day: 999, amount: 90_000_000)],
            Array(repeating: (day: 999, amount: 1), count: 500), [(day: -20_000, amount: 5), (day: 999, amount: 5)],
        ])
        let table = FeatureTable(snapshot, customers: [0, 1, 2, 3], at: 1_000)
        #expect(table.values.values.allSatisfy { $0.isFinite })
        #expect(table.logged(table.modelFeatures).values.allSatisfy { $0.isFinite })
    }
}
