import Learning

/// Judges a tested model by its figures alone (03 §9).
enum ChurnGate {
    static let auc = 0.70
    static let aboveBaseline = 0.03

    enum Verdict: String, Sendable, Codable {
        case accepted, provisional, rejected
    }

    static func verdict(auc interval: Interval, baseline: Double) -> Verdict {
        guard interval.estimate >= auc else { return .rejected }
        let isSafe = interval.lower >= auc && interval.estimate >= baseline + aboveBaseline
        return isSafe ? .accepted : .provisional
    }

    /// The founding rule, shown beside the full gate.
    static func plain(_ auc: Double) -> Bool { auc >= Self.auc }
}
