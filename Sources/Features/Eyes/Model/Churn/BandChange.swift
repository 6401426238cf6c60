import Learning

/// The smallest single change of what is known of a customer that would move the band. It says what the model would
/// answer, not what would happen.
public struct BandChange: Sendable, Codable, Equatable {
    public let feature: Feature
    /// Natural units.
    public let from: Double
    public let to: Double
    /// The band after the change.
    public let level: RiskLevel

    enum CodingKeys: String, CodingKey {
        case feature, from, to
        case level = "risk_level"
    }
}

/// Finds band changes for the rows of a table under one model.
///
/// Only features that a person can picture may change, within what is seen in the table and in the direction that means
/// what it seems to mean: fewer days since the last order, more orders or more spend for a lower risk.
struct BandChangeFinder: Sendable {
    private let model: ChurnModel
    private let calibrator: Calibrator
    private let linear: LogisticModel?
    private let trees: ChangeFinder?
    private let config: EyesConfig
    private let table: FeatureTable
    private let logged: Matrix
    private let space: ChangeSpace
    /// Of the natural values, by column of the model.
    private let ranges: [Int: ClosedRange<Double>]
    /// What the trees say of each row; empty for the linear kinds.
    private let raw: [Double]
    /// Where the bands begin for the model, in its own log-odds.
    private let edges: (high: Double?, medium: Double?)

    init(_ model: ChurnModel, table: FeatureTable, config: EyesConfig, threads: Int = 1) {
        self.model = model
        self.config = config
        self.table = table
        calibrator = model.calibrator
        logged = table.logged(model.features)
        let columns = model.features.indices.filter { model.features[$0].lowersRisk != nil }
        let falling = columns.map { ($0, model.features[$0].lowersRisk == .less ? ChangeSpace.Side.left : .right) }
        space = ChangeSpace(
            observed: logged, columns: columns, falling: Dictionary(uniqueKeysWithValues: falling))
        var ranges: [Int: ClosedRange<Double>] = [:]
        for axis in space.axes {
            let values = table.column(model.features[axis.column])
            if let low = values.min(), let high = values.max() { ranges[axis.column] = low...high }
        }
        self.ranges = ranges
        let isLinear = model.kind == .logistic || model.kind == .recencyOnly
        linear = isLinear ? model.linear : nil
        trees = model.trees.map { [space] in ChangeFinder($0.trees, within: space) }
        raw = model.trees.map { [logged] in $0.trees.logits(logged, threads: threads) } ?? []
        edges = (calibrator.rawLogit(reaching: config.highBand), calibrator.rawLogit(reaching: config.mediumBand))
    }

    /// - Parameter level: the band shown; where the model alone would say another one, there is no answer.
    func change(_ row: Int, from level: RiskLevel) -> BandChange? {
        let values = logged.row(row)
        let now = raw.isEmpty ? nil : raw[row]
        guard now.map(self.level) ?? self.level(values) == level,
            let edge = level == .high ? edges.high : edges.medium, edge.isFinite
        else { return nil }
        // A little beyond the edge: bands are open above.
        let target: LogitTarget = level == .low ? .atLeast(edge + 1e-6) : .below(edge)
        let found =
            linear?.changes(of: values, to: target, within: space)
            ?? trees?.changes(of: values, to: target, now: now)
        return (found ?? []).lazy.compactMap { self.told($0, row: row, values, level) }.first
    }

    private func level(_ values: [Double]) -> RiskLevel? {
        guard
            let raw = linear.map({ zip($0.weights, values).reduce($0.intercept) { $0 + $1.0 * $1.1 } })
                ?? model.trees.map({ $0.trees.logit(of: values) })
        else { return nil }
        return level(raw)
    }

    private func level(_ raw: Double) -> RiskLevel {
        RiskLevel(probability: calibrator.probability(raw), config: config)
    }

    /// The change in natural units and, where only those make sense, whole numbers; nil when it then misses the band.
    private func told(_ change: FeatureChange, row: Int, _ values: [Double], _ level: RiskLevel) -> BandChange? {
        let feature = model.features[change.column]
        let from = table.value(feature, row: row)
        var to = feature.natural(change.to)
        if feature.isWhole { to = to.rounded(to > from ? .up : .down) }
        guard let lowers = feature.lowersRisk, ranges[change.column]?.contains(to) ?? false, to != from,
            ((to < from) == (lowers == .less)) == (level != .low)
        else { return nil }
        var changed = values
        changed[change.column] = feature.logged(to)
        guard let after = self.level(changed), after.rank != level.rank, (after.rank < level.rank) == (level != .low)
        else { return nil }
        return BandChange(feature: feature, from: from, to: to, level: after)
    }
}

extension RiskLevel {
    fileprivate var rank: Int {
        switch self {
        case .low: 0
        case .medium: 1
        case .high: 2
        }
    }
}
