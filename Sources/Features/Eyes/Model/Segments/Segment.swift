/// A group of buyers as people see it.
public struct Segment: Sendable, Codable, Equatable {
    public enum Kind: String, Sendable, Codable { case cluster, tier, unclustered }

    public let id: String
    /// Place in the run, by value; 0 is the most valuable.
    public let number: Int
    public var name: SegmentName
    public let kind: Kind
    public let size: Int
    /// Share of all buyers, 0–1.
    public let share: Double
    /// Spend of the last 365 days, minor units.
    public let valueMinor: Int64
    public let topFeatures: [TopFeature]
    public let characteristics: [FeatureStatistics]
    public var churnRisk: [SegmentRisk]
    public var sampleCustomerIDs: [String]
    /// Means of the clustering features in natural units: where the segment lies, for finding it again.
    public let centre: [Double]
    public var previousID: String?
    public var sizeChange: Int?

    enum CodingKeys: String, CodingKey {
        case id = "segment_id"
        case number, name, kind, size, share, centre
        case valueMinor = "value_minor"
        case topFeatures = "top_features"
        case characteristics
        case churnRisk = "churn_risk"
        case sampleCustomerIDs = "sample_user_ids"
        case previousID = "previous_segment_id"
        case sizeChange = "size_change"
    }
}

/// A name made from the profile: a catalogue key and, where two segments would share it, what sets this one apart.
public struct SegmentName: Sendable, Codable, Equatable {
    /// Key below `eyes.segment_name.`, e.g. "high_slipping", "occasional".
    public let key: String
    public var suffix: Feature?
    public var suffixDirection: TopFeature.Direction?
    /// Where even the strongest features are shared.
    public var number: Int?
    /// What people call it here; kept apart from the run.
    public var given: String? = nil

    enum CodingKeys: String, CodingKey {
        case key, suffix, number
        case suffixDirection = "suffix_direction"
    }
}

/// What makes a segment different from the others.
public struct TopFeature: Sendable, Codable, Equatable {
    public enum Direction: String, Sendable, Codable { case higher, lower }

    public let feature: Feature
    public let direction: Direction
    /// |segment mean − overall mean| / overall standard deviation.
    public let importance: Double
    /// Mean of the segment and of everybody else, natural units.
    public let own: Double
    public let others: Double
}

public struct FeatureStatistics: Sendable, Codable, Equatable {
    public let feature: Feature
    public let mean: Double
    public let std: Double
    public let median: Double
}

/// What a segment's active members are expected to do within a horizon.
public struct SegmentRisk: Sendable, Codable, Equatable {
    public let horizon: Horizon
    /// Mean probability of the active members; nil where nobody is active or no probabilities are published.
    public let riskScore: Double?
    public let riskLevel: RiskLevel?
    /// Active members.
    public let sampleSize: Int
    public let expectedLeavers: Double?
    public let valueAtRiskMinor: Int64?

    enum CodingKeys: String, CodingKey {
        case horizon
        case riskScore = "risk_score"
        case riskLevel = "risk_level"
        case sampleSize = "sample_size"
        case expectedLeavers = "expected_leavers"
        case valueAtRiskMinor = "value_at_risk_minor"
    }
}

/// Why somebody is in a segment and not in the next one.
public struct MembershipReason: Sendable, Equatable {
    /// Distances in scaled units to the own and to the nearest other centre; nil with a single segment.
    public let ownDistance: Double
    public let nextSegment: Int?
    public let nextDistance: Double?
    /// The features that tell the two centres apart most for this customer, at most two.
    public let features: [Feature]
}
