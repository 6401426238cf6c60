import Foundation

/// Mean squared difference between probability and outcome; 0 for no rows.
public func brierScore(probabilities: [Double], labels: [Bool]) -> Double {
    meanOver(probabilities, labels) { p, label in
        let difference = p - (label ? 1 : 0)
        return difference * difference
    }
}

/// Mean negative log-likelihood. Probabilities are held 1e-15 away from 0 and 1, as in scikit-learn up to 1.4.
public func logLoss(probabilities: [Double], labels: [Bool]) -> Double {
    meanOver(probabilities, labels) { p, label in
        let held = min(max(p, 1e-15), 1 - 1e-15)
        return -log(label ? held : 1 - held)
    }
}

private func meanOver(_ probabilities: [Double], _ labels: [Bool], _ loss: (Double, Bool) -> Double) -> Double {
    let rows = min(probabilities.count, labels.count)
    guard rows > 0 else { return 0 }
    return (0..<rows).reduce(0) { $0 + loss(heldProbability(probabilities[$1]), labels[$1]) } / Double(rows)
}

private func heldProbability(_ p: Double) -> Double {
    p.isNaN ? 0.5 : min(max(p, 0), 1)
}

/// One point of a calibration plot.
public struct CalibrationBin: Sendable, Codable, Equatable {
    public var count: Int
    public var meanPredicted: Double
    /// Observed share of positives, with its 95 % Wilson interval.
    public var observed: Double
    public var lower: Double
    public var upper: Double
    /// Smallest and largest probability in the bin.
    public var from: Double
    public var to: Double
}

/// Bins of about equal count in ascending order of probability. Equal probabilities stay in one bin, so the order of
/// rows does not matter and there may be fewer bins than asked for.
public func calibrationBins(probabilities: [Double], labels: [Bool], bins: Int = 10) -> [CalibrationBin] {
    let rows = min(probabilities.count, labels.count)
    let clean = probabilities.map(heldProbability)
    let order = (0..<rows).sorted { (clean[$0], $0) < (clean[$1], $1) }
    var result: [CalibrationBin] = []
    var start = 0
    for bin in 1...max(bins, 1) {
        var end = rows * bin / max(bins, 1)
        while end > 0 && end < rows && clean[order[end]] == clean[order[end - 1]] { end += 1 }
        guard end > start else { continue }
        let positives = order[start..<end].count { labels[$0] }
        let share = wilsonInterval(successes: positives, trials: end - start)
        let mean = order[start..<end].reduce(0) { $0 + clean[$1] } / Double(end - start)
        result.append(
            CalibrationBin(
                count: end - start, meanPredicted: mean, observed: share.estimate, lower: share.lower,
                upper: share.upper, from: clean[order[start]], to: clean[order[end - 1]]))
        start = end
    }
    return result
}

/// Expected calibration error: mean gap between predicted and observed over the bins, weighted by count.
public func expectedCalibrationError(probabilities: [Double], labels: [Bool], bins: Int = 10) -> Double {
    let all = calibrationBins(probabilities: probabilities, labels: labels, bins: bins)
    let rows = all.reduce(0) { $0 + $1.count }
    guard rows > 0 else { return 0 }
    return all.reduce(0) { $0 + abs($1.meanPredicted - $1.observed) * Double($1.count) } / Double(rows)
}

/// Share with its 95 % score interval (Wilson, 1927). Without trials the estimate is 0 and the interval 0...1.
public func wilsonInterval(successes: Int, trials: Int) -> Interval {
    guard trials > 0 else { return Interval(estimate: 0, lower: 0, upper: 1) }
    let z = 1.959963984540054
    let n = Double(trials)
    let share = min(max(Double(successes) / n, 0), 1)
    let spread = z * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
    let scale = 1 + z * z / n
    let middle = share + z * z / (2 * n)
    return Interval(
        estimate: share, lower: max((middle - spread) / scale, 0), upper: min((middle + spread) / scale, 1))
}

/// Turns raw log-odds into calibrated probabilities: sigmoid(a × logit + b).
public struct PlattScaling: Sendable, Codable, Equatable {
    public var a: Double
    public var b: Double
    /// False when the fit had no two classes or did not settle; then the scaling changes nothing (a = 1, b = 0).
    public var converged: Bool

    public init(a: Double, b: Double, converged: Bool = true) {
        self.a = a
        self.b = b
        self.converged = converged
    }

    /// Maximum likelihood with Platt's smoothed targets (Platt, 1999; Newton's method as in Lin, Lin and Weng, 2007).
    public static func fit(logits: [Double], labels: [Bool]) -> PlattScaling {
        let positives = labels.count { $0 }
        let negatives = labels.count - positives
        guard logits.count == labels.count, positives > 0, negatives > 0 else {
            return PlattScaling(a: 1, b: 0, converged: false)
        }
        let z = logits.map { min(max(Matrix.sanitized($0), -1e6), 1e6) }
        let high = (Double(positives) + 1) / (Double(positives) + 2)
        let low = 1 / (Double(negatives) + 2)
        let targets = labels.map { $0 ? high : low }
        let rows = Double(z.count)
        var solver = NewtonSolver(
            point: [0, log((Double(positives) + 1) / (Double(negatives) + 1))], tolerance: 1e-10, maxIterations: 100)
        solver.minimize { point in
            var slope = NewtonSolver.Slope(size: 2)
            for (value, target) in zip(z, targets) {
                let fitted = point[0] * value + point[1]
                slope.value += (softplus(fitted) - target * fitted) / rows
                let p = sigmoid(fitted)
                let weight = p * (1 - p) / rows
                slope.gradient[0] += (p - target) * value / rows
                slope.gradient[1] += (p - target) / rows
                slope.curvature[0] += weight * value * value
                slope.curvature[1] += weight * value
                slope.curvature[2] += weight * value
                slope.curvature[3] += weight
            }
            return slope
        }
        guard solver.converged else { return PlattScaling(a: 1, b: 0, converged: false) }
        return PlattScaling(a: solver.point[0], b: solver.point[1])
    }

    /// The calibrated log-odds.
    public func logit(_ raw: Double) -> Double { a * raw + b }

    /// The calibrated probability.
    public func apply(_ raw: Double) -> Double { sigmoid(logit(raw)) }
}

/// The non-decreasing sequence nearest to the values in weighted least squares (pool adjacent violators; Ayer et al.,
/// 1955). Weights that are missing or not positive count as 1.
public func poolAdjacentViolators(_ values: [Double], weights: [Double]? = nil) -> [Double] {
    struct Block {
        var mean: Double
        var weight: Double
        var count: Int
    }
    var blocks: [Block] = []
    for (index, value) in values.enumerated() {
        let given = weights.flatMap { $0.indices.contains(index) ? $0[index] : nil } ?? 1
        blocks.append(Block(mean: Matrix.sanitized(value), weight: given > 0 && given.isFinite ? given : 1, count: 1))
        while blocks.count > 1, blocks[blocks.count - 2].mean > blocks[blocks.count - 1].mean {
            let last = blocks.removeLast()
            var block = blocks.removeLast()
            let weight = block.weight + last.weight
            block.mean = (block.mean * block.weight + last.mean * last.weight) / weight
            block.weight = weight
            block.count += last.count
            blocks.append(block)
        }
    }
    return blocks.flatMap { [Double](repeating: $0.mean, count: $0.count) }
}
