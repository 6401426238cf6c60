import Foundation
import Learning

/// Churn models at one cut-off on given orders, side by side with another library on the same rows
/// (Benchmarks/eyes/compare.py). Files and clock are the caller's.
public struct EyesBench: Sendable {
    public struct Order: Sendable {
        public let customer: String
        /// Day number since 1970-01-01.
        public let day: Int
        public let amountMinor: Int64

        public init(customer: String, day: Int, amountMinor: Int64) {
            self.customer = customer
            self.day = day
            self.amountMinor = amountMinor
        }
    }

    /// What one horizon gives on the test rows.
    public struct Measurement: Sendable {
        public let horizon: Int
        public let chosen: String
        public let calibration: String
        public let state: String
        public let auc: Double
        public let lower: Double
        public let upper: Double
        public let recencyOnly: Double
        /// Out of time, on the test rows.
        public let ece: Double
        /// The same without the correction of the level.
        public let eceBeforeLevel: Double
        /// Share of leavers foreseen for the test rows, and theirs.
        public let foreseen: Double
        public let observed: Double
        /// Of the serving model's calibrator, by cross-validation on the newest closed window; nil when none are published.
        public let eceAfterCalibration: Double?
        public let logLoss: Double
        public let brier: Double
        public let seconds: Double
        /// AUC of every candidate on the test rows; for looking at only: choices are made before.
        public let candidates: [(kind: String, auc: Double)]
        /// Training rows with their outcome as last column, newest cut-off first; then those of the test cut-off.
        public let training: [Matrix]
        public let test: Matrix
    }

    let snapshot: Snapshot

    public init(_ orders: [Order]) {
        let customers = Set(orders.map(\.customer)).sorted()
        let numbers = Dictionary(uniqueKeysWithValues: zip(customers, customers.indices))
        var builder = SnapshotBuilder(customers: customers, minorPerUnit: 100)
        for order in orders {
            let point = OrderPoint(
                placedAt: Int64(order.day) * 86_400_000 + 43_200_000, day: Int32(order.day),
                amountMinor: order.amountMinor, refundedMinor: 0, discountMinor: 0)
            builder.add(point, customer: Int32(numbers[order.customer] ?? 0))
        }
        snapshot = builder.finish()
    }

    public func run(
        test day: Int, threads: Int, now: () -> Double, report: (Measurement) -> Void
    ) {
        let config = EyesConfig.standard
        for horizon in Horizon.allCases {
            let asOf = day + horizon.days
            let start = now()
            let today = FeatureTable(
                snapshot, customers: Population.active(snapshot, at: asOf, window: config.activeWindowDays), at: asOf)
            let judged = HorizonJudgement.make(
                .init(
                    snapshot: snapshot, config: config, horizon: horizon, asOf: asOf, today: today,
                    population: Population.counts(snapshot, at: asOf, config: config), segmentOf: [:], previous: nil,
                    modelVersion: "bench", seed: RunSeed(seed: config.seed), threads: threads))
            let seconds = now() - start
            guard let card = judged.report.card else { continue }
            let windows = ([day] + card.cutOffs.training).map {
                ChurnWindow(snapshot, at: $0, horizon: horizon, config: config)
            }
            report(measured(card, judged.report, windows, seconds: seconds))
        }
    }

    private func measured(
        _ card: ModelCard, _ judged: HorizonReport, _ windows: [ChurnWindow], seconds: Double
    ) -> Measurement {
        let horizon = judged.horizon
        let training = Array(windows.dropFirst())
        let recipe = ChurnTraining(seed: RunSeed(seed: EyesConfig.standard.seed), horizon: horizon, snapshot: snapshot)
        let candidates = ChurnModel.Kind.allCases.compactMap { kind -> (kind: String, auc: Double)? in
            guard let model = recipe.fit(kind, training),
                let auc = rocAUC(scores: model.rawLogits(windows[0].table), labels: windows[0].labels)
            else { return nil }
            return (kind.rawValue, auc)
        }
        return Measurement(
            horizon: horizon.days, chosen: card.candidates.first(where: \.chosen)?.kind.rawValue ?? "none",
            calibration: card.calibrationMethod?.rawValue ?? "none", state: judged.state.rawValue,
            auc: card.auc.estimate, lower: card.auc.lower, upper: card.auc.upper,
            recencyOnly: card.recencyOnly.estimate, ece: card.ece,
            eceBeforeLevel: card.eceBeforeLevel ?? card.ece, foreseen: card.level?.share ?? 0,
            observed: Double(card.classes.testLeavers) / Double(max(card.classes.testRows, 1)),
            eceAfterCalibration: judged.serving?.calibrationError,
            logLoss: card.logLoss, brier: card.brier, seconds: seconds, candidates: candidates,
            training: training.map(Self.matrix), test: Self.matrix(windows[0]))
    }

    private static func matrix(_ window: ChurnWindow) -> Matrix {
        let x = window.table.logged(window.table.modelFeatures)
        let values = (0..<x.rows).flatMap { row -> [Double] in x.row(row) + [window.labels[row] ? 1 : 0] }
        return Matrix(rows: x.rows, columns: x.columns + 1, values: values)
    }
}
