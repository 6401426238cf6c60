import Learning

/// Trains, tests and judges one horizon, and settles which model speaks for it today.
struct HorizonJudgement: Sendable {
    var report: HorizonReport
    let tested: TestPredictions?

    struct Input: Sendable {
        let snapshot: Snapshot
        let config: EyesConfig
        let horizon: Horizon
        let asOf: Int
        let today: FeatureTable
        let population: PopulationCounts
        let segmentOf: [Int: Int]
        /// The last model of this horizon that was accepted.
        let previous: ServingModel?
        /// Somebody has decided that it stays.
        var isFrozen = false
        let modelVersion: String
        let seed: RunSeed
        /// What makes the card's figures repeatable.
        var origin: CardOrigin?
        /// How the features of the last published run's customers were spread.
        var lastRun: FeatureSpread?
        var threads = 1
        var isComplete: @Sendable (ModelCard) -> Bool = { _ in true }
    }

    static func make(_ input: Input) -> HorizonJudgement { HorizonFit(input).judgement() }

    fileprivate static func notEnough(_ input: Input, _ needs: [DataNeed]) -> HorizonJudgement {
        HorizonJudgement(
            report: HorizonReport(
                horizon: input.horizon, state: .notEnoughData, verdict: nil, needs: needs, card: nil, serving: nil,
                counts: BandCounts(), expectedLeavers: nil, meanRisk: nil, valueAtRiskMinor: nil,
                highYearlySpendMinor: 0, offersRankBands: false),
            tested: nil)
    }

    fileprivate static func judged(_ fit: HorizonFit, _ models: HorizonFit.Models) -> HorizonJudgement {
        let (input, plan, test, training) = (fit.input, fit.plan, fit.test, fit.training)
        let forecaster = LevelForecaster(
            snapshot: input.snapshot, config: input.config, horizon: input.horizon, seed: input.seed,
            threads: input.threads)
        let (trained, calibrated, needs) = (models.tested, models.serving, fit.needs)
        let tested = trained.flatMap { trained in
            let raw = trained.model.rawLogits(test.table, threads: input.threads)
            let (model, level) = forecaster.corrected(trained.model, for: test.table, raw: raw)
            return ModelCardBuilder(
                trained: trained.replacing(model), raw: raw, level: level, training: training, test: test,
                today: input.today, plan: plan, needs: needs,
                population: input.population, segmentOf: input.segmentOf, modelVersion: input.modelVersion,
                origin: input.origin, lastRun: input.lastRun, threads: input.threads
            ).build()
        }
        let isWhole = tested.map { input.isComplete($0.card) } ?? false
        let verdict = isWhole ? tested?.verdict ?? .rejected : .rejected
        var fresh: ServingModel?
        if let tested, verdict != .rejected, let calibrated {
            let (model, level) = forecaster.corrected(calibrated.model, for: input.today)
            fresh = ServingModel(
                version: input.modelVersion, asOf: input.asOf, model: model, calibration: tested.card.calibration,
                calibrationError: calibrated.calibration.chosen?.calibrationError, level: level)
        }
        let (state, serving) = settle(
            verdict, fresh: fresh, previous: input.previous, isFrozen: input.isFrozen, asOf: input.asOf)
        return HorizonJudgement(
            report: HorizonReport(
                horizon: input.horizon, state: state, verdict: verdict.rawValue, needs: needs, card: tested?.card,
                serving: serving, counts: BandCounts(), expectedLeavers: nil, meanRisk: nil, valueAtRiskMinor: nil,
                highYearlySpendMinor: 0, offersRankBands: false),
            tested: tested.map {
                TestPredictions(
                    horizon: input.horizon, probabilities: $0.probabilities, labels: test.labels,
                    spends: spends(test, input.snapshot.minorPerUnit))
            })
    }

    private static func spends(_ test: ChurnWindow, _ minorPerUnit: Double) -> [Double] {
        test.table.customers.indices.map { row in
            Scorer.expectedSpend90(
                spend365: (test.table.value(.spend365, row: row) * minorPerUnit).rounded(),
                tenureDays: test.table.value(.tenureDays, row: row)
            ).rounded()
        }
    }

    /// A rejected model leaves the previous accepted one in place while that is not too old; else the rule speaks.
    ///
    /// A frozen model speaks in place of today's, which says by its own test how far the data can be trusted.
    static func settle(
        _ verdict: ChurnGate.Verdict, fresh: ServingModel?, previous: ServingModel?, isFrozen: Bool = false, asOf: Int
    ) -> (HorizonState, ServingModel?) {
        if isFrozen, let previous, verdict != .rejected, asOf - previous.asOf <= ServingModel.unusableAfterDays {
            return (verdict == .accepted ? .accepted : .provisional, previous)
        }
        if let fresh {
            switch verdict {
            case .accepted: return (.accepted, fresh)
            case .provisional: return (.provisional, fresh)
            case .rejected: break
            }
        }
        if let previous, asOf - previous.asOf <= ServingModel.unusableAfterDays { return (.rejected, previous) }
        return (.fallback, nil)
    }
}

/// The dear half of a judgement: the windows of a horizon and the models fitted on them. What follows keeps one thread busy
/// at most, so that the next horizon's fit can begin beside it.
struct HorizonFit: Sendable {
    let input: HorizonJudgement.Input
    fileprivate let plan: CutOffPlan
    fileprivate let test: ChurnWindow
    fileprivate let training: [ChurnWindow]
    fileprivate let needs: [DataNeed]
    /// Nil where the needs are not met.
    fileprivate let models: Models?

    fileprivate typealias Models = (tested: ChurnTraining.Trained?, serving: ChurnTraining.Calibrated?)

    init(_ input: HorizonJudgement.Input) {
        self.input = input
        let firstDay = input.snapshot.firstDay
        test = ChurnWindow(
            input.snapshot, at: input.asOf - input.horizon.days, horizon: input.horizon, config: input.config,
            threads: input.threads)
        plan = CutOffPlan.make(
            horizon: input.horizon, score: input.asOf, firstDay: firstDay, activeAtTest: test.table.count)
        training = plan.training.map {
            ChurnWindow(
                input.snapshot, at: $0, horizon: input.horizon, config: input.config, threads: input.threads)
        }
        needs = Self.needs(plan, test: test, training: training, firstDay: firstDay)
        guard needs.allSatisfy(\.isMet) else {
            models = nil
            return
        }
        models = ChurnTraining(
            seed: input.seed, horizon: input.horizon, snapshot: input.snapshot, threads: input.threads
        ).train(training, andServing: [test] + training)
    }

    func judgement() -> HorizonJudgement {
        models.map { .judged(self, $0) } ?? .notEnough(input, needs)
    }

    private static func needs(
        _ plan: CutOffPlan, test: ChurnWindow, training: [ChurnWindow], firstDay: Int?
    ) -> [DataNeed] {
        let trainingRows = training.reduce(0) { $0 + $1.labels.count }
        let trainingLeavers = training.reduce(0) { $0 + $1.leavers }
        return [
            DataNeed(key: "active", have: test.table.count, need: MinimumData.activeCustomers),
            DataNeed(key: "history", have: firstDay.map { plan.score - $0 } ?? 0, need: plan.neededHistory),
            DataNeed(key: "test_rarer", have: test.rarerClass, need: MinimumData.rarerClass),
            DataNeed(
                key: "training_rarer", have: min(trainingLeavers, trainingRows - trainingLeavers),
                need: MinimumData.rarerClass),
        ]
    }
}
