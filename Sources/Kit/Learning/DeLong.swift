/// 95 % interval of the AUC by formula, without drawing anything: DeLong, DeLong and Clarke-Pearson (1988), Biometrics
/// 44, 837–845; placements by midranks as in Sun and Xu (2014), IEEE Signal Processing Letters 21, 1389–1393.
/// The same rows give the same interval in any order and from any seed. nil where `rocAUC` is.
public func deLongInterval(scores: [Double], labels: [Bool]) -> Interval? {
    guard let placements = Placements(scores, labels) else { return nil }
    return interval(
        placements.auc, variance: placements.positives.meanVariance + placements.negatives.meanVariance, within: 0...1)
}

/// AUC(a) − AUC(b) on the same rows, with the interval of the same paper, which knows that the two go together.
public func deLongDifference(_ a: [Double], _ b: [Double], labels: [Bool]) -> Interval? {
    guard let left = Placements(a, labels), let right = Placements(b, labels) else { return nil }
    let positives = zip(left.positives, right.positives).map { $0 - $1 }
    let negatives = zip(left.negatives, right.negatives).map { $0 - $1 }
    return interval(
        left.auc - right.auc, variance: positives.meanVariance + negatives.meanVariance, within: -1...1)
}

private func interval(_ estimate: Double, variance: Double, within range: ClosedRange<Double>) -> Interval {
    let reach = 1.959_963_984_540_054 * variance.squareRoot()
    return Interval(
        estimate: estimate, lower: max(range.lowerBound, estimate - reach),
        upper: min(range.upperBound, estimate + reach))
}

/// How each row fares against the other class, ties counting half: for a positive the share of negatives that score
/// lower, for a negative the share of positives that score higher. The mean of either is the AUC.
private struct Placements {
    let auc: Double
    let positives: [Double]
    let negatives: [Double]

    /// Nil without rows of both classes or where counts differ. Like `rocAUC`, it takes what is no number for 0.
    init?(_ scores: [Double], _ labels: [Bool]) {
        let total = labels.count { $0 }
        let others = labels.count - total
        guard scores.count == labels.count, total > 0, others > 0 else { return nil }
        let clean = scores.map { $0.isNaN ? 0 : $0 }
        let order = clean.indices.sorted { (clean[$0], $0) < (clean[$1], $1) }
        var shares = [Double](repeating: 0, count: clean.count)
        var wins = 0.0
        var below = (positives: 0, negatives: 0)
        var start = 0
        while start < order.count {
            var end = start
            while end < order.count, clean[order[end]] == clean[order[start]] { end += 1 }
            let tied = order[start..<end]
            let positives = tied.count { labels[$0] }
            let negatives = tied.count - positives
            let lower = Double(below.negatives) + Double(negatives) / 2
            let higher = Double(total - below.positives) - Double(positives) / 2
            for row in tied { shares[row] = labels[row] ? lower / Double(others) : higher / Double(total) }
            wins += Double(positives) * lower
            below = (below.positives + positives, below.negatives + negatives)
            start = end
        }
        auc = wins / (Double(total) * Double(others))
        positives = shares.indices.filter { labels[$0] }.map { shares[$0] }
        negatives = shares.indices.filter { !labels[$0] }.map { shares[$0] }
    }
}

extension [Double] {
    /// Variance of the mean of independent values. A single value says nothing of its spread; 1 makes the interval the
    /// whole range.
    fileprivate var meanVariance: Double {
        guard count > 1 else { return 1 }
        let mean = reduce(0, +) / Double(count)
        return reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count - 1) / Double(count)
    }
}
