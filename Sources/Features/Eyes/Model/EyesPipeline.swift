import Learning

/// The steps a run goes through, in order, as shown to people.
public enum EyesStage: String, Sendable, Codable, CaseIterable {
    case loading
    case consent
    case features
    case clustering
    case churn30 = "churn_30"
    case churn60 = "churn_60"
    case churn90 = "churn_90"
    case segments
    case insights
    case storing
}

/// The pure heart of a run: everything between the loaded rows and the stored result.
///
/// The same input gives the same output to the byte, on any number of threads and any machine: no clock, no global
/// randomness, no order of a hash table.
struct EyesPipeline: Sendable {
    let snapshot: Snapshot
    /// Score time: the first instant of this local day.
    let asOf: Int
    let config: EyesConfig
    let runID: String
    var former: [SegmentMatching.Former] = []
    /// The last accepted model of each horizon.
    var previousModels: [Horizon: ServingModel] = [:]
    /// Horizons whose previous model stays.
    var frozen: Set<Horizon> = []
    /// How the features of the last published run's customers were spread.
    var lastRun: FeatureSpread?
    /// SHA-256 of the snapshot, for the cards.
    var snapshotHash = ""
    /// Part of the cards' origin.
    var codeVersion = Eyes.codeVersion
    var threads = 1
    /// Whether a card holds every figure; a card with a hole makes its model rejected.
    var isComplete: @Sendable (ModelCard) -> Bool = { _ in true }

    static let projectionPoints = 600

    /// - Parameter progress: called at each step; throwing stops the run.
    func run(progress: (EyesStage, _ done: Int, _ expected: Int?) throws -> Void = { _, _, _ in }) throws -> EyesResult
    {
        let seed = RunSeed(seed: config.seed)
        try progress(.features, 0, snapshot.customers.count)
        let population = Population.counts(snapshot, at: asOf, config: config)
        let tables = [config.buyersWindowDays, config.activeWindowDays].map { window in
            FeatureTable(
                snapshot, customers: Population.active(snapshot, at: asOf, window: window), at: asOf, threads: threads)
        }
        let (buyers, today) = (tables[0], tables[1])
        try progress(.features, snapshot.customers.count, snapshot.customers.count)

        let clusters = try ClusterOutcome.find(buyers, seed: seed, threads: threads) { done, expected in
            try progress(.clustering, done, expected)
        }
        var segmentation = Segmentation.make(
            clusters, table: buyers, snapshot: snapshot, runID: runID, former: former, threads: threads)
        let segmentOf = Dictionary(uniqueKeysWithValues: zip(buyers.customers, segmentation.numbers))

        let judgements = try judgements(progress) { horizon in
            HorizonJudgement.Input(
                snapshot: snapshot, config: config, horizon: horizon, asOf: asOf, today: today,
                population: population, segmentOf: segmentOf, previous: previousModels[horizon],
                isFrozen: frozen.contains(horizon),
                modelVersion: EyesPipeline.modelVersion(runID: runID, horizon: horizon), seed: seed,
                origin: origin, lastRun: lastRun, threads: threads, isComplete: isComplete)
        }
        try progress(.segments, 0, segmentation.segments.count)
        var reports = judgements.map(\.report)
        let scores = Scorer(
            snapshot: snapshot, today: today, segmentOf: segmentOf, config: config, threads: threads
        ).score(&reports)
        try progress(.insights, 0, nil)
        SegmentRisks(config: config).fill(&segmentation, scores: scores, reports: reports)
        let groups = segmentation
        let (spread, shown) = concurrently(threads: threads) {
            FeatureSpread(today, runID: runID)
        } and: {
            (projection: projection(clusters, groups, seed: seed), members: members(buyers, groups))
        }
        return EyesResult(
            runID: runID, asOf: asOf, population: population, clusters: clusters.report,
            segments: segmentation.segments, projection: shown.projection, members: shown.members, horizons: reports,
            scores: scores, tests: judgements.compactMap(\.tested), spread: spread, qualifying: snapshot.qualifying)
    }

    /// One horizon after the other; each is judged while the models of the next are fitted.
    private func judgements(
        _ progress: (EyesStage, _ done: Int, _ expected: Int?) throws -> Void,
        _ input: (Horizon) -> HorizonJudgement.Input
    ) throws -> [HorizonJudgement] {
        var judged: [HorizonJudgement] = []
        var fitted: HorizonFit?
        for (horizon, stage) in zip(Horizon.allCases, [EyesStage.churn30, .churn60, .churn90]) {
            let (next, former) = (input(horizon), fitted)
            try progress(stage, 0, next.today.count)
            let (fit, done) = concurrently(threads: threads) {
                HorizonFit(next)
            } and: {
                former?.judgement()
            }
            fitted = fit
            if let done { judged.append(done) }
        }
        if let last = fitted?.judgement() { judged.append(last) }
        return judged
    }

    private var origin: CardOrigin {
        CardOrigin(
            runID: runID, seed: config.seed, snapshotHash: snapshotHash, codeVersion: codeVersion, config: config)
    }

    /// A model is named by its run and its horizon.
    static func modelVersion(runID: String, horizon: Horizon) -> String {
        "eym_\(runID.dropFirst(4))_\(horizon.rawValue)"
    }

    private func members(_ buyers: FeatureTable, _ segmentation: Segmentation) -> [SegmentMember] {
        segmentation.numbers.indices.map { row in
            SegmentMember(
                customer: buyers.customers[row], segment: segmentation.numbers[row],
                reason: segmentation.reasons[row],
                spend365Minor: Int64((buyers.value(.spend365, row: row) * snapshot.minorPerUnit).rounded()),
                recencyDays: Int(buyers.value(.recencyDays, row: row)),
                orderCount: Int(buyers.value(.orderCount, row: row)))
        }
    }

    /// A picture of the clustering space in two dimensions, of a sample.
    private func projection(_ clusters: ClusterOutcome, _ segmentation: Segmentation, seed: RunSeed) -> Projection? {
        guard let space = clusters.space, !segmentation.segments.isEmpty, space.features.count >= 2 else { return nil }
        let (points, explained) = principalProjection(space.points, dimensions: 2)
        guard points.columns == 2 else { return nil }
        var generator = SeededGenerator(seed: seed.derived("projection"))
        let rows = generator.sample(Self.projectionPoints, from: points.rows)
        return Projection(
            x: rows.map { points[$0, 0] }, y: rows.map { points[$0, 1] },
            segment: rows.map { segmentation.numbers[$0] }, explained: Array(explained.prefix(2)))
    }
}

/// Everything a run found, before it is stored.
struct EyesResult: Sendable {
    let runID: String
    let asOf: Int
    let population: PopulationCounts
    let clusters: ClusterReport
    let segments: [Segment]
    let projection: Projection?
    let members: [SegmentMember]
    var horizons: [HorizonReport]
    let scores: [CustomerScore]
    let tests: [TestPredictions]
    let spread: FeatureSpread
    var qualifying = QualifyingEvent.order
}

/// A buyer's place in the run.
struct SegmentMember: Sendable, Equatable {
    /// Index into the snapshot.
    let customer: Int
    let segment: Int
    let reason: MembershipReason
    let spend365Minor: Int64
    let recencyDays: Int
    let orderCount: Int
}

/// A sample of buyers in the plane that shows most of their spread; a picture, not a proof.
public struct Projection: Sendable, Codable, Equatable {
    public let x: [Double]
    public let y: [Double]
    public let segment: [Int]
    /// Share of the spread along each axis.
    public let explained: [Double]
}
