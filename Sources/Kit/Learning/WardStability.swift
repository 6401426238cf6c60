/// A partition to be held against resamples: its labels and how many clusters are asked for.
public struct WardCut: Sendable {
    public let clusters: Int
    public let labels: [Int]

    public init(clusters: Int, labels: [Int]) {
        self.clusters = clusters
        self.labels = labels
    }
}

/// Bootstrap stability of several cuts of one Ward tree. A resample is clustered once and cut at every height, and its
/// repeated rows are folded into weights.
public func wardStability(
    _ x: Matrix, cuts: [WardCut], resamples: Int = 20, maxRows: Int = 5_000, seed: UInt64, threads: Int = 1
) -> [Stability] {
    let isUsable = x.rows > 0 && resamples > 0 && cuts.allSatisfy { $0.labels.count == x.rows }
    guard isUsable else { return cuts.map { _ in Stability(mean: 0, values: []) } }
    let values = concurrentMap(resamples, threads: threads) { resample -> [Double] in
        let generator = SeededGenerator(seed: seed, stream: UInt64(resample))
        let drawn = Resample(draws: min(x.rows, maxRows), from: x.rows, generator: generator)
        let sample = x.selecting(rows: drawn.rows)
        let tree = ward(sample, weights: drawn.weights)
        return cuts.map { cut in
            let centroids = clusterMeans(sample, labels: tree.labels(clusters: cut.clusters), weights: drawn.weights)
            return adjustedRandIndex(assignToNearest(x, centroids: centroids), cut.labels)
        }
    }
    return cuts.indices.map { cut in
        let own = values.map { $0[cut] }
        return Stability(mean: own.reduce(0, +) / Double(own.count), values: own)
    }
}

/// Sizes by label; noise (−1) is not a cluster.
public func clusterSizes(_ labels: [Int]) -> [Int] {
    guard let highest = labels.max(), highest >= 0 else { return [] }
    var sizes = [Int](repeating: 0, count: highest + 1)
    for label in labels where label >= 0 { sizes[label] += 1 }
    return sizes
}

/// Mean of the rows of each label, each row counted `weights` times.
public func clusterMeans(_ points: Matrix, labels: [Int], weights: [Double]? = nil) -> Matrix {
    let clusters = (labels.max() ?? -1) + 1
    var mass = [Double](repeating: 0, count: max(clusters, 0))
    var means = Matrix(rows: mass.count, columns: points.columns)
    for (row, label) in labels.enumerated() where label >= 0 {
        let weight = weights?[row] ?? 1
        mass[label] += weight
        for column in 0..<points.columns { means[label, column] += weight * points[row, column] }
    }
    for label in mass.indices where mass[label] > 0 {
        for column in 0..<points.columns { means[label, column] /= mass[label] }
    }
    return means
}
