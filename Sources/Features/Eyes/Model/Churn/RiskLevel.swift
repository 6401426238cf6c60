/// How high a risk is, in words.
public enum RiskLevel: String, Sendable, Codable, CaseIterable {
    case high, medium, low

    init(probability: Double, config: EyesConfig) {
        self = probability > config.highBand ? .high : (probability > config.mediumBand ? .medium : .low)
    }

    /// The rule used where no model is usable: days since the last order against the usual gap.
    init(overdue: Double) {
        self = overdue > 2 ? .high : (overdue > 1 ? .medium : .low)
    }
}

/// What the run may say about one horizon (03 §9).
public enum HorizonState: String, Sendable, Codable {
    case accepted
    case provisional
    /// Today's model did not pass; scores come from the previous accepted one.
    case rejected
    /// No usable model: bands by rule, no probabilities.
    case fallback
    case notEnoughData = "not_enough_data"

    public var hasProbabilities: Bool { self == .accepted || self == .provisional || self == .rejected }
}
