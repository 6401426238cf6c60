/// The same values per column in a random order of their own: everything the columns tell about each other is gone,
/// everything each tells alone is kept. What structure a clustering still "finds" there is its null.
public func columnShuffled(_ x: Matrix, seed: UInt64) -> Matrix {
    var result = x
    for column in 0..<x.columns {
        var generator = SeededGenerator(seed: seed, stream: UInt64(column))
        for (row, value) in generator.shuffled(x.column(column)).enumerated() { result[row, column] = value }
    }
    return result
}

/// `count` row numbers drawn from 0..<count with replacement.
public func bootstrapIndices(count: Int, seed: UInt64) -> [Int] {
    bootstrapIndices(count: count, from: count, generator: SeededGenerator(seed: seed))
}

func bootstrapIndices(count: Int, from population: Int, generator: SeededGenerator) -> [Int] {
    var generator = generator
    guard count > 0, population > 0 else { return [] }
    return (0..<count).map { _ in generator.below(population) }
}

/// A resample with replacement as its different rows and how often each was drawn.
public struct Resample: Sendable {
    /// Row numbers of the original, ascending.
    public let rows: [Int]
    /// Times drawn, one per entry of `rows`.
    public let weights: [Double]

    public init(draws: Int, from population: Int, generator: SeededGenerator) {
        var counts = [Int32](repeating: 0, count: max(population, 0))
        for row in bootstrapIndices(count: draws, from: population, generator: generator) { counts[row] &+= 1 }
        rows = counts.indices.filter { counts[$0] > 0 }
        weights = rows.map { Double(counts[$0]) }
    }
}

/// What a clustering made of a resample.
public enum ResampleClustering: Sendable {
    /// One label per row of the resampled matrix; compared on those rows.
    case labels([Int])
    /// Centroids; every row of the full matrix is assigned to its nearest and compared.
    case centroids(Matrix)
}

/// How far a clustering keeps its shape when the customers are drawn anew.
public struct Stability: Sendable, Equatable {
    /// Mean adjusted Rand index over the resamples; 0 when there was nothing to resample.
    public let mean: Double
    public let values: [Double]
}

/// Clusters `resamples` bootstrap samples of at most `maxRows` draws anew and compares each with `labels`, the
/// clustering of all rows. The samples are handed over as rows with repetition, beside a seed of their own.
///
/// `cluster` runs on several threads at once; give it one thread inside.
public func bootstrapStability(
    _ x: Matrix, labels: [Int], resamples: Int = 20, maxRows: Int = 20_000, seed: UInt64, threads: Int = 1,
    cluster: @Sendable (Matrix, UInt64) -> ResampleClustering
) -> Stability {
    guard labels.count == x.rows, x.rows > 0, resamples > 0 else { return Stability(mean: 0, values: []) }
    let values = concurrentMap(resamples, threads: threads) { resample -> Double in
        var generator = SeededGenerator(seed: seed, stream: UInt64(resample))
        let draws = bootstrapIndices(count: min(x.rows, maxRows), from: x.rows, generator: generator)
        switch cluster(x.selecting(rows: draws), generator.next()) {
        case .labels(let found): return adjustedRandIndex(found, draws.map { labels[$0] })
        case .centroids(let centroids): return adjustedRandIndex(assignToNearest(x, centroids: centroids), labels)
        }
    }
    return Stability(mean: values.reduce(0, +) / Double(values.count), values: values)
}

/// Bootstrap stability of k-means. Repeated rows are folded into weights, so a resample costs its different rows only.
/// Each resample is clustered with `starts` starts, which for stability may be fewer than for the clustering itself.
public func kMeansStability(
    _ x: Matrix, labels: [Int], k: Int, starts: Int = 3, resamples: Int = 20, maxRows: Int = 20_000, seed: UInt64,
    threads: Int = 1
) -> Stability {
    guard labels.count == x.rows, x.rows > 0, resamples > 0 else { return Stability(mean: 0, values: []) }
    let values = concurrentMap(resamples, threads: threads) { resample -> Double in
        var generator = SeededGenerator(seed: seed, stream: UInt64(resample))
        let drawn = Resample(draws: min(x.rows, maxRows), from: x.rows, generator: generator)
        let found = kMeans(
            x.selecting(rows: drawn.rows), weights: drawn.weights, k: k, starts: starts, seed: generator.next())
        return adjustedRandIndex(assignToNearest(x, centroids: found.centroids), labels)
    }
    return Stability(mean: values.reduce(0, +) / Double(values.count), values: values)
}
