/// Order matters: on equal silhouette and equal number of clusters the earlier one wins.
public enum ClusterAlgorithm: String, Sendable, Codable, CaseIterable {
    case kMeans = "kmeans"
    case ward
    case dbscan
}

/// How a space is made comparable before clustering. Raw z-scores are never used: skew alone gives shuffled data high
/// silhouettes.
public enum ClusterScaling: String, Sendable, Codable, CaseIterable {
    /// log(1 + value), then median and interquartile range, clipped at ±5.
    case log
    /// Clipped to the 5th–95th percentile, then z-score.
    case clipped
}

/// One way of cutting the buyers into groups, with every figure the gate looks at.
public struct ClusterCandidate: Sendable, Codable, Equatable {
    public let space: String
    public let scaling: ClusterScaling
    public let algorithm: ClusterAlgorithm
    /// Number of clusters.
    public let k: Int
    /// DBSCAN only.
    public let eps: Double?
    public let minSamples: Int?
    public let silhouette: Double
    /// Shares of all buyers, noise included.
    public let largestShare: Double
    public let smallestShare: Double
    public let smallestSize: Int
    public let noiseShare: Double
    /// Mean silhouette of the same search on copies whose columns were shuffled on their own. Nil: not measured,
    /// because
    /// an earlier condition had already refused the candidate.
    public var null: Double?
    /// Mean adjusted Rand index over bootstrap resamples. Nil: not measured.
    public var stability: Double?

    enum CodingKeys: String, CodingKey {
        case space, scaling, algorithm, k, eps, silhouette, null
        case minSamples = "min_samples"
        case largestShare = "largest_share"
        case smallestShare = "smallest_share"
        case smallestSize = "smallest_size"
        case noiseShare = "noise_share"
        case stability = "ari"
    }
}

/// The conditions a grouping must meet to be called natural (03 §6).
enum ClusterGate {
    static let silhouette = 0.45
    static let aboveNull = 0.10
    static let stability = 0.80
    static let largestShare = 0.70
    static let smallestShare = 0.05
    static let noiseShare = 0.10

    enum Condition: String, Sendable, Codable, CaseIterable {
        case silhouette, null, stability, largest, smallest, noise
    }

    /// The conditions a candidate fails, all of them; empty means accepted. An unmeasured figure fails.
    static func failures(of candidate: ClusterCandidate) -> [Condition] {
        var failed = cheapFailures(of: candidate)
        if !(candidate.null.map { candidate.silhouette >= $0 + aboveNull } ?? false) { failed.append(.null) }
        if !(candidate.stability.map { $0 >= stability } ?? false) { failed.append(.stability) }
        return Condition.allCases.filter(failed.contains)
    }

    /// The conditions that need neither shuffled copies nor resamples.
    static func cheapFailures(of candidate: ClusterCandidate) -> [Condition] {
        var failed: [Condition] = []
        if !(candidate.silhouette >= silhouette) { failed.append(.silhouette) }
        if candidate.largestShare > largestShare { failed.append(.largest) }
        if candidate.smallestShare < smallestShare { failed.append(.smallest) }
        if candidate.noiseShare > noiseShare { failed.append(.noise) }
        return failed
    }

    /// The founding rule, shown beside the full gate.
    static func plain(_ candidate: ClusterCandidate) -> Bool { candidate.silhouette >= silhouette }

    /// Best silhouette first; ties: fewer clusters, then K-means, Ward, DBSCAN, then the log scaling.
    static func precedes(_ left: ClusterCandidate, _ right: ClusterCandidate) -> Bool {
        if left.silhouette != right.silhouette { return left.silhouette > right.silhouette }
        if left.k != right.k { return left.k < right.k }
        if left.algorithm != right.algorithm { return rank(left.algorithm) < rank(right.algorithm) }
        return left.scaling == .log && right.scaling == .clipped
    }

    /// By how much a grouping made from a sample must beat one made from everybody. Its own figures move by that much
    /// from sample to sample (docs/decisions/0009-sampled-groupings.md).
    static let approximationMargin = 0.02

    /// Ward beyond its sample size: most rows were assigned, not clustered.
    static func isApproximate(_ candidate: ClusterCandidate, rows: Int) -> Bool {
        candidate.algorithm == .ward && rows > ClusterSearch.wardSample
    }

    /// The best of those that pass; a sampled one only where no whole one comes near it.
    static func winner(_ all: [ClusterCandidate], rows: Int) -> ClusterCandidate? {
        let passed = all.filter { failures(of: $0).isEmpty }
        guard let best = passed.min(by: precedes), isApproximate(best, rows: rows) else {
            return passed.min(by: precedes)
        }
        let near = passed.filter {
            !isApproximate($0, rows: rows) && $0.silhouette >= best.silhouette - approximationMargin
        }
        return near.min(by: precedes) ?? best
    }

    private static func rank(_ algorithm: ClusterAlgorithm) -> Int {
        ClusterAlgorithm.allCases.firstIndex(of: algorithm) ?? 0
    }
}
