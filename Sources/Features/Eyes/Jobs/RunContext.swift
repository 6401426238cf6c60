import Foundation

/// What a run is compared with: the run published before it, and the models accepted so far. Together with the snapshot
/// it is everything a result depends on.
struct RunContext: Sendable, Codable, Equatable {
    var former: [SegmentMatching.Former] = []
    var models: [EyesState.AcceptedModel] = []
    var frozen: [Horizon]?
    var lastRun: FeatureSpread?

    var frozenVersions: [String] {
        models.filter { (frozen ?? []).contains($0.horizon) }.map(\.model.version).sorted()
    }

    static let none = RunContext()

    func apply(to pipeline: inout EyesPipeline) {
        pipeline.former = former
        pipeline.previousModels = Dictionary(models.map { ($0.horizon, $0.model) }, uniquingKeysWith: { $1 })
        pipeline.frozen = Set(frozen ?? [])
        pipeline.lastRun = lastRun
    }

    enum CodingKeys: String, CodingKey {
        case former, models, frozen
        case lastRun = "last_run"
    }
}
