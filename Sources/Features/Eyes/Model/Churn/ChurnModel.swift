import Foundation
import Learning

/// A fitted churn model with everything needed to score and to explain: no look-up, no context.
public struct ChurnModel: Sendable, Codable, Equatable {
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// Logistic on log recency alone: what any score must beat.
        case recencyOnly = "recency_only"
        case logistic
        /// Repeat buying and dropping out, from orders alone (`LifetimeModel`).
        case bgnbd
        case boosted
    }

    public let kind: Kind
    /// What it looks at, after log(1 + value) where skewed, in this order.
    public let features: [Feature]
    /// Of the linear kinds, like scales, weights and intercept.
    public var centers: [Double] = []
    public var scales: [Double] = []
    public var weights: [Double] = []
    public var intercept = 0.0
    public var lifetime: LifetimeModel?
    public var trees: PackedTrees?
    /// Platt scaling of the raw logit: slope and offset.
    public var slope = 1.0
    public var offset = 0.0
    /// In place of Platt's two numbers where steps are clearly better on rows they have not seen.
    public var steps: IsotonicCalibration?
    /// Constant in training and therefore left out.
    public let dropped: [Feature]

    public var calibration: Calibrator.Method { steps == nil ? .platt : .isotonic }

    func calibrated(_ calibrator: Calibrator) -> ChurnModel {
        var copy = self
        switch calibrator {
        case .platt(let platt):
            copy.slope = platt.a
            copy.offset = platt.b
        case .isotonic(let steps): copy.steps = steps
        }
        return copy
    }

    var calibrator: Calibrator {
        steps.map(Calibrator.isotonic) ?? .platt(PlattScaling(a: slope, b: offset))
    }

    /// Uncalibrated log-odds of not ordering.
    func rawLogits(_ table: FeatureTable, threads: Int = 1) -> [Double] {
        switch kind {
        case .recencyOnly, .logistic: return linear.logits(table.logged(features))
        case .bgnbd: return table.histories.map { lifetime?.logit($0) ?? 0 }
        case .boosted: return trees?.trees.logits(table.logged(features), threads: threads) ?? []
        }
    }

    func probabilities(_ table: FeatureTable, threads: Int = 1) -> [Double] {
        let calibrator = calibrator
        return rawLogits(table, threads: threads).map(calibrator.probability)
    }

    /// The linear kinds over values that are logged but not yet scaled.
    var linear: LogisticModel {
        let slopes = zip(weights, scales).map { $0 / $1 }
        return LogisticModel(
            weights: slopes, intercept: zip(slopes, centers).reduce(intercept) { $0 - $1.0 * $1.1 }, converged: true,
            iterations: 0)
    }

    enum CodingKeys: String, CodingKey {
        case kind, features, centers, scales, weights, intercept, slope, offset, dropped, lifetime, trees, steps
    }
}

/// Boosted trees as stored: the compact bytes of the learning kit.
public struct PackedTrees: Sendable, Codable, Equatable {
    public let trees: BoostedTrees

    init(_ trees: BoostedTrees) { self.trees = trees }

    public init(from decoder: any Decoder) throws {
        let data = try decoder.singleValueContainer().decode(Data.self)
        trees = try BoostedTrees(bytes: [UInt8](data))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Data(trees.bytes))
    }
}
