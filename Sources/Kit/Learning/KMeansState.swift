/// One start on its way: labels with an upper bound of the distance to the own centroid and a lower bound of the
/// distance to any other. As long as upper ≤ lower a row cannot change its cluster and is not looked at.
struct KMeansState {
    var centroids: Matrix
    var labels: [Int32]
    var upper: [Double]
    var lower: [Double]

    /// Bounds come in as the squared distances that the seeding computed.
    init(centroids: Matrix, labels: [Int32], upper: [Double], lower: [Double]) {
        self.centroids = centroids
        self.labels = labels
        self.upper = upper.map { $0.squareRoot() }
        self.lower = lower.map { $0.squareRoot() }
    }

    init(assigning x: Matrix, to centroids: Matrix) {
        self.centroids = centroids
        labels = [Int32](repeating: 0, count: x.rows)
        upper = [Double](repeating: 0, count: x.rows)
        lower = upper
        let packed = PackedCentroids(centroids)
        x.values.withUnsafeBufferPointer { points in
            for row in 0..<x.rows {
                let found = packed.nearestTwo(to: points, at: row &* x.columns)
                labels[row] = Int32(truncatingIfNeeded: found.nearest)
                upper[row] = found.squared.squareRoot()
                lower[row] = found.secondSquared.squareRoot()
            }
        }
    }

    /// Lloyd iterations until the centroids rest; returns how many there were.
    mutating func iterate(problem: KMeansProblem, maxIterations: Int) -> Int {
        var sums = ClusterSums(problem: problem, labels: labels, clusters: centroids.rows)
        var packed = PackedCentroids(centroids)
        for iteration in 0..<max(maxIterations, 1) {
            let previous = centroids
            centroids = sums.means(fallback: previous)
            if sums.hasEmptyCluster { relocateEmptyClusters(problem, &sums) }
            let moves = (0..<centroids.rows).map { centroids.distance(from: $0, to: previous, row: $0) }
            let shift = moves.reduce(0) { $0 + $1 * $1 }
            if shift <= problem.shiftLimit { return iteration + 1 }
            packed.update(centroids)
            let changed = reassign(problem, packed, moves, &sums)
            if changed == 0 && !sums.hasEmptyCluster { return iteration + 1 }
        }
        return max(maxIterations, 1)
    }

    private mutating func reassign(
        _ problem: KMeansProblem, _ packed: PackedCentroids, _ moves: [Double], _ sums: inout ClusterSums
    ) -> Int {
        let columns = problem.x.columns
        let separation = centroids.halfDistanceToNextRow()
        let drift = Drift(moves)
        var changed = 0
        problem.x.values.withUnsafeBufferPointer { points in
            labels.withUnsafeMutableBufferPointer { labels in
                upper.withUnsafeMutableBufferPointer { upper in
                    lower.withUnsafeMutableBufferPointer { lower in
                        separation.withUnsafeBufferPointer { separation in
                            moves.withUnsafeBufferPointer { moves in
                                for row in 0..<labels.count {
                                    let label = Int(labels[row])
                                    let far = upper[row] + moves[label]
                                    let near = lower[row] - (label == drift.cluster ? drift.second : drift.largest)
                                    upper[row] = far
                                    lower[row] = near
                                    if far <= max(near, separation[label]) { continue }
                                    let found = packed.nearestTwo(to: points, at: row &* columns)
                                    upper[row] = found.squared.squareRoot()
                                    lower[row] = found.secondSquared.squareRoot()
                                    if found.nearest != label {
                                        labels[row] = Int32(truncatingIfNeeded: found.nearest)
                                        sums.move(row, from: label, to: found.nearest, points, problem.weights)
                                        changed &+= 1
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        return changed
    }

    /// An emptied cluster starts again at the row that is worst served by its own centroid.
    private mutating func relocateEmptyClusters(_ problem: KMeansProblem, _ sums: inout ClusterSums) {
        for cluster in 0..<centroids.rows where !(sums.mass[cluster] > 0) {
            var worst = -1
            var largest = 0.0
            for row in 0..<labels.count where (problem.weights?[row] ?? 1) > 0 {
                let label = Int(labels[row])
                let distance = problem.x.distance(from: row, to: centroids, row: label)
                if distance > largest && sums.mass[label] > (problem.weights?[row] ?? 1) {
                    largest = distance
                    worst = row
                }
            }
            guard worst >= 0 else { return }
            let label = Int(labels[worst])
            problem.x.values.withUnsafeBufferPointer {
                sums.move(worst, from: label, to: cluster, $0, problem.weights)
            }
            labels[worst] = Int32(cluster)
            centroids = sums.means(fallback: centroids)
            // Every bound is void now: the next pass looks at each row.
            for row in 0..<labels.count {
                upper[row] = .infinity
                lower[row] = 0
            }
        }
    }
}

/// The largest movement of a centroid, and the largest among the others.
private struct Drift {
    var cluster = 0
    var largest = 0.0
    var second = 0.0

    init(_ moves: [Double]) {
        for (index, move) in moves.enumerated() {
            if move > largest {
                second = largest
                largest = move
                cluster = index
            } else {
                second = max(second, move)
            }
        }
    }
}
