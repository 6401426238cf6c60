import Learning

/// Measures a trained model on its test window, once, and writes the card.
struct ModelCardBuilder {
    /// As tested: at the level foreseen for the test window.
    let trained: ChurnTraining.Trained
    /// What the tested model says of the test rows, uncalibrated.
    let raw: [Double]
    let level: LevelForecast
    let training: [ChurnWindow]
    let test: ChurnWindow
    let today: FeatureTable
    let plan: CutOffPlan
    let needs: [DataNeed]
    let population: PopulationCounts
    /// Today's segment number by customer index.
    let segmentOf: [Int: Int]
    let modelVersion: String
    var origin: CardOrigin?
    var lastRun: FeatureSpread?
    var threads = 1

    /// Limits in words; keys below `eyes.limit.`.
    static let limits = ["not_a_cause", "not_for_credit", "orders_only", "small_accounts"]

    private var limits: [String] {
        Self.limits.filter { $0 != "orders_only" || !today.groups.contains(where: \.isOfActivity) }
    }

    struct Tested: Sendable {
        let card: ModelCard
        let verdict: ChurnGate.Verdict
        /// Per row of the test window.
        let probabilities: [Double]
    }

    /// Nil when the test window knows only one class.
    func build() -> Tested? {
        let probabilities = raw.map(trained.model.calibrator.probability)
        let base = trained.baseline.rawLogits(test.table)
        guard let intervals = intervals(probabilities, base) else { return nil }
        let verdict = ChurnGate.verdict(auc: intervals.auc, baseline: intervals.baseline.estimate)
        let decisions = confusion(probabilities: probabilities, labels: test.labels)
        let bins = calibrationBins(probabilities: probabilities, labels: test.labels)
        let lift = liftTable(scores: probabilities, labels: test.labels)
        let rate = Double(test.leavers) / Double(max(test.labels.count, 1))
        let card = ModelCard(
            horizon: plan.horizon, modelVersion: modelVersion, verdict: verdict.rawValue,
            plainGate: ChurnGate.plain(intervals.auc.estimate), population: population, cutOffs: plan,
            classes: classes, auc: intervals.auc, recencyOnly: intervals.baseline, difference: intervals.difference,
            brier: brierScore(probabilities: probabilities, labels: test.labels), brierBase: rate * (1 - rate),
            logLoss: logLoss(probabilities: probabilities, labels: test.labels),
            ece: expectedCalibrationError(probabilities: probabilities, labels: test.labels),
            calibration: bins.map(CalibrationTenth.init), lift: lift.map(LiftPoint.init),
            keepersLift: keepersLift(lift, rate: rate), precision: decisions.precision, recall: decisions.recall,
            f1: decisions.f1, accuracy: decisions.accuracy, candidates: trained.comparisons, features: weights,
            droppedFeatures: trained.model.dropped, segments: segments(probabilities), monotoneChangedShare: 0,
            drift: drift, minimumData: needs, limits: limits, calibrationMethod: trained.model.calibration,
            calibrationChoice: trained.calibration.candidates, driftSinceLastRun: driftSinceLastRun,
            lastRunID: lastRun?.runID, origin: origin, absentFeatures: Feature.absent(today.groups), level: level,
            eceBeforeLevel: errorBeforeLevel,
            eceAfterCalibration: trained.calibration.chosen?.calibrationError)
        return Tested(card: card, verdict: verdict, probabilities: probabilities)
    }

    private func intervals(
        _ scores: [Double], _ base: [Double]
    ) -> (auc: Interval, baseline: Interval, difference: Interval)? {
        guard let auc = deLongInterval(scores: scores, labels: test.labels),
            let baseline = deLongInterval(scores: base, labels: test.labels),
            let difference = deLongDifference(scores, base, labels: test.labels)
        else { return nil }
        return (auc, baseline, difference)
    }

    /// What the calibration error would be without the correction of the level.
    private var errorBeforeLevel: Double {
        let before = trained.model.calibrator.shifted(by: -level.shift)
        let probabilities = raw.map(before.probability)
        return expectedCalibrationError(probabilities: probabilities, labels: test.labels)
    }

    private var classes: ClassShares {
        ClassShares(
            trainingRows: training.reduce(0) { $0 + $1.labels.count },
            trainingLeavers: training.reduce(0) { $0 + $1.leavers },
            testRows: test.labels.count, testLeavers: test.leavers)
    }

    /// Strongest first.
    private var weights: [FeatureWeight] {
        let all = trained.model.featureWeights(test.table, threads: threads)
        let order = all.indices.sorted { (-abs(all[$0].weight), $0) < (-abs(all[$1].weight), $1) }
        return order.map { all[$0] }
    }

    private func keepersLift(_ lift: [LiftRow], rate: Double) -> Double {
        guard let lowest = lift.last, lowest.count > 0, rate < 1 else { return 1 }
        return (1 - lowest.rate) / (1 - rate)
    }

    private func segments(_ probabilities: [Double]) -> [SegmentAccuracy] {
        var rows: [Int: [Int]] = [:]
        for (row, customer) in test.table.customers.enumerated() {
            if let segment = segmentOf[customer] { rows[segment, default: []].append(row) }
        }
        return rows.sorted { $0.key < $1.key }.map { segment, rows in
            let count = Double(rows.count)
            let right = rows.count { (probabilities[$0] >= 0.5) == test.labels[$0] }
            return SegmentAccuracy(
                segment: segment, count: rows.count, predicted: rows.reduce(0) { $0 + probabilities[$1] } / count,
                observed: Double(rows.count { test.labels[$0] }) / count, accuracy: Double(right) / count)
        }
    }

    /// Between the customers of the last published run and today's; empty where there was none.
    private var driftSinceLastRun: [FeatureDrift] {
        guard let lastRun else { return [] }
        return trained.model.features.compactMap { feature in
            lastRun.bins(of: feature).map {
                FeatureDrift(feature: feature, psi: $0.stabilityIndex(of: today.column(feature)))
            }
        }
    }

    private var drift: [FeatureDrift] {
        let features = trained.model.features
        return concurrentMap(features.count, threads: threads) { index in
            FeatureDrift(
                feature: features[index],
                psi: populationStabilityIndex(
                    expected: training.flatMap { $0.table.column(features[index]) },
                    actual: today.column(features[index])))
        }
    }
}
