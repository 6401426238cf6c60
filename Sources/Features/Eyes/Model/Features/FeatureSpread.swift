import Learning

/// How the features of a run's scored customers were spread: what a later run needs to say how far things have moved.
public struct FeatureSpread: Sendable, Codable, Equatable {
    public let runID: String
    public let features: [Feature]
    /// One per feature.
    public let bins: [ReferenceBins]

    init(_ table: FeatureTable, runID: String) {
        self.runID = runID
        features = table.count > 0 ? table.modelFeatures : []
        bins = features.map { ReferenceBins(table.column($0)) }
    }

    func bins(of feature: Feature) -> ReferenceBins? {
        features.firstIndex(of: feature).map { bins[$0] }
    }

    enum CodingKeys: String, CodingKey {
        case features, bins
        case runID = "run_id"
    }
}
