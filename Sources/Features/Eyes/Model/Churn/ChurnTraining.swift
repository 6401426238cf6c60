import Foundation
import Learning

/// A model kind compared on the newest training cut-off.
public struct CandidateComparison: Sendable, Codable, Equatable {
    public let kind: ChurnModel.Kind
    /// Mean log loss on rows not used for fitting, and its standard error. Nil: the fit did not converge.
    public let logLoss: Double?
    public let standardError: Double?
    public let chosen: Bool
    /// On the same rows.
    public var auc: Double?

    enum CodingKeys: String, CodingKey {
        case kind, chosen, auc
        case logLoss = "log_loss"
        case standardError = "standard_error"
    }
}

/// Fits, chooses and calibrates on training windows only. The test window never enters here before `serving`.
struct ChurnTraining: Sendable {
    let seed: RunSeed
    let horizon: Horizon
    let snapshot: Snapshot
    var threads = 1

    static let folds = 5
    /// Simplest first, after the baseline, which is compared but never chosen: a score has to beat it.
    static let kinds = ChurnModel.Kind.allCases

    struct Trained: Sendable {
        let model: ChurnModel
        let baseline: ChurnModel
        let comparisons: [CandidateComparison]
        let calibration: CalibrationChoice

        func replacing(_ model: ChurnModel) -> Trained {
            Trained(model: model, baseline: baseline, comparisons: comparisons, calibration: calibration)
        }
    }

    typealias Calibrated = (model: ChurnModel, calibration: CalibrationChoice)

    /// - Parameter windows: training windows, newest first.
    /// - Returns: nil when nothing converged.
    func train(_ windows: [ChurnWindow]) -> Trained? { train(windows, andServing: []).tested }

    /// The model to be tested and, by the same recipe, the one that would serve: it knows the newest closed windows too.
    /// Both are made at once, the kind being chosen beforehand on the training windows alone.
    ///
    /// - Parameter closed: the windows of the serving model; none: no such model.
    func train(
        _ windows: [ChurnWindow], andServing closed: [ChurnWindow]
    ) -> (tested: Trained?, serving: Calibrated?) {
        guard let newest = windows.first else { return (nil, nil) }
        // The dearest kind first, so that the threads end together.
        let unseen = Array(
            concurrentMap(Self.kinds.count, threads: threads) {
                unseenLogits(Self.kinds[Self.kinds.count - 1 - $0], windows)
            }.reversed())
        let losses = unseen.map { logits in logits.map { rowLosses($0, newest.labels) } }
        guard let choice = Self.choose(losses), let baseline = fit(.recencyOnly, windows) else { return (nil, nil) }
        let made = concurrentMap(2, threads: threads) { calibrated(Self.kinds[choice], $0 == 0 ? windows : closed) }
        guard let (model, calibration) = made[0] else { return (nil, nil) }
        let comparisons = Self.kinds.indices.map { index in
            CandidateComparison(
                kind: Self.kinds[index], logLoss: losses[index].map(Self.mean),
                standardError: losses[index].map(Self.standardError), chosen: index == choice,
                auc: unseen[index].flatMap { rocAUC(scores: $0, labels: newest.labels) })
        }
        let trained = Trained(model: model, baseline: baseline, comparisons: comparisons, calibration: calibration)
        return (trained, made[1])
    }

    /// A model of all windows, calibrated on the newest one's cross-fitted logits. For the tested model the newest is the
    /// newest training window, for the serving model the newest closed one: the same recipe.
    ///
    /// Logits of a model of the older windows alone would be out of sample too, but of another model: a change of level
    /// between the windows would be counted twice, once by the calibration and once by the refit
    /// (docs/decisions/0016-calibration-on-cross-fitted-logits.md).
    func calibrated(_ kind: ChurnModel.Kind, _ windows: [ChurnWindow]) -> Calibrated? {
        guard let newest = windows.first, let model = fit(kind, windows) else { return nil }
        let spared = kind == .boosted ? spared(windows) : []
        let logits =
            spared.isEmpty
            ? crossFitted(kind, windows) : model.rawLogits(newest.table.selecting(rows: spared), threads: threads)
        guard let logits,
            let calibration = CalibrationChoice.make(
                logits: logits, labels: spared.isEmpty ? newest.labels : spared.map { newest.labels[$0] },
                seed: seed.derived("calibration.\(horizon.key)"))
        else { return nil }
        return (model.calibrated(calibration.calibrator), calibration)
    }

    /// Rows of the newest window whose customers were not drawn for the trees: where there are plenty, they are out of
    /// sample for the very model that is calibrated, and nothing need be fitted again. Empty where there are few.
    private func spared(_ windows: [ChurnWindow]) -> [Int] {
        let total = windows.reduce(0) { $0 + $1.labels.count }
        guard total > Self.mostRowsForTrees else { return [] }
        let newest = windows[0].table
        let rows = newest.customers.indices.filter { !isDrawn(newest.customers[$0], of: total) }
        guard rows.count > Self.mostSpared else { return rows.count >= Self.enoughSpared ? rows : [] }
        var generator = SeededGenerator(seed: seed.derived("spared.\(horizon.key)"))
        return generator.sample(Self.mostSpared, from: rows.count).map { rows[$0] }
    }

    // MARK: Fitting

    func fit(_ kind: ChurnModel.Kind, _ windows: [ChurnWindow]) -> ChurnModel? {
        kind == .bgnbd ? fitLifetime(windows, without: nil) : fit(kind, rows(kind, drawn(kind, windows)))
    }

    private func rows(_ kind: ChurnModel.Kind, _ windows: [ChurnWindow]) -> TrainingRows {
        TrainingRows(windows, features: kind == .recencyOnly ? [.recencyDays] : windows[0].table.modelFeatures)
    }

    private func fit(_ kind: ChurnModel.Kind, _ rows: TrainingRows) -> ChurnModel? {
        kind == .boosted
            ? ChurnModel.fitTrees(drawn(rows), seed: seed.derived("boosted.\(horizon.key)"))
            : ChurnModel.fitLinear(kind, rows)
    }

    /// Trees of depth 3 learn no more from more rows, but take longer: beyond this many, customers are drawn, with all
    /// their rows.
    static let mostRowsForTrees = 20_000

    /// Enough to calibrate on, and as many as a fold of the rows the trees learn from.
    static let enoughSpared = 8_000

    /// The share of leavers among so many is known to 0.004 (one standard error), far less than a window's level moves.
    static let mostSpared = 20_000

    /// The windows with the rows that trees learn from, if there are too many: before anything is made of them.
    private func drawn(_ kind: ChurnModel.Kind, _ windows: [ChurnWindow]) -> [ChurnWindow] {
        let total = windows.reduce(0) { $0 + $1.labels.count }
        guard kind == .boosted, total > Self.mostRowsForTrees else { return windows }
        return windows.map { window in
            let rows = window.table.customers.indices.filter { isDrawn(window.table.customers[$0], of: total) }
            return ChurnWindow(table: window.table.selecting(rows: rows), labels: rows.map { window.labels[$0] })
        }
    }

    private func drawn(_ rows: TrainingRows) -> TrainingRows {
        let total = rows.labels.count
        guard total > Self.mostRowsForTrees else { return rows }
        return rows.selecting(rows.customers.indices.filter { isDrawn(rows.customers[$0], of: total) })
    }

    private func isDrawn(_ customer: Int, of rows: Int) -> Bool {
        var generator = SeededGenerator(seed: seed.derived("trees.\(horizon.key)"), stream: UInt64(customer))
        return generator.unit() < Double(Self.mostRowsForTrees) / Double(rows)
    }

    /// BG/NBD learns from the orders themselves, up to the end of the newest label window: as much as the others know.
    private func fitLifetime(_ windows: [ChurnWindow], without fold: Int?) -> ChurnModel? {
        guard let newest = windows.first else { return nil }
        let until = newest.table.cutOff + horizon.days
        var generator = SeededGenerator(seed: seed.derived("lifetime.\(horizon.key)"))
        let drawn = generator.sample(LifetimeModel.mostCustomers, from: snapshot.customers.count)
        let histories = drawn.filter { fold == nil || self.fold($0) != fold }
            .compactMap { PurchaseHistory(snapshot.orders(of: $0, before: until), cutOff: until) }
        return ChurnModel.fitLifetime(histories, days: horizon.days)
    }

    /// Logits for the newest window from models that have not seen its rows.
    private func unseenLogits(_ kind: ChurnModel.Kind, _ windows: [ChurnWindow]) -> [Double]? {
        guard windows.count > 1 else { return crossFitted(kind, windows) }
        return fit(kind, Array(windows.dropFirst()))?.rawLogits(windows[0].table)
    }

    /// Five folds by customer: a customer's rows of every window are left out together.
    private func crossFitted(_ kind: ChurnModel.Kind, _ windows: [ChurnWindow]) -> [Double]? {
        let newest = windows[0].table
        let all = kind == .bgnbd ? nil : rows(kind, windows)
        let held = (0..<Self.folds).map { fold in
            newest.customers.indices.filter { self.fold(newest.customers[$0]) == fold }
        }
        let parts = concurrentMap(Self.folds, threads: threads) { fold -> [Double]? in
            let model =
                all.map { all in
                    fit(kind, all.selecting(all.customers.indices.filter { self.fold(all.customers[$0]) != fold }))
                } ?? fitLifetime(windows, without: fold)
            return model?.rawLogits(newest.selecting(rows: held[fold]))
        }
        var logits = [Double](repeating: 0, count: newest.count)
        for (rows, part) in zip(held, parts) {
            guard let part else { return nil }
            for (row, logit) in zip(rows, part) { logits[row] = logit }
        }
        return logits
    }

    private func fold(_ customer: Int) -> Int {
        var generator = SeededGenerator(seed: seed.derived("folds.\(horizon.key)"), stream: UInt64(customer))
        return generator.below(Self.folds)
    }

    // MARK: Choosing

    /// The simplest whose loss lies within one standard error of the best.
    static func choose(_ losses: [[Double]?]) -> Int? {
        let eligible = kinds.indices.filter { kinds[$0] != .recencyOnly && losses[$0] != nil }
        guard let best = eligible.min(by: { mean(losses[$0] ?? []) < mean(losses[$1] ?? []) }) else { return nil }
        let limit = mean(losses[best] ?? []) + standardError(losses[best] ?? [])
        return eligible.first { mean(losses[$0] ?? []) <= limit }
    }

    private func rowLosses(_ logits: [Double], _ labels: [Bool]) -> [Double] {
        zip(logits, labels).map { logit, label in softplus(label ? -logit : logit) }
    }

    /// log(1 + e^x) without overflow.
    private func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }

    static func mean(_ values: [Double]) -> Double {
        values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
    }

    static func standardError(_ values: [Double]) -> Double {
        guard values.count > 1 else { return 0 }
        let average = mean(values)
        let squares = values.reduce(0) { $0 + ($1 - average) * ($1 - average) }
        return (squares / Double(values.count - 1) / Double(values.count)).squareRoot()
    }
}
