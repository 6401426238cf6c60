/// The best of several k-means runs.
public struct KMeansResult: Sendable, Equatable {
    /// Cluster of each row, 0..<centroids.rows, numbered by first appearance.
    public let labels: [Int]
    /// May have fewer rows than asked for when the data has fewer different rows.
    public let centroids: Matrix
    /// Sum of squared distances to the own centroid.
    public let inertia: Double
    public let iterations: Int
}

/// Exact k-means: k-means++ seeding (Arthur and Vassilvitskii, 2007), Lloyd iterations with the distance bounds of
/// Hamerly (2010), best of `starts` by inertia.
///
/// A start ends when the squared movement of its centroids falls to `tolerance` × the mean variance of the columns
/// (the rule of scikit-learn). Starts are spread over `threads`; the answer depends on the seed alone. The order of
/// rows decides which rows the seeding draws, so shuffled rows may settle in another optimum.
public func kMeans(
    _ x: Matrix, k: Int, starts: Int = 10, maxIterations: Int = 300, tolerance: Double = 1e-6, seed: UInt64,
    threads: Int = 1
) -> KMeansResult {
    kMeans(
        x, weights: nil, k: k, starts: starts, maxIterations: maxIterations, tolerance: tolerance, seed: seed,
        threads: threads)
}

/// The same with a weight per row: a row of weight 3 counts as three equal rows. Negative weights count as 0.
public func kMeans(
    _ x: Matrix, weights: [Double]?, k: Int, starts: Int = 10, maxIterations: Int = 300, tolerance: Double = 1e-6,
    seed: UInt64, threads: Int = 1
) -> KMeansResult {
    guard x.rows > 0, k > 0 else {
        return KMeansResult(
            labels: [Int](repeating: 0, count: x.rows), centroids: Matrix(rows: 0, columns: x.columns), inertia: 0,
            iterations: 0)
    }
    let problem = KMeansProblem(x.sanitized(), weights: weights, k: k, tolerance: tolerance)
    let runs = concurrentMap(max(starts, 1), threads: threads) { start in
        problem.run(maxIterations: maxIterations, generator: SeededGenerator(seed: seed, stream: UInt64(start)))
    }
    var best = runs[0]
    for run in runs.dropFirst() where run.inertia < best.inertia { best = run }
    return problem.result(of: best)
}

/// Nearest centroid (squared Euclidean distance, lowest index on a tie) of every row; all 0 without centroids.
public func assignToNearest(_ x: Matrix, centroids: Matrix) -> [Int] {
    guard centroids.rows > 0, centroids.columns == x.columns else { return [Int](repeating: 0, count: x.rows) }
    let packed = PackedCentroids(centroids.sanitized())
    return x.sanitized().values.withUnsafeBufferPointer { points in
        (0..<x.rows).map { row in packed.nearestTwo(to: points, at: row &* x.columns).nearest }
    }
}

/// Everything the starts of one fit have in common.
struct KMeansProblem: Sendable {
    let x: Matrix
    let byColumn: [Double]
    let weights: [Double]?
    let k: Int
    let shiftLimit: Double

    init(_ x: Matrix, weights: [Double]?, k: Int, tolerance: Double) {
        self.x = x
        self.k = min(k, x.rows)
        self.weights = weights.flatMap { all in all.count == x.rows ? all.map { max(Matrix.sanitized($0), 0) } : nil }
        byColumn = x.columnMajor()
        let variances = (0..<x.columns).map { column -> Double in
            let deviation = meanAndDeviation(x.column(column)).deviation
            return deviation * deviation
        }
        shiftLimit = max(tolerance, 0) * variances.reduce(0, +) / Double(max(x.columns, 1))
    }

    struct Run: Sendable {
        var centroids: Matrix
        var inertia: Double
        var iterations: Int
    }

    func run(maxIterations: Int, generator: SeededGenerator) -> Run {
        var seeding = KMeansSeeding(problem: self, generator: generator)
        var state = seeding.run()
        let iterations = state.iterate(problem: self, maxIterations: maxIterations)
        return Run(centroids: state.centroids, inertia: inertia(state.centroids), iterations: iterations)
    }

    private func inertia(_ centroids: Matrix) -> Double {
        let packed = PackedCentroids(centroids)
        return x.values.withUnsafeBufferPointer { points in
            var sum = 0.0
            for row in 0..<x.rows {
                let squared = packed.nearestTwo(to: points, at: row &* x.columns).squared
                sum += squared * (weights?[row] ?? 1)
            }
            return sum
        }
    }

    /// Labels numbered by first appearance, so that equal partitions look equal.
    func result(of run: Run) -> KMeansResult {
        let nearest = assignToNearest(x, centroids: run.centroids)
        var order: [Int] = []
        var number = [Int](repeating: -1, count: run.centroids.rows)
        for label in nearest where number[label] < 0 {
            number[label] = order.count
            order.append(label)
        }
        return KMeansResult(
            labels: nearest.map { number[$0] }, centroids: run.centroids.selecting(rows: order), inertia: run.inertia,
            iterations: run.iterations)
    }
}
