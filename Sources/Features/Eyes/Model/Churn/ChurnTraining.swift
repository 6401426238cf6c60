import Foundation
import Learning

/// A model kind compared on the newest training cut-off.
public struct CandidateComparison: Sendable, Codable, Equatable {
    public let kind: ChurnModel.Kind
    /// Mean log loss on rows not used for fitting, and its standard error. Nil: the fit did not converge.
    public let logLoss: Double?
    public let standardError: Double?
    public let chosen: Bool

    enum CodingKeys: String, CodingKey {
        case kind, chosen
        case logLoss = "log_loss"
        case standardError = "standard_error"
    }
}

/// Fits, chooses and calibrates on training windows only. The test window never enters here before `serving`.
struct ChurnTraining: Sendable {
    let seed: RunSeed
    let horizon: Horizon

    static let folds = 5

    struct Trained: Sendable {
        let model: ChurnModel
        let baseline: ChurnModel
        let comparisons: [CandidateComparison]
    }

    /// - Parameter windows: training windows, newest first.
    /// - Returns: nil when nothing converged.
    func train(_ windows: [ChurnWindow]) -> Trained? {
        guard let newest = windows.first else { return nil }
        let kinds: [ChurnModel.Kind] = [.recencyOnly, .logistic]
        let unseen = kinds.map { unseenLogits($0, windows) }
        let losses = unseen.map { logits in logits.map { rowLosses($0, newest.labels) } }
        // Boosted trees and BG/NBD join here; the simplest within one standard error of the best wins.
        let choice = choose(kinds, losses)
        guard let choice, let model = ChurnModel.fit(kinds[choice], windows),
            let baseline = ChurnModel.fit(.recencyOnly, windows), let logits = unseen[choice]
        else { return nil }
        let comparisons = kinds.indices.map { index in
            CandidateComparison(
                kind: kinds[index], logLoss: losses[index].map(mean), standardError: losses[index].map(standardError),
                chosen: index == choice)
        }
        return Trained(
            model: model.calibrated(PlattScaling.fit(logits: logits, labels: newest.labels)),
            baseline: baseline, comparisons: comparisons)
    }

    /// The same recipe with the newest closed window in training, calibrated on that window's cross-fitted logits.
    func serving(_ kind: ChurnModel.Kind, _ windows: [ChurnWindow]) -> ChurnModel? {
        guard let newest = windows.first, let model = ChurnModel.fit(kind, windows),
            let logits = crossFitted(kind, windows)
        else { return nil }
        return model.calibrated(PlattScaling.fit(logits: logits, labels: newest.labels))
    }

    /// Logits for the newest window from models that have not seen its rows.
    private func unseenLogits(_ kind: ChurnModel.Kind, _ windows: [ChurnWindow]) -> [Double]? {
        guard windows.count > 1 else { return crossFitted(kind, windows) }
        return ChurnModel.fit(kind, Array(windows.dropFirst()))?.rawLogits(windows[0].table)
    }

    /// Five folds by customer: a customer's rows of every window are left out together.
    private func crossFitted(_ kind: ChurnModel.Kind, _ windows: [ChurnWindow]) -> [Double]? {
        let newest = windows[0]
        var logits = [Double](repeating: 0, count: newest.table.count)
        for fold in 0..<Self.folds {
            let kept = windows.map { window in
                window.selecting(
                    window.table.customers.indices.filter { self.fold(window.table.customers[$0]) != fold })
            }
            let held = newest.table.customers.indices.filter { self.fold(newest.table.customers[$0]) == fold }
            guard let model = ChurnModel.fit(kind, kept) else { return nil }
            for (row, logit) in zip(held, model.rawLogits(newest.table.selecting(rows: held))) { logits[row] = logit }
        }
        return logits
    }

    private func fold(_ customer: Int) -> Int {
        var generator = SeededGenerator(seed: seed.derived("folds.\(horizon.key)"), stream: UInt64(customer))
        return generator.below(Self.folds)
    }

    /// The baseline is compared but never chosen: a score has to beat it.
    private func choose(_ kinds: [ChurnModel.Kind], _ losses: [[Double]?]) -> Int? {
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

    private func mean(_ values: [Double]) -> Double {
        values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
    }

    private func standardError(_ values: [Double]) -> Double {
        guard values.count > 1 else { return 0 }
        let average = mean(values)
        let squares = values.reduce(0) { $0 + ($1 - average) * ($1 - average) }
        return (squares / Double(values.count - 1) / Double(values.count)).squareRoot()
    }
}
