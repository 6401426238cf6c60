import Learning

/// Foresees the level: a small logistic model over several closed windows, of features that mean the same at every
/// cut-off.
///
/// Counts over fixed windows only. What grows with a shop's age (number of orders, tenure, longest gap) tells customers
/// of one day apart, but its drift from one cut-off to the next says nothing about who leaves.
struct LevelForecaster: Sendable {
    let snapshot: Snapshot
    let config: EyesConfig
    let horizon: Horizon
    let seed: RunSeed
    var threads = 1

    static let features: [Feature] = [
        .recencyDays, .orders0to30, .orders30to60, .orders0to90, .orders90to180, .orders180to365,
    ]
    static let mostWindows = 8
    static let stepDays = 30
    /// Drawn at each cut-off; the share of so many is exact to a point.
    static let mostRows = 3_000

    /// The model at the level foreseen for a table's customers. Order of scores and sums of parts stay.
    ///
    /// - Parameter known: what the model says of them, uncalibrated, if that is known.
    func corrected(
        _ model: ChurnModel, for table: FeatureTable, raw known: [Double]? = nil
    ) -> (model: ChurnModel, level: LevelForecast) {
        let raw = known ?? model.rawLogits(table, threads: threads)
        let before = Self.mean(raw.map(model.calibrator.probability))
        guard table.count > 0, let (share, windows) = forecast(for: table) else {
            return (model, LevelForecast(share: before, before: before, shift: 0, spread: 0, windows: []))
        }
        let shift = Self.shift(raw, model.calibrator, to: share)
        let squares = windows.map { ($0.observed - $0.fitted) * ($0.observed - $0.fitted) }
        return (
            model.calibrated(model.calibrator.shifted(by: shift)),
            LevelForecast(
                share: share, before: before, shift: shift, spread: Self.mean(squares).squareRoot(), windows: windows)
        )
    }

    /// Cut-offs whose windows were closed at `cutOff`, newest first; windows overlap, outcomes never reach past it.
    func cutOffs(before cutOff: Int) -> [Int] {
        guard let firstDay = snapshot.firstDay else { return [] }
        return (0..<Self.mostWindows).map { cutOff - horizon.days - $0 * Self.stepDays }
            .filter { $0 - firstDay >= MinimumData.historyDays }
    }

    /// Nil where the closed windows know one outcome only.
    func forecast(for table: FeatureTable) -> (share: Double, windows: [LevelForecast.Window])? {
        let cutOffs = cutOffs(before: table.cutOff)
        let windows = concurrentMap(cutOffs.count, threads: threads) { rows(at: cutOffs[$0]) }
        let all = TrainingRows(
            features: Self.features,
            x: Matrix(
                rows: windows.reduce(0) { $0 + $1.labels.count }, columns: Self.features.count,
                values: windows.flatMap(\.x.values)),
            labels: windows.flatMap(\.labels), customers: windows.flatMap(\.customers))
        guard let model = ChurnModel.fitLinear(.logistic, all) else { return nil }
        let columns = model.features.compactMap { Self.features.firstIndex(of: $0) }
        let told = zip(cutOffs, windows).map { cutOff, rows in
            LevelForecast.Window(
                cutOff: cutOff, count: rows.labels.count, observed: Self.mean(rows.labels.map { $0 ? 1 : 0 }),
                fitted: Self.mean(model.linear.probabilities(rows.x.selecting(columns: columns))))
        }
        return (Self.mean(model.rawLogits(table).map(sigmoid)), told.filter { $0.count > 0 })
    }

    private func rows(at cutOff: Int) -> TrainingRows {
        let active = Population.active(snapshot, at: cutOff, window: config.activeWindowDays)
        var generator = SeededGenerator(
            seed: seed.derived("level.\(horizon.key)"), stream: UInt64(bitPattern: Int64(cutOff)))
        let drawn = generator.sample(Self.mostRows, from: active.count).map { active[$0] }
        let values = drawn.flatMap { customer in
            let measures = PurchaseMeasures(
                snapshot.orders(of: customer, before: cutOff), cutOff: cutOff, minorPerUnit: snapshot.minorPerUnit)
            return Self.features.map { $0.logged(measures.value(of: $0)) }
        }
        return TrainingRows(
            features: Self.features, x: Matrix(rows: drawn.count, columns: Self.features.count, values: values),
            labels: Population.churned(snapshot, customers: drawn, at: cutOff, days: horizon.days), customers: drawn)
    }

    /// The mean rises with the shift: false position with the weight of an end that stays halved (Dowell and Jarratt, A
    /// modified regula falsi method, BIT 1971).
    private static func shift(_ raw: [Double], _ calibrator: Calibrator, to share: Double) -> Double {
        func error(_ shift: Double) -> Double {
            let shifted = calibrator.shifted(by: shift)
            return mean(raw.map(shifted.probability)) - share
        }
        var (low, high) = (-8.0, 8.0)
        var (below, above) = (error(low), error(high))
        guard below < 0, above > 0 else { return below >= 0 ? low : high }
        var last = 0
        for _ in 0..<60 {
            let next = (low * above - high * below) / (above - below)
            let found = error(next)
            if abs(found) < 1e-13 || next <= low || next >= high { return next }
            if found < 0 {
                (low, below) = (next, found)
                if last < 0 { above /= 2 }
            } else {
                (high, above) = (next, found)
                if last > 0 { below /= 2 }
            }
            last = found < 0 ? -1 : 1
        }
        return (low + high) / 2
    }

    private static func mean(_ values: [Double]) -> Double {
        values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
    }
}
