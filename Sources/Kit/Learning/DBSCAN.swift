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
    let squared = squaredRadius(eps)
    var search = DensitySearch(
        tree, squaredRadius: squared,
        isCore: rowwise(tree, threads: threads) { view, position in
            view.hasNeighbours(position, within: squared, atLeast: minSamples)
        })
    search.joinCores()
    return search.result(threads: threads)
}

/// Distance of every row to its k-th nearest row (itself being the first), ascending: the curve from which `eps` for
/// `minSamples == k` is read. Empty for no rows; `k` is held within 1...rows.
public func kDistances(_ x: Matrix, k: Int, threads: Int = 1) -> [Double] {
    DensityIndex(x, minSamples: k, threads: threads).curve
}

/// Rows made ready for density clusterings with one number of neighbours and several radii: the way to each row's k-th
/// neighbour, searched once, settles for every radius which rows are cores.
public struct DensityIndex: Sendable {
    private let tree: KDTree
    /// By position in the tree.
    private let squaredToNeighbour: [Double]
    /// `kDistances` of the same rows.
    public let curve: [Double]

    public init(_ x: Matrix, minSamples: Int, threads: Int = 1) {
        let tree = KDTree(x.sanitized())
        let rank = min(max(minSamples, 1), max(x.rows, 1))
        let isReachable = minSamples <= x.rows
        let squared = rowwise(tree, threads: threads) { view, position in view.kthNearestSquared(position, k: rank) }
        curve = squared.map { $0.squareRoot() }.sorted()
        // More neighbours than rows: nobody is a core.
        squaredToNeighbour = isReachable ? squared : squared.map { _ in .infinity }
        self.tree = tree
    }

    /// The same as `dbscan` of these rows.
    public func dbscan(eps: Double, threads: Int = 1) -> DBSCANResult {
        guard tree.count > 0, eps >= 0 else {
            return DBSCANResult(labels: [Int](repeating: -1, count: tree.count), clusterCount: 0)
        }
        let squared = squaredRadius(eps)
        var search = DensitySearch(
            tree, squaredRadius: squared, isCore: squaredToNeighbour.map { $0 <= squared })
        search.joinCores()
        return search.result(threads: threads)
    }
}

private func squaredRadius(_ eps: Double) -> Double {
    let radius = min(eps, Matrix.largestMagnitude)
    return radius * radius
}

/// One value per position of the tree.
private func rowwise<Value: Sendable>(
    _ tree: KDTree, threads: Int, _ value: @Sendable (KDTreeView, Int) -> Value
) -> [Value] {
    concurrentMap(chunksOf: tree.count, size: 1024, threads: threads) { positions in
        tree.withView { view in positions.map { value(view, $0) } }
    }.flatMap(\.self)
}
