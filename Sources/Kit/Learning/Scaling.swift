import Foundation

/// How features of different units are made comparable before a model sees them.
public enum Scaling: String, Sendable, Codable, CaseIterable {
    /// (value − mean) / standard deviation.
    case zScore
    /// (value − median) / (interquartile range / 1.349), clipped to ±5; the standard deviation steps in when the
    /// interquartile range is 0.
    case robust
    /// Clipped to the 5th–95th percentile, then z-score of the clipped values.
    case clippedZScore

    static let robustLimit = 5.0
    static let normalInterquartileRange = 1.349

    /// Learns centre and spread of every column. Without rows every column counts as constant.
    public func fit(_ x: Matrix) -> FittedScaling {
        let clean = x.sanitized()
        return FittedScaling(scaling: self, columns: (0..<clean.columns).map { fitColumn(clean.column($0)) })
    }

    private func fitColumn(_ values: [Double]) -> FittedScaling.Column {
        guard let lowest = values.min(), let highest = values.max(), lowest < highest else {
            let value = values.first ?? 0
            return .init(center: value, scale: 1, lower: value, upper: value, isConstant: true)
        }
        switch self {
        case .zScore: return standardized(values, lower: lowest, upper: highest)
        case .robust: return robust(values, values.ascending())
        case .clippedZScore:
            let sorted = values.ascending()
            let lower = quantile(sorted, 0.05)
            let upper = quantile(sorted, 0.95)
            return standardized(values.map { min(max($0, lower), upper) }, lower: lower, upper: upper)
        }
    }

    private func standardized(_ values: [Double], lower: Double, upper: Double) -> FittedScaling.Column {
        let (mean, deviation) = meanAndDeviation(values)
        let isConstant = !(deviation > 0) || !deviation.isFinite || !(lower < upper)
        return .init(
            center: mean, scale: isConstant ? 1 : deviation, lower: lower, upper: upper, isConstant: isConstant)
    }

    private func robust(_ values: [Double], _ sorted: [Double]) -> FittedScaling.Column {
        let center = quantile(sorted, 0.5)
        var scale = (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / Scaling.normalInterquartileRange
        if !(scale > 0) { scale = meanAndDeviation(values).deviation }
        let isConstant = !(scale > 0) || !scale.isFinite
        if isConstant { scale = 1 }
        let reach = Scaling.robustLimit * scale
        return .init(center: center, scale: scale, lower: center - reach, upper: center + reach, isConstant: isConstant)
    }
}

/// Centre, spread and limits per column, learned once and applied to training, test and scoring rows alike.
public struct FittedScaling: Sendable, Codable, Equatable {
    public struct Column: Sendable, Codable, Equatable {
        public var center: Double
        public var scale: Double
        /// Values are held within these limits (clipped scaling, robust scaling); z-scores ignore them.
        public var lower: Double
        public var upper: Double
        public var isConstant: Bool
    }

    public let scaling: Scaling
    public let columns: [Column]

    /// Columns that carry no information and should be dropped and named.
    public var constantColumns: [Int] { columns.indices.filter { columns[$0].isConstant } }
    public var varyingColumns: [Int] { columns.indices.filter { !columns[$0].isConstant } }

    /// The scaled matrix; constant columns become 0, columns unknown to the fit are left as they are.
    public func apply(_ x: Matrix) -> Matrix {
        var result = x.sanitized()
        let clips = scaling != .zScore
        let width = result.columns
        for (index, column) in columns.prefix(width).enumerated() {
            let factor = column.isConstant ? 0 : 1 / column.scale
            for position in stride(from: index, to: result.values.count, by: width) {
                var value = result.values[position]
                if clips { value = min(max(value, column.lower), column.upper) }
                result.values[position] = (value - column.center) * factor
            }
        }
        return result
    }

    /// Back from scaled units to the feature's own, e.g. for a centroid.
    public func invert(_ x: Matrix) -> Matrix {
        var result = x
        for (index, column) in columns.prefix(result.columns).enumerated() {
            for position in stride(from: index, to: result.values.count, by: result.columns) {
                result.values[position] = result.values[position] * column.scale + column.center
            }
        }
        return result
    }
}

extension Matrix {
    /// Of whole numbers, which most features are.
    private static let knownLogs = (0..<2_048).map { Foundation.log1p(Double($0)) }

    /// log(1 + value) in the named columns, for skewed amounts and counts; negative values count as 0 there.
    public func log1p(columns chosen: [Int]) -> Matrix {
        var result = self
        let width = columns
        result.values.withUnsafeMutableBufferPointer { values in
            Matrix.knownLogs.withUnsafeBufferPointer { known in
                for column in chosen {
                    for place in stride(from: column, to: values.count, by: width) {
                        let value = max(Matrix.sanitized(values[place]), 0)
                        let whole = value < Double(known.count) ? Int(value) : -1
                        values[place] = Double(whole) == value ? known[whole] : Foundation.log1p(value)
                    }
                }
            }
        }
        return result
    }

    /// log(1 + value) in every column.
    public func log1p() -> Matrix { log1p(columns: Array(0..<columns)) }
}
