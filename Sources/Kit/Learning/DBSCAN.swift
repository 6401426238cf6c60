public struct DBSCANResult: Sendable, Equatable {
    /// Cluster of each row, −1 for noise. Clusters are numbered by their first core row.
    public let labels: [Int]
    public let clusterCount: Int
}

/// Density clustering (Ester, Kriegel, Sander, Xu, 1996): rows with at least `minSamples` rows within `eps` (themselves
/// counted) are cores; cores within `eps` of each other share a cluster; any other row within `eps` of a core joins
/// the lowest-numbered such cluster, the rest is noise. Exact, the same labels as scikit-learn.
///
/// Shuffled rows give the same clusters and noise; only a border row between two clusters may change sides.
public func dbscan(_ x: Matrix, eps: Double, minSamples: Int, threads: Int = 1) -> DBSCANResult {
    guard x.rows > 0, eps >= 0 else {
        return DBSCANResult(labels: [Int](repeating: -1, count: x.rows), clusterCount: 0)
    }
    let tree = KDTree(x.sanitized())
    let radius = min(eps, Matrix.largestMagnitude)
    var search = DensitySearch(tree, squaredRadius: radius * radius, minSamples: minSamples, threads: threads)
    search.joinCores()
    return search.result(threads: threads)
}

/// Distance of every row to its k-th nearest row (itself being the first), ascending: the curve from which `eps` for
/// `minSamples == k` is read. Empty for no rows; `k` is held within 1...rows.
public func kDistances(_ x: Matrix, k: Int, threads: Int = 1) -> [Double] {
    guard x.rows > 0 else { return [] }
    let tree = KDTree(x.sanitized())
    let rank = min(max(k, 1), x.rows)
    let cut = chunks(of: x.rows, size: 1024)
    let parts = concurrentMap(cut.count, threads: threads) { chunk in
        tree.withView { view in cut[chunk].map { view.kthNearestSquared($0, k: rank).squareRoot() } }
    }
    return parts.flatMap { $0 }.sorted()
}
