import Foundation
import Learning
import Testing

@testable import Eyes

/// The level of the probabilities, foreseen from several closed windows.
@Suite("Level")
struct LevelTests {
    private static let shop = Shop.generated(1_500, days: 620, seed: 11)
    private static let cutOff = 9_941

    private func forecaster(_ snapshot: Snapshot = LevelTests.shop) -> LevelForecaster {
        LevelForecaster(snapshot: snapshot, config: .standard, horizon: .days30, seed: RunSeed(seed: 42))
    }

    private func table(_ snapshot: Snapshot = LevelTests.shop) -> FeatureTable {
        FeatureTable(
            snapshot, customers: Population.active(snapshot, at: Self.cutOff, window: 180), at: Self.cutOff)
    }

    @Test("windows are closed at the cut-off, thirty days apart, with history before the oldest")
    func windows() {
        let cutOffs = forecaster().cutOffs(before: Self.cutOff)
        #expect(cutOffs == (0..<8).map { Self.cutOff - 30 - 30 * $0 })
        let young = Shop.generated(200, days: 150, seed: 3)
        let few = forecaster(young).cutOffs(before: Self.cutOff)
        let first = young.firstDay ?? 0
        #expect(!few.isEmpty && few.count < 8)
        #expect(few.allSatisfy { $0 - first >= 60 && $0 + 30 <= Self.cutOff })
    }

    @Test("nothing from the cut-off on changes the forecast")
    func noLookAhead() throws {
        let whole = Self.shop
        var builder = SnapshotBuilder(customers: whole.customers, minorPerUnit: 100)
        for index in whole.customers.indices {
            let before = whole.orders(of: index, before: Self.cutOff)
            for order in before { builder.add(order, customer: Int32(index)) }
            if !before.isEmpty { builder.add(Shop.point(Self.cutOff + index % 60, 999), customer: Int32(index)) }
        }
        let changed = builder.finish()
        let known = try #require(forecaster().forecast(for: table()))
        let other = try #require(forecaster(changed).forecast(for: table(changed)))
        // Rows stand in another order and sums differ in their last digits.
        #expect(abs(known.share - other.share) < 1e-9)
        #expect(known.windows.map(\.cutOff) == other.windows.map(\.cutOff))
        #expect(zip(known.windows, other.windows).allSatisfy { abs($0.observed - $1.observed) < 1e-12 })
    }

    @Test("the observed shares equal a recount from orders, and the model's own shares add up to them")
    func recount() throws {
        let windows = try #require(forecaster().forecast(for: table())).windows
        for window in windows {
            let active = Population.active(Self.shop, at: window.cutOff, window: 180)
            let gone = active.count { customer in
                !Self.shop.orders(of: customer).contains { (window.cutOff..<window.cutOff + 30).contains(Int($0.day)) }
            }
            #expect(window.count == active.count)
            #expect(abs(window.observed - Double(gone) / Double(active.count)) < 1e-12)
        }
        let observed = windows.reduce(0) { $0 + $1.observed * Double($1.count) }
        let fitted = windows.reduce(0) { $0 + $1.fitted * Double($1.count) }
        #expect(abs(observed - fitted) < 1e-3)
    }

    @Test("the corrected model's mean is the forecast; order and sums of parts stay", arguments: [false, true])
    func correction(_ isIsotonic: Bool) throws {
        let table = table()
        let labels = Population.churned(Self.shop, customers: table.customers, at: Self.cutOff, days: 30)
        let rows = TrainingRows([ChurnWindow(table: table, labels: labels)], features: table.modelFeatures)
        var model = try #require(ChurnModel.fitLinear(.logistic, rows))
        if isIsotonic {
            let steps = try #require(IsotonicCalibration.fit(scores: model.rawLogits(table), labels: labels))
            model = model.calibrated(.isotonic(steps))
        }
        // A level that is wrong by far.
        let wrong = model.calibrated(model.calibrator.shifted(by: 1.5))
        let (right, level) = forecaster().corrected(wrong, for: table)
        let before = wrong.probabilities(table)
        let after = right.probabilities(table)
        let count = Double(table.count)
        #expect(abs(before.reduce(0, +) / count - level.before) < 1e-12)
        #expect(abs(after.reduce(0, +) / count - level.share) < 1e-8)
        #expect(level.shift < -0.5)
        #expect(zip(before, after).allSatisfy { $0 > $1 })
        let parts = right.parts(table)
        for row in after.indices { #expect(abs(sigmoid(parts.total(row)) - after[row]) < 1e-9) }
        let order = before.indices.sorted { (before[$0], $0) < (before[$1], $1) }
        #expect(zip(order, order.dropFirst()).allSatisfy { after[$0] <= after[$1] })
    }

    @Test("a stationary shop is left unharmed: over horizons and cut-offs the calibration error is no larger")
    func stationary() throws {
        // Customers come at one rate, order at their own and leave at one: after the first year nothing changes.
        let shop = Shop.generated(6_000, days: 1_300, seed: 21)
        var (with, without) = (0.0, 0.0)
        for horizon in Horizon.allCases {
            let seed = RunSeed(seed: 42)
            let training = ChurnTraining(seed: seed, horizon: horizon, snapshot: shop)
            for cutOff in stride(from: 9_640, through: 9_900, by: 130) {
                let windows = (1...2).map { number in
                    ChurnWindow(shop, at: cutOff - number * horizon.days, horizon: horizon, config: .standard)
                }
                let test = ChurnWindow(shop, at: cutOff, horizon: horizon, config: .standard)
                let (model, _) = try #require(training.calibrated(.logistic, windows))
                let forecaster = LevelForecaster(snapshot: shop, config: .standard, horizon: horizon, seed: seed)
                let (corrected, _) = forecaster.corrected(model, for: test.table)
                with += Self.error(corrected, test)
                without += Self.error(model, test)
            }
        }
        #expect(with <= without, "\(with / 9) with, \(without / 9) without")
        #expect(with / 9 < 0.03)
    }

    private static func error(_ model: ChurnModel, _ test: ChurnWindow) -> Double {
        expectedCalibrationError(probabilities: model.probabilities(test.table), labels: test.labels)
    }

    @Test("where nothing can be learned the level is left alone")
    func nothing() throws {
        let loyal = Shop.snapshot(
            (0..<60).map { _ in stride(from: 9_500, through: 10_000, by: 5).map { (day: $0, amount: 9) } })
        let table = table(loyal)
        var model = try #require(
            ChurnModel.fitLinear(
                .logistic,
                TrainingRows(
                    features: [.recencyDays], x: Matrix(rows: 4, columns: 1, values: [1, 2, 3, 4]),
                    labels: [false, true, false, true], customers: [0, 1, 2, 3])))
        model.offset = 0.25
        let (same, level) = forecaster(loyal).corrected(model, for: table)
        #expect(same == model)
        #expect(level.windows.isEmpty && level.shift == 0 && level.share == level.before)
    }
}
