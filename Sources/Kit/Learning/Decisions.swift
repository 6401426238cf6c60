/// One tenth of the rows in descending order of score.
public struct LiftRow: Sendable, Codable, Equatable {
    /// 1 holds the highest scores.
    public var decile: Int
    public var count: Int
    public var positives: Int
    public var rate: Double
    /// Rate relative to the rate of all rows.
    public var lift: Double
    /// Share of all positives found in this tenth and those above.
    public var cumulativeGain: Double
}

/// Positives by tenths of the score, highest first. Tied scores are split in the order of rows. Fewer than ten rows give
/// as many parts as there are rows.
public func liftTable(scores: [Double], labels: [Bool], parts: Int = 10) -> [LiftRow] {
    let rows = min(scores.count, labels.count)
    let clean = scores.map { $0.isNaN ? -Double.infinity : $0 }
    let order = (0..<rows).sorted { (clean[$1], $0) < (clean[$0], $1) }
    let positives = (0..<rows).count { labels[$0] }
    let overall = rows > 0 ? Double(positives) / Double(rows) : 0
    var found = 0
    let cut = min(max(parts, 1), rows)
    return (0..<cut).map { part in
        let range = order[rows * part / cut..<rows * (part + 1) / cut]
        let hits = range.count { labels[$0] }
        found += hits
        let rate = Double(hits) / Double(max(range.count, 1))
        return LiftRow(
            decile: part + 1, count: range.count, positives: hits, rate: rate, lift: overall > 0 ? rate / overall : 0,
            cumulativeGain: positives > 0 ? Double(found) / Double(positives) : 0)
    }
}

/// Outcomes of calling every row at or above a threshold positive. A ratio without a denominator is 0.
public struct Confusion: Sendable, Codable, Equatable {
    public var truePositives: Int
    public var falsePositives: Int
    public var trueNegatives: Int
    public var falseNegatives: Int

    public var precision: Double { ratio(truePositives, truePositives + falsePositives) }
    public var recall: Double { ratio(truePositives, truePositives + falseNegatives) }
    public var f1: Double { ratio(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives) }
    public var accuracy: Double {
        ratio(truePositives + trueNegatives, truePositives + trueNegatives + falsePositives + falseNegatives)
    }

    private func ratio(_ part: Int, _ whole: Int) -> Double {
        whole > 0 ? Double(part) / Double(whole) : 0
    }
}

public func confusion(probabilities: [Double], labels: [Bool], threshold: Double = 0.5) -> Confusion {
    var result = Confusion(truePositives: 0, falsePositives: 0, trueNegatives: 0, falseNegatives: 0)
    for (probability, label) in zip(probabilities, labels) {
        switch (probability >= threshold, label) {
        case (true, true): result.truePositives += 1
        case (true, false): result.falsePositives += 1
        case (false, true): result.falseNegatives += 1
        case (false, false): result.trueNegatives += 1
        }
    }
    return result
}
