import Learning

extension ChurnModel {
    /// Nil when the fit did not converge or the labels know only one class.
    static func fitLinear(_ kind: Kind, _ rows: TrainingRows) -> ChurnModel? {
        guard rows.labels.contains(true), rows.labels.contains(false) else { return nil }
        let scaling = Scaling.zScore.fit(rows.x)
        let constant = Set(scaling.constantColumns)
        let kept = rows.features.indices.filter { !constant.contains($0) }
        let varying = constant.isEmpty ? rows.x : rows.x.selecting(columns: kept)
        let fitted = constant.isEmpty ? scaling : Scaling.zScore.fit(varying)
        let model = LogisticRegression.fit(fitted.apply(varying), rows.labels, c: 1, tolerance: 1e-8)
        guard model.converged else { return nil }
        return ChurnModel(
            kind: kind, features: kept.map { rows.features[$0] }, centers: fitted.columns.map(\.center),
            scales: fitted.columns.map(\.scale), weights: model.weights, intercept: model.intercept,
            dropped: constant.sorted().map { rows.features[$0] })
    }

    /// Nil when there is nothing to learn.
    static func fitTrees(_ rows: TrainingRows, seed: UInt64) -> ChurnModel? {
        let (varying, constant) = rows.varying()
        guard
            let trees = try? BoostedTrees.train(
                LabelledRows(x: varying.x, y: varying.labels), parameters: BoostingParameters(seed: seed))
        else { return nil }
        return ChurnModel(kind: .boosted, features: varying.features, trees: PackedTrees(trees), dropped: constant)
    }

    static func fitLifetime(_ histories: [PurchaseHistory], days: Int) -> ChurnModel? {
        LifetimeModel.fit(histories, days: days).map {
            ChurnModel(kind: .bgnbd, features: LifetimeModel.features, lifetime: $0, dropped: [])
        }
    }
}
