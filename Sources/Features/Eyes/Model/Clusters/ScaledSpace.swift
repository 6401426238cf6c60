import Learning

/// The buyers as points: chosen features, scaled, constant ones dropped and named.
struct ScaledSpace: Sendable {
    let name: String
    let scaling: ClusterScaling
    /// Columns of `points`.
    let features: [Feature]
    let constant: [Feature]
    let fitted: FittedScaling
    let points: Matrix

    init(name: String, features all: [Feature], scaling: ClusterScaling, table: FeatureTable) {
        let natural = ScaledSpace.prepared(table.selecting(all), all, scaling)
        let constants = Set(ScaledSpace.method(scaling).fit(natural).constantColumns)
        let kept = all.indices.filter { !constants.contains($0) }
        let varying = natural.selecting(columns: kept)
        self.name = name
        self.scaling = scaling
        features = kept.map { all[$0] }
        constant = constants.sorted().map { all[$0] }
        fitted = ScaledSpace.method(scaling).fit(varying)
        points = fitted.apply(varying)
    }

    /// Points of other rows in the same units, e.g. centres of a previous run.
    func place(_ natural: Matrix) -> Matrix {
        fitted.apply(ScaledSpace.prepared(natural, features, scaling))
    }

    private static func method(_ scaling: ClusterScaling) -> Scaling {
        switch scaling {
        case .log: .robust
        case .clipped: .clippedZScore
        }
    }

    private static func prepared(_ natural: Matrix, _ features: [Feature], _ scaling: ClusterScaling) -> Matrix {
        guard scaling == .log else { return natural }
        return natural.log1p(columns: features.indices.filter { features[$0].isSkewed })
    }
}
