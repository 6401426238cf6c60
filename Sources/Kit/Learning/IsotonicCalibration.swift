/// Turns scores into probabilities by the non-decreasing step function nearest to the outcomes, joined by straight
/// lines (Zadrozny and Elkan, 2002). Beyond the scores it was fitted on, it stays at its ends.
public struct IsotonicCalibration: Sendable, Codable, Equatable {
    /// Ascending.
    public let scores: [Double]
    /// Non-decreasing, strictly between 0 and 1; one per score.
    public let values: [Double]

    /// A step without one of the outcomes is held off 0 and 1 like Platt's targets: n rows cannot show a certainty.
    ///
    /// - Returns: nil without both outcomes or where the counts differ.
    public static func fit(scores: [Double], labels: [Bool]) -> IsotonicCalibration? {
        guard scores.count == labels.count, labels.contains(true), labels.contains(false) else { return nil }
        let groups = tiedGroups(scores.map(Matrix.sanitized), labels)
        let fitted = poolAdjacentViolators(
            groups.map { Double($0.positives) / Double($0.count) }, weights: groups.map { Double($0.count) })
        let held = heldOffCertainty(fitted, counts: groups.map(\.count))
        // A step needs its two ends only.
        let kept = groups.indices.filter { index in
            index == 0 || index == groups.count - 1 || fitted[index] != fitted[index - 1]
                || fitted[index] != fitted[index + 1]
        }
        return IsotonicCalibration(scores: kept.map { groups[$0].score }, values: kept.map { held[$0] })
    }

    /// The calibrated probability.
    public func apply(_ score: Double) -> Double {
        let score = Matrix.sanitized(score)
        guard let first = scores.first, let last = scores.last, let lowest = values.first, let highest = values.last
        else {
            return 0.5
        }
        guard score > first else { return lowest }
        guard score < last else { return highest }
        var low = 0
        var high = scores.count - 1
        while high - low > 1 {
            let middle = (low + high) / 2
            if scores[middle] <= score { low = middle } else { high = middle }
        }
        let share = (score - scores[low]) / (scores[high] - scores[low])
        return values[low] + (values[high] - values[low]) * share
    }

    func shifted(by shift: Double) -> IsotonicCalibration {
        IsotonicCalibration(scores: scores, values: values.map { sigmoid(logit($0) + shift) })
    }

    private typealias Group = (score: Double, count: Int, positives: Int)

    private static func tiedGroups(_ scores: [Double], _ labels: [Bool]) -> [Group] {
        var groups: [Group] = []
        for row in scores.indices.sorted(by: { (scores[$0], $0) < (scores[$1], $1) }) {
            if groups.last?.score != scores[row] { groups.append((scores[row], 0, 0)) }
            groups[groups.count - 1].count += 1
            groups[groups.count - 1].positives += labels[row] ? 1 : 0
        }
        return groups
    }

    private static func heldOffCertainty(_ fitted: [Double], counts: [Int]) -> [Double] {
        let zeros = zip(fitted, counts).reduce(0) { $0 + ($1.0 <= 0 ? $1.1 : 0) }
        let ones = zip(fitted, counts).reduce(0) { $0 + ($1.0 >= 1 ? $1.1 : 0) }
        let inner = fitted.filter { $0 > 0 && $0 < 1 }
        let lowest = min(1 / Double(zeros + 2), inner.first ?? 0.5)
        let highest = max(Double(ones + 1) / Double(ones + 2), inner.last ?? 0.5)
        return fitted.map { $0 <= 0 ? lowest : $0 >= 1 ? highest : $0 }
    }
}
