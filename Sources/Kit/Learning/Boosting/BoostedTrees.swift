/// Gradient-boosted trees for a yes-or-no outcome: log-odds = base + one leaf of every tree.
///
/// XGBoost grows the trees (see `train`); everything afterwards happens here, in double precision and without the
/// library: scores, their parts and the stored form. Values are compared with thresholds in single precision, as in
/// training. A value that is not finite counts as 0, a column beyond the matrix as 0.
public struct BoostedTrees: Sendable, Codable, Equatable {
    public let featureCount: Int
    /// Log-odds before the first tree.
    public let base: Double
    public let trees: [RegressionTree]
    /// The same trees, ready for many rows.
    private let forest: Forest

    /// - Throws: `BoostingError.malformedModel` when a tree looks at a column that the model does not have.
    public init(featureCount: Int, base: Double, trees: [RegressionTree]) throws(BoostingError) {
        let fits = trees.allSatisfy { $0.nodes.allSatisfy { $0.feature < featureCount } }
        guard featureCount >= 0, base.isFinite, fits else { throw .malformedModel }
        self.featureCount = featureCount
        self.base = base
        self.trees = trees
        forest = Forest(trees)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            featureCount: container.decode(Int.self, forKey: .featureCount),
            base: container.decode(Double.self, forKey: .base),
            trees: container.decode([RegressionTree].self, forKey: .trees))
    }

    enum CodingKeys: String, CodingKey {
        case base, trees
        case featureCount = "feature_count"
    }

    /// Log-odds per row; the same on any number of threads.
    public func logits(_ x: Matrix, threads: Int = 1) -> [Double] {
        concurrentRows(x, width: 1, threads: threads) { row, sum in
            sum[0] = forest.sum(base, row)
        }
    }

    public func probabilities(_ x: Matrix, threads: Int = 1) -> [Double] {
        logits(x, threads: threads).map(sigmoid)
    }

    /// Log-odds of one row.
    public func logit(of row: [Double]) -> Double {
        logit((0..<max(featureCount, 1)).map { $0 < row.count ? treeValue(row[$0]) : 0 })
    }

    /// Log-odds of one row as trees see it: as many values as the model has columns, at least one.
    func logit(_ row: [Float]) -> Double {
        row.withUnsafeBufferPointer { values in values.baseAddress.map { forest.sum(base, $0) } ?? base }
    }

    /// Calls `body` for every row, in chunks of fixed size, with its values and room for `width` results, all 0.
    func concurrentRows(
        _ x: Matrix, width: Int, threads: Int,
        _ body: @Sendable (UnsafePointer<Float>, UnsafeMutableBufferPointer<Double>) -> Void
    ) -> [Double] {
        let known = min(featureCount, x.columns)
        let parts = concurrentMap(chunksOf: x.rows, size: 1024, threads: threads) { chunk in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: max(featureCount, 1)) { row in
                var results = [Double](repeating: 0, count: chunk.count * width)
                row.initialize(repeating: 0)
                guard let first = row.baseAddress else { return results }
                results.withUnsafeMutableBufferPointer { results in
                    for (position, index) in chunk.enumerated() {
                        for column in 0..<known { row[column] = treeValue(x[index, column]) }
                        let room = results[position * width..<(position + 1) * width]
                        body(UnsafePointer(first), UnsafeMutableBufferPointer(rebasing: room))
                    }
                }
                return results
            }
        }
        return parts.flatMap(\.self)
    }
}

/// What a tree sees of a value.
@inline(__always)
func treeValue(_ value: Double) -> Float {
    guard value.isFinite else { return 0 }
    return Float(min(max(value, -3e38), 3e38))
}

/// Why trees were not grown or not read.
public enum BoostingError: Error, Equatable {
    /// Rows and outcomes differ in number, or there are none.
    case unequalCounts
    /// Without both outcomes there is nothing to learn.
    case oneClass
    /// The named parameter lies outside its range.
    case parameter(String)
    /// Stored bytes or a stored document that is no model.
    case malformedModel
    /// XGBoost refused; its own words, for the log.
    case library(String)
}
