/// An estimate with its 95 % interval.
public struct Interval: Sendable, Codable, Equatable {
    public var estimate: Double
    public var lower: Double
    public var upper: Double

    public init(estimate: Double, lower: Double, upper: Double) {
        self.estimate = estimate
        self.lower = lower
        self.upper = upper
    }
}

/// Area under the ROC curve: the chance that a random positive scores above a random negative, ties counting half.
/// nil when there are no rows, unequal counts or one class only.
public func rocAUC(scores: [Double], labels: [Bool]) -> Double? {
    guard scores.count == labels.count else { return nil }
    let ranking = Ranking(scores, labels)
    return ranking.auc(counts: [Int32](repeating: 1, count: labels.count))
}

/// AUC with the 2.5–97.5 percentiles over bootstrap resamples of the rows. nil where `rocAUC` is.
public func aucInterval(
    scores: [Double], labels: [Bool], resamples: Int = 1000, seed: UInt64, threads: Int = 1
) -> Interval? {
    guard let estimate = rocAUC(scores: scores, labels: labels) else { return nil }
    let ranking = Ranking(scores, labels)
    let values = bootstrapValues(rows: labels.count, resamples: resamples, seed: seed, threads: threads) { counts in
        ranking.auc(counts: counts)
    }
    return interval(estimate, values)
}

/// AUC(a) − AUC(b) on the same rows, with the percentiles over resamples that both share. nil where `rocAUC` is.
public func aucDifferenceInterval(
    _ a: [Double], _ b: [Double], labels: [Bool], resamples: Int = 1000, seed: UInt64, threads: Int = 1
) -> Interval? {
    guard let first = rocAUC(scores: a, labels: labels), let second = rocAUC(scores: b, labels: labels) else {
        return nil
    }
    let left = Ranking(a, labels)
    let right = Ranking(b, labels)
    let values = bootstrapValues(rows: labels.count, resamples: resamples, seed: seed, threads: threads) { counts in
        guard let one = left.auc(counts: counts), let other = right.auc(counts: counts) else { return nil }
        return one - other
    }
    return interval(first - second, values)
}

/// A statistic of how often each row was drawn, over resamples with a stream of randomness each.
/// Resamples in which it does not exist (one class drawn) are left out.
func bootstrapValues(
    rows: Int, resamples: Int, seed: UInt64, threads: Int, _ statistic: @Sendable ([Int32]) -> Double?
) -> [Double] {
    let values = concurrentMap(max(resamples, 0), threads: threads) { resample -> Double? in
        var generator = SeededGenerator(seed: seed, stream: UInt64(resample))
        var counts = [Int32](repeating: 0, count: rows)
        counts.withUnsafeMutableBufferPointer { counts in
            for _ in 0..<rows { counts[generator.below(rows)] &+= 1 }
        }
        return statistic(counts)
    }
    return values.compactMap { $0 }
}

private func interval(_ estimate: Double, _ values: [Double]) -> Interval {
    guard !values.isEmpty else { return Interval(estimate: estimate, lower: estimate, upper: estimate) }
    let sorted = values.sorted()
    return Interval(estimate: estimate, lower: quantile(sorted, 0.025), upper: quantile(sorted, 0.975))
}

/// Rows in the order of their scores, sorted once for all resamples.
struct Ranking: Sendable {
    private let order: [Int32]
    private let isPositive: [Bool]
    /// Whether the row scores the same as the one before it.
    private let tied: [Bool]

    init(_ scores: [Double], _ labels: [Bool]) {
        let clean = scores.map { $0.isNaN ? 0 : $0 }
        let order = clean.indices.sorted { (clean[$0], $0) < (clean[$1], $1) }
        self.order = order.map { Int32($0) }
        isPositive = order.map { labels[$0] }
        tied = order.indices.map { $0 > 0 && clean[order[$0]] == clean[order[$0 - 1]] }
    }

    /// AUC when row i counts `counts[i]` times; nil without both classes. All sums are whole or half numbers, hence exact.
    func auc(counts: [Int32]) -> Double? {
        counts.withUnsafeBufferPointer { counts in
            var negativesBelow = 0.0
            var tiedNegatives = 0.0
            var tiedPositives = 0.0
            var positives = 0.0
            var wins = 0.0
            for position in 0..<order.count {
                if !tied[position] {
                    wins += tiedPositives * (negativesBelow + tiedNegatives / 2)
                    positives += tiedPositives
                    negativesBelow += tiedNegatives
                    tiedNegatives = 0
                    tiedPositives = 0
                }
                let count = Double(counts[Int(order[position])])
                if isPositive[position] { tiedPositives += count } else { tiedNegatives += count }
            }
            wins += tiedPositives * (negativesBelow + tiedNegatives / 2)
            positives += tiedPositives
            negativesBelow += tiedNegatives
            guard positives > 0, negativesBelow > 0 else { return nil }
            return wins / (positives * negativesBelow)
        }
    }
}
