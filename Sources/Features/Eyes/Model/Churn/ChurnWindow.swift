import Learning

/// Active customers at a cut-off, their features before it and what they did after it.
struct ChurnWindow: Sendable {
    let table: FeatureTable
    /// True: no order within the horizon.
    let labels: [Bool]

    init(_ snapshot: Snapshot, at cutOff: Int, horizon: Horizon, config: EyesConfig, threads: Int = 1) {
        let customers = Population.active(snapshot, at: cutOff, window: config.activeWindowDays)
        self.init(
            table: FeatureTable(snapshot, customers: customers, at: cutOff, threads: threads),
            labels: Population.churned(snapshot, customers: customers, at: cutOff, days: horizon.days))
    }

    init(table: FeatureTable, labels: [Bool]) {
        self.table = table
        self.labels = labels
    }

    var leavers: Int { labels.count { $0 } }
    var rarerClass: Int { min(leavers, labels.count - leavers) }
}

/// The rows of some windows, stacked, as a model learns from them.
struct TrainingRows: Sendable {
    let features: [Feature]
    /// Logged, not scaled; one column per feature.
    let x: Matrix
    let labels: [Bool]
    let customers: [Int]

    init(_ windows: [ChurnWindow], features: [Feature]) {
        self.features = features
        labels = windows.flatMap(\.labels)
        customers = windows.flatMap(\.table.customers)
        x = Matrix(
            rows: labels.count, columns: features.count, values: windows.flatMap { $0.table.logged(features).values })
    }

    init(features: [Feature], x: Matrix, labels: [Bool], customers: [Int]) {
        self.features = features
        self.x = x
        self.labels = labels
        self.customers = customers
    }

    func selecting(_ rows: [Int]) -> TrainingRows {
        TrainingRows(
            features: features, x: x.selecting(rows: rows), labels: rows.map { labels[$0] },
            customers: rows.map { customers[$0] })
    }

    /// Without the columns that are the same in all rows, which are returned beside.
    func varying() -> (rows: TrainingRows, constant: [Feature]) {
        let constant = features.indices.filter { column in
            guard x.rows > 0 else { return true }
            let first = x[0, column]
            return (0..<x.rows).allSatisfy { x[$0, column] == first }
        }
        guard !constant.isEmpty else { return (self, []) }
        let kept = features.indices.filter { !constant.contains($0) }
        return (
            TrainingRows(
                features: kept.map { features[$0] }, x: x.selecting(columns: kept), labels: labels,
                customers: customers),
            constant.map { features[$0] }
        )
    }
}
