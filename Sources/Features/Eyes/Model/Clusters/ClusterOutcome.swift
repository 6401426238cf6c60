/// What the run says about groups among the buyers.
public struct ClusterReport: Sendable, Codable, Equatable {
    public enum State: String, Sendable, Codable {
        case accepted
        case tiers
        case notEnoughData = "not_enough_data"
    }

    public let state: State
    /// The grouping in use; nil without one, and for quintile tiers.
    public let chosen: ClusterCandidate?
    /// Why the grouping in use is not called natural; empty when accepted.
    public let failed: [String]
    /// The best of each algorithm, for its card.
    public let best: [ClusterCandidate]
    public let candidates: [ClusterCandidate]
    public let needs: [DataNeed]
    /// Features that were the same for everybody and therefore dropped.
    public let constant: [Feature]
    /// Silhouette of at least 0.45, the founding rule.
    public let plainGate: Bool
    public let buyers: Int

    enum CodingKeys: String, CodingKey {
        case state, chosen, failed, best, candidates, needs, constant, buyers
        case plainGate = "plain_gate"
    }

    /// What the chosen candidate looks at.
    var features: [Feature] {
        let space = chosen?.space == "behaviour" ? Feature.behaviourSpace : Feature.purchaseSpace
        return space.filter { !constant.contains($0) }
    }
}

/// The report and who is where.
struct ClusterOutcome: Sendable {
    let report: ClusterReport
    /// Per row of the buyers' table; −1 = unclustered.
    let labels: [Int]
    /// The space of the chosen candidate; for quintiles the log space.
    let space: ScaledSpace?

    /// Searches, judges and chooses.
    static func find(
        _ table: FeatureTable, seed: RunSeed, threads: Int, progress: (Int, Int) throws -> Void = { _, _ in }
    ) throws -> ClusterOutcome {
        let needs = MinimumData.forClusters(buyers: table.count)
        guard needs.allSatisfy(\.isMet) else { return notEnough(table, needs) }
        var used =
            table.qualifying == .order
            ? try Searched.make("purchase", Feature.purchaseSpace, table, seed, threads, progress)
            : try Searched.make("behaviour", Feature.behaviourSpace, table, seed, threads, progress)
        var candidates = used.all.map(\.figures)
        if used.winner == nil, table.qualifying == .order, table.groups.contains(.events) {
            let other = try Searched.make("behaviour", Feature.behaviourSpace, table, seed, threads, progress)
            candidates += other.all.map(\.figures)
            if other.winner != nil { used = other }
        }
        let chosen = used.winner ?? Tiers.choose(from: used.all)
        let report = ClusterReport(
            state: used.winner != nil ? .accepted : .tiers, chosen: chosen?.figures,
            failed: chosen.map { ClusterGate.failures(of: $0.figures).map(\.rawValue) } ?? ["silhouette"],
            best: ClusterSearch.bestOfEach(used.all).map { used.all[$0].figures }, candidates: candidates,
            needs: needs, constant: used.spaces[0].constant,
            plainGate: (chosen ?? used.all.min { ClusterGate.precedes($0.figures, $1.figures) })
                .map { ClusterGate.plain($0.figures) } ?? false,
            buyers: table.count)
        return ClusterOutcome(
            report: report, labels: chosen?.labels ?? Tiers.quintiles(table),
            space: chosen.map { used.spaces[$0.space] } ?? used.spaces[0])
    }

    /// One space in both scalings, searched.
    private struct Searched {
        let spaces: [ScaledSpace]
        let all: [FittedCandidate]
        let winner: FittedCandidate?

        static func make(
            _ name: String, _ features: [Feature], _ table: FeatureTable, _ seed: RunSeed, _ threads: Int,
            _ progress: (Int, Int) throws -> Void
        ) throws -> Searched {
            let spaces = ClusterScaling.allCases.map {
                ScaledSpace(name: name, features: features, scaling: $0, table: table)
            }
            let all = try ClusterSearch(spaces: spaces, seed: seed, threads: threads).run(progress: progress)
            let best = ClusterGate.winner(all.map(\.figures), rows: table.count)
            return Searched(spaces: spaces, all: all, winner: best.flatMap { best in all.first { $0.figures == best } })
        }
    }

    private static func notEnough(_ table: FeatureTable, _ needs: [DataNeed]) -> ClusterOutcome {
        let report = ClusterReport(
            state: .notEnoughData, chosen: nil, failed: [], best: [], candidates: [], needs: needs, constant: [],
            plainGate: false, buyers: table.count)
        return ClusterOutcome(report: report, labels: [], space: nil)
    }
}
