import Foundation
import Learning

/// A fitted churn model with everything needed to score and to explain: no look-up, no context.
public struct ChurnModel: Sendable, Codable, Equatable {
    public enum Kind: String, Sendable, Codable {
        /// Logistic on log recency alone: what any score must beat.
        case recencyOnly = "recency_only"
        case logistic
    }

    public let kind: Kind
    /// After log(1 + value) where skewed, in this order.
    public let features: [Feature]
    public let centers: [Double]
    public let scales: [Double]
    public let weights: [Double]
    public let intercept: Double
    /// Platt scaling of the raw logit: slope and offset.
    public var slope: Double
    public var offset: Double
    /// Constant in training and therefore left out.
    public let dropped: [Feature]

    /// Nil when the fit did not converge or the labels know only one class.
    static func fit(_ kind: Kind, _ windows: [ChurnWindow]) -> ChurnModel? {
        let wanted = kind == .recencyOnly ? [Feature.recencyDays] : Feature.forModels
        let all = stacked(windows.map { $0.table.logged(wanted) }, columns: wanted.count)
        let labels = windows.flatMap(\.labels)
        guard labels.contains(true), labels.contains(false) else { return nil }
        let constant = Set(Scaling.zScore.fit(all).constantColumns)
        let kept = wanted.indices.filter { !constant.contains($0) }
        let varying = all.selecting(columns: kept)
        let scaling = Scaling.zScore.fit(varying)
        let model = LogisticRegression.fit(scaling.apply(varying), labels, c: 1, tolerance: 1e-8)
        guard model.converged else { return nil }
        return ChurnModel(
            kind: kind, features: kept.map { wanted[$0] }, centers: scaling.columns.map(\.center),
            scales: scaling.columns.map(\.scale), weights: model.weights, intercept: model.intercept, slope: 1,
            offset: 0, dropped: constant.sorted().map { wanted[$0] })
    }

    private static func stacked(_ parts: [Matrix], columns: Int) -> Matrix {
        Matrix(rows: parts.reduce(0) { $0 + $1.rows }, columns: columns, values: parts.flatMap(\.values))
    }

    func calibrated(_ platt: PlattScaling) -> ChurnModel {
        var copy = self
        copy.slope = platt.a
        copy.offset = platt.b
        return copy
    }

    /// Uncalibrated log-odds of not ordering.
    func rawLogits(_ table: FeatureTable) -> [Double] {
        let x = table.logged(features)
        return (0..<x.rows).map { row in
            var sum = intercept
            for column in features.indices {
                sum += weights[column] * (x[row, column] - centers[column]) / scales[column]
            }
            return sum
        }
    }

    func probabilities(_ table: FeatureTable) -> [Double] {
        rawLogits(table).map { sigmoid(slope * $0 + offset) }
    }

    /// Calibrated log-odds in parts: base + one part per reason group.
    func parts(_ table: FeatureTable) -> [ScoreParts] {
        let x = table.logged(features)
        let groups = features.map { ReasonGroup($0).index }
        let base = slope * intercept + offset
        return (0..<x.rows).map { row in
            var parts = [Double](repeating: 0, count: ReasonGroup.allCases.count)
            for column in features.indices {
                parts[groups[column]] +=
                    slope * weights[column] * (x[row, column] - centers[column]) / scales[column]
            }
            return ScoreParts(base: base, parts: parts)
        }
    }

    enum CodingKeys: String, CodingKey {
        case kind, features, centers, scales, weights, intercept, slope, offset, dropped
    }
}

/// Parts of a calibrated log-odds that add up to it.
struct ScoreParts: Sendable, Equatable {
    let base: Double
    /// By reason group.
    let parts: [Double]

    var total: Double { parts.reduce(base, +) }
}

/// Active customers at a cut-off, their features before it and what they did after it.
struct ChurnWindow: Sendable {
    let table: FeatureTable
    /// True: no order within the horizon.
    let labels: [Bool]

    init(_ snapshot: Snapshot, at cutOff: Int, horizon: Horizon, config: EyesConfig) {
        let customers = Population.active(snapshot, at: cutOff, window: config.activeWindowDays)
        self.init(
            table: FeatureTable(snapshot, customers: customers, at: cutOff),
            labels: Population.churned(snapshot, customers: customers, at: cutOff, days: horizon.days))
    }

    init(table: FeatureTable, labels: [Bool]) {
        self.table = table
        self.labels = labels
    }

    var leavers: Int { labels.count { $0 } }
    var rarerClass: Int { min(leavers, labels.count - leavers) }

    /// The same window with only some of its rows.
    func selecting(_ rows: [Int]) -> ChurnWindow {
        ChurnWindow(table: table.selecting(rows: rows), labels: rows.map { labels[$0] })
    }
}
