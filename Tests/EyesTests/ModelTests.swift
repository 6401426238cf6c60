import BSON
import Foundation
import Learning
import Testing

@testable import Eyes

/// The four kinds of churn models on one shop.
enum ModelBench {
    static let snapshot = Shop.generated(1_400, days: 620, seed: 31)
    static let windows = [9_911, 9_851].map {
        ChurnWindow(snapshot, at: $0, horizon: .days60, config: .standard)
    }
    static let today = FeatureTable(
        snapshot, customers: Population.active(snapshot, at: 10_001, window: 180), at: 10_001)
    static let models: [ChurnModel.Kind: ChurnModel] = {
        let rows = TrainingRows(windows, features: Feature.forModels([.orders]))
        let recency = TrainingRows(windows, features: [.recencyDays])
        let histories = snapshot.customers.indices.compactMap {
            PurchaseHistory(snapshot.orders(of: $0, before: 9_971), cutOff: 9_971)
        }
        return [
            .recencyOnly: ChurnModel.fitLinear(.recencyOnly, recency), .logistic: ChurnModel.fitLinear(.logistic, rows),
            .bgnbd: ChurnModel.fitLifetime(histories, days: 60), .boosted: ChurnModel.fitTrees(rows, seed: 42),
        ].compactMapValues { $0 }
    }()
    /// Steps that bend the log-odds, as isotonic calibration does.
    static let steps = IsotonicCalibration.fit(
        scores: windows[0].labels.indices.map { Double($0 % 40) / 5 - 4 },
        labels: windows[0].labels.indices.map { ($0 * 7) % 40 < $0 % 40 })
}

@Suite("Churn models")
struct ModelTests {
    @Test("every kind fits and tells leavers from stayers", arguments: ChurnModel.Kind.allCases)
    func fits(_ kind: ChurnModel.Kind) throws {
        let model = try #require(ModelBench.models[kind])
        let test = ChurnWindow(ModelBench.snapshot, at: 9_941, horizon: .days60, config: .standard)
        let auc = try #require(rocAUC(scores: model.rawLogits(test.table), labels: test.labels))
        #expect(auc > 0.6)
        #expect(model.rawLogits(test.table) == model.rawLogits(test.table, threads: 2))
    }

    @Test("parts add up to the calibrated log-odds within 1e-9", arguments: ChurnModel.Kind.allCases)
    func parts(_ kind: ChurnModel.Kind) throws {
        let plain = try #require(ModelBench.models[kind])
        let steps = try #require(ModelBench.steps)
        for model in [plain.calibrated(.platt(PlattScaling(a: 0.8, b: 0.1))), plain.calibrated(.isotonic(steps))] {
            let parts = model.parts(ModelBench.today, threads: 2)
            let probabilities = model.probabilities(ModelBench.today)
            for row in probabilities.indices {
                #expect(abs(parts.total(row) - logit(probabilities[row])) < 1e-9)
            }
        }
    }

    @Test("a stored model reads back and scores the same to the last digit", arguments: ChurnModel.Kind.allCases)
    func stored(_ kind: ChurnModel.Kind) throws {
        var model = try #require(ModelBench.models[kind])
        model.steps = ModelBench.steps
        let again = try BSONDecoder().decode(ChurnModel.self, from: BSONEncoder().encode(model))
        #expect(again == model)
        #expect(again.probabilities(ModelBench.today) == model.probabilities(ModelBench.today))
    }

    @Test("the simplest within one standard error of the best is taken, and never the baseline")
    func oneStandardError() {
        func losses(_ middle: Double) -> [Double] { (0..<100).map { middle + ($0 % 2 == 0 ? 0.1 : -0.1) } }
        // A standard error of these is about 0.01.
        #expect(ChurnTraining.choose([losses(0.3), losses(0.505), losses(0.6), losses(0.5)]) == 1)
        #expect(ChurnTraining.choose([losses(0.3), losses(0.52), losses(0.505), losses(0.5)]) == 2)
        #expect(ChurnTraining.choose([losses(0.3), losses(0.52), losses(0.6), losses(0.5)]) == 3)
        #expect(ChurnTraining.choose([losses(0.3), nil, losses(0.6), losses(0.5)]) == 3)
        #expect(ChurnTraining.choose([losses(0.3), nil, nil, nil]) == nil)
    }

    @Test(
        "the smallest change, made, moves the band; a smaller one does not",
        arguments: [ChurnModel.Kind.logistic, .boosted])
    func changes(_ kind: ChurnModel.Kind) throws {
        let model = try #require(ModelBench.models[kind])
        let table = ModelBench.today
        let finder = BandChangeFinder(model, table: table, config: .standard)
        let levels = model.probabilities(table).map { RiskLevel(probability: $0, config: .standard) }
        var found = 0
        for row in 0..<table.count {
            guard let change = finder.change(row, from: levels[row]) else { continue }
            found += 1
            #expect(change.from == table.value(change.feature, row: row))
            #expect(level(model, table, row, change.feature, change.to) == change.level)
            #expect(change.level != levels[row])
            let step = change.to > change.from ? -1.0 : 1.0
            if change.feature.isWhole, kind == .logistic, abs(change.to - change.from) > 1 {
                #expect(level(model, table, row, change.feature, change.to + step) == levels[row])
            }
        }
        #expect(found > table.count / 10)
    }

    private func level(
        _ model: ChurnModel, _ table: FeatureTable, _ row: Int, _ feature: Feature, _ value: Double
    ) -> RiskLevel {
        var values = table.selecting(rows: [row]).values
        values[0, feature.column] = value
        let changed = FeatureTable(
            customers: [table.customers[row]], cutOff: table.cutOff, values: values, histories: [table.histories[row]])
        return RiskLevel(probability: model.probabilities(changed)[0], config: .standard)
    }

    @Test("several orders of one day are one purchase to BG/NBD")
    func histories() throws {
        let snapshot = Shop.snapshot([[(day: 900, amount: 1), (day: 900, amount: 2), (day: 940, amount: 3)]])
        let history = try #require(PurchaseHistory(snapshot.orders(of: 0, before: 1_000), cutOff: 1_000))
        #expect(history == PurchaseHistory(repeats: 1, recency: 40, age: 100))
        #expect(PurchaseHistory(snapshot.orders(of: 0, before: 900), cutOff: 900) == nil)
    }

    @Test("training on one thread or two gives the same model")
    func threads() throws {
        let one = ChurnTraining(seed: RunSeed(seed: 42), horizon: .days60, snapshot: ModelBench.snapshot, threads: 1)
        let two = ChurnTraining(seed: RunSeed(seed: 42), horizon: .days60, snapshot: ModelBench.snapshot, threads: 2)
        let (first, second) = (one.train(ModelBench.windows), two.train(ModelBench.windows))
        #expect(first?.model == second?.model)
        #expect(first?.comparisons == second?.comparisons)
        #expect(first?.comparisons.map(\.kind) == ChurnModel.Kind.allCases)
        #expect(first?.comparisons.allSatisfy { $0.logLoss != nil && $0.auc != nil } == true)
    }
}
