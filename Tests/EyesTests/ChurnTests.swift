import Foundation
import Learning
import Testing

@testable import Eyes

@Suite("Churn")
struct ChurnTests {
    private static let snapshot = Shop.generated(1_500, days: 620, seed: 11)

    private func judge(
        _ horizon: Horizon, _ snapshot: Snapshot = ChurnTests.snapshot, previous: ServingModel? = nil,
        isComplete: @escaping @Sendable (ModelCard) -> Bool = { _ in true }
    ) -> HorizonJudgement {
        let today = FeatureTable(snapshot, customers: Population.active(snapshot, at: 10_001, window: 180), at: 10_001)
        return HorizonJudgement.make(
            .init(
                snapshot: snapshot, config: .standard, horizon: horizon, asOf: 10_001, today: today,
                population: Population.counts(snapshot, at: 10_001, config: .standard), segmentOf: [:],
                previous: previous, modelVersion: "eym_test_\(horizon.rawValue)", seed: RunSeed(seed: 42),
                isComplete: isComplete))
    }

    @Test("the verdict follows from the figures")
    func verdicts() {
        func verdict(_ auc: Double, _ lower: Double, _ baseline: Double) -> ChurnGate.Verdict {
            ChurnGate.verdict(auc: Interval(estimate: auc, lower: lower, upper: 1), baseline: baseline)
        }
        #expect(verdict(0.75, 0.71, 0.65) == .accepted)
        #expect(verdict(0.75, 0.70, 0.72) == .accepted)
        #expect(verdict(0.717, 0.698, 0.626) == .provisional)
        #expect(verdict(0.75, 0.72, 0.73) == .provisional)
        #expect(verdict(0.699, 0.68, 0.5) == .rejected)
    }

    @Test("labels permuted in the test window are rejected in at least 95 of 100 seeds")
    func permuted() throws {
        let tested = try #require(judge(.days60).tested)
        let rejected = try (1...100).count { seed in
            var generator = SeededGenerator(seed: UInt64(seed))
            let labels = generator.shuffled(tested.labels)
            let auc = try #require(deLongInterval(scores: tested.probabilities, labels: labels))
            return ChurnGate.verdict(auc: auc, baseline: 0.5) == .rejected
        }
        #expect(rejected >= 95)
    }

    @Test("a rejected model leaves the previous one, until that is too old; then the rule speaks")
    func settling() throws {
        let serving = try #require(judge(.days60).report.serving)
        func settle(_ verdict: ChurnGate.Verdict, _ fresh: ServingModel?, _ previous: ServingModel?, _ day: Int)
            -> HorizonState
        { HorizonJudgement.settle(verdict, fresh: fresh, previous: previous, asOf: day).0 }
        #expect(settle(.accepted, serving, nil, 10_001) == .accepted)
        #expect(settle(.provisional, serving, serving, 10_001) == .provisional)
        #expect(settle(.rejected, nil, serving, 10_001 + 180) == .rejected)
        #expect(settle(.rejected, nil, serving, 10_001 + 181) == .fallback)
        #expect(settle(.rejected, nil, nil, 10_001) == .fallback)
        #expect(!serving.isOld(at: 10_001 + 90))
        #expect(serving.isOld(at: 10_001 + 91))
    }

    @Test("a rejected run keeps the version of the model that speaks")
    func versionStays() throws {
        var previous = try #require(judge(.days60).report.serving)
        previous = ServingModel(
            version: "eym_before_60", asOf: 9_990, model: previous.model, calibration: previous.calibration)
        let report = judge(.days60, previous: previous, isComplete: { _ in false }).report
        #expect(report.state == .rejected)
        #expect(report.verdict == "rejected")
        #expect(report.serving?.version == "eym_before_60")
    }

    @Test("too little data says what is missing")
    func notEnough() {
        let report = judge(.days90, Shop.generated(120, days: 200, seed: 2)).report
        #expect(report.state == .notEnoughData)
        #expect(report.card == nil)
        #expect(report.needs.contains { $0.key == "active" && !$0.isMet && $0.need == 200 })
        #expect(report.needs.contains { $0.key == "history" && !$0.isMet && $0.need == 240 })
    }

    @Test("one class only is not enough data, not a crash")
    func oneClass() {
        let loyal = Shop.snapshot(
            (0..<260).map { _ in stride(from: 9_500, through: 10_000, by: 5).map { (day: $0, amount: 9) } })
        let report = judge(.days30, loyal).report
        #expect(report.state == .notEnoughData)
        #expect(report.needs.first { $0.key == "test_rarer" }?.have == 0)
    }

    @Test("horizons are put in order and stay near what they were")
    func monotone() {
        #expect(Scorer.inOrder([0.8, 0.7, 0.6]) == [0.8, 0.7, 0.6])
        #expect(Scorer.inOrder([0.5, 0.7, 0.6]) == [0.6, 0.6, 0.6])
        #expect(Scorer.inOrder([nil, 0.5, 0.7]) == [nil, 0.6, 0.6])
        #expect(Scorer.inOrder([nil, nil, nil]) == [nil, nil, nil])
    }

    @Test("the rule's bands")
    func ruleBands() {
        #expect(RiskLevel(overdue: 2.1) == .high)
        #expect(RiskLevel(overdue: 2) == .medium)
        #expect(RiskLevel(overdue: 1) == .low)
        #expect(RiskLevel(probability: 0.71, config: .standard) == .high)
        #expect(RiskLevel(probability: 0.70, config: .standard) == .medium)
        #expect(RiskLevel(probability: 0.40, config: .standard) == .low)
    }

    @Test("expected spend is the last year's, per 90 days of being there")
    func expectedSpend() {
        #expect(Scorer.expectedSpend90(spend365: 365, tenureDays: 1_000) == 90)
        #expect(Scorer.expectedSpend90(spend365: 100, tenureDays: 20) == 100)
        #expect(Scorer.expectedSpend90(spend365: 100, tenureDays: 180) == 50)
    }

    @Test("the calibration points equal a recount from the test predictions")
    func recount() throws {
        let judgement = judge(.days60)
        let card = try #require(judgement.report.card)
        let tested = try #require(judgement.tested)
        let order = tested.probabilities.indices.sorted {
            (tested.probabilities[$0], $0) < (tested.probabilities[$1], $1)
        }
        var start = 0
        for point in card.calibration {
            let rows = order[start..<(start + point.count)]
            let observed = Double(rows.count { tested.labels[$0] }) / Double(rows.count)
            let predicted = rows.reduce(0) { $0 + tested.probabilities[$1] } / Double(rows.count)
            #expect(abs(point.observed - observed) < 1e-12)
            #expect(abs(point.predicted - predicted) < 1e-12)
            start += point.count
        }
        #expect(start == tested.labels.count)
        #expect(card.classes.testLeavers == tested.labels.count { $0 })
    }
}
