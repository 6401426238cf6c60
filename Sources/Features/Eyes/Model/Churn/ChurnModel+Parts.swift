import Foundation
import Learning

/// Log-odds of the rows of a table in parts: base + the parts of a row.
struct ScoreParts: Sendable, Equatable {
    let base: Double
    /// One line per row, one column per reason group or feature.
    let parts: Matrix

    func total(_ row: Int) -> Double {
        (0..<parts.columns).reduce(base) { $0 + parts[row, $1] }
    }
}

extension ChurnModel {
    /// Uncalibrated log-odds in parts, one column per entry of `features`: products for the linear kinds, exact Shapley
    /// values for trees and BG/NBD.
    func rawParts(_ table: FeatureTable, threads: Int = 1) -> ScoreParts {
        switch kind {
        case .recencyOnly, .logistic:
            var x = table.logged(features)
            for row in 0..<x.rows {
                for column in features.indices {
                    x[row, column] = weights[column] * (x[row, column] - centers[column]) / scales[column]
                }
            }
            return ScoreParts(base: intercept, parts: x)
        case .bgnbd:
            guard let lifetime else { return ScoreParts(base: 0, parts: Matrix(rows: table.count, columns: 3)) }
            let lines = concurrentMap(chunksOf: table.count, size: 2_000, threads: threads) { rows in
                table.histories[rows].flatMap(lifetime.parts)
            }
            return ScoreParts(
                base: lifetime.base, parts: Matrix(rows: table.count, columns: 3, values: lines.flatMap(\.self)))
        case .boosted:
            guard let trees else {
                return ScoreParts(base: 0, parts: Matrix(rows: table.count, columns: features.count))
            }
            let explainer = TreeExplainer(trees.trees)
            return ScoreParts(base: explainer.base, parts: explainer.parts(table.logged(features), threads: threads))
        }
    }

    /// Calibrated log-odds in parts, one column per reason group.
    ///
    /// Platt's scaling is a straight line, so that parts stay exact Shapley values. Isotonic steps are not: there each
    /// part is scaled by how much the steps stretch the way from the base to the row, which keeps signs, order and sum.
    func parts(_ table: FeatureTable, threads: Int = 1) -> ScoreParts {
        let raw = rawParts(table, threads: threads)
        let groups = features.map { ReasonGroup($0).index }
        let width = ReasonGroup.allCases.count
        let lines = concurrentMap(chunksOf: table.count, size: 2_000, threads: threads) { rows in
            var sums = [Double](repeating: 0, count: rows.count * width)
            for (place, row) in rows.enumerated() {
                let factor = stretch(from: raw.base, to: raw.total(row))
                for column in features.indices {
                    sums[place * width + groups[column]] += factor * raw.parts[row, column]
                }
            }
            return sums
        }
        return ScoreParts(
            base: calibratedLogit(raw.base),
            parts: Matrix(rows: table.count, columns: width, values: lines.flatMap(\.self)))
    }

    /// Log-odds after calibration.
    func calibratedLogit(_ raw: Double) -> Double {
        guard let steps else { return slope * raw + offset }
        return logit(steps.apply(raw))
    }

    private func stretch(from base: Double, to raw: Double) -> Double {
        guard steps != nil else { return slope }
        let way = abs(raw - base) > 1e-6 ? (base, raw) : (base - 0.05, base + 0.05)
        return (calibratedLogit(way.1) - calibratedLogit(way.0)) / (way.1 - way.0)
    }

    /// How strongly each feature speaks in a table: the weight per standard deviation for the linear kinds; else the
    /// mean size of its parts, with the sign of how they go along with its values.
    func featureWeights(_ table: FeatureTable, threads: Int = 1) -> [FeatureWeight] {
        guard kind == .bgnbd || kind == .boosted else {
            return zip(features, weights).map { FeatureWeight(feature: $0, weight: slope * $1) }
        }
        let raw = rawParts(table, threads: threads)
        return features.indices.map { column in
            let parts = raw.parts.column(column)
            let values = table.column(features[column])
            let size = parts.reduce(0) { $0 + abs($1) } / Double(max(parts.count, 1))
            let middle = values.reduce(0, +) / Double(max(values.count, 1))
            let along = zip(values, parts).reduce(0) { $0 + ($1.0 - middle) * $1.1 }
            return FeatureWeight(feature: features[column], weight: slope * (along < 0 ? -size : size))
        }
    }
}
