import Learning

/// Everything needed to judge a model. A card with a hole is not published (`ModelCardCheck`).
public struct ModelCard: Sendable, Codable, Equatable {
    public let horizon: Horizon
    public let modelVersion: String
    public let verdict: String
    public let plainGate: Bool
    public let population: PopulationCounts
    public let cutOffs: CutOffPlan
    public let classes: ClassShares
    public let auc: Interval
    public let recencyOnly: Interval
    public let difference: Interval
    public let brier: Double
    public let brierBase: Double
    public let logLoss: Double
    public let ece: Double
    public let calibration: [CalibrationTenth]
    public let lift: [LiftPoint]
    /// Lift of the lowest tenth in finding customers who stay.
    public let keepersLift: Double
    public let precision: Double
    public let recall: Double
    public let f1: Double
    public let accuracy: Double
    public let candidates: [CandidateComparison]
    public let features: [FeatureWeight]
    public let droppedFeatures: [Feature]
    public let segments: [SegmentAccuracy]
    /// Share of scored customers whose probability was changed to keep the horizons in order.
    public var monotoneChangedShare: Double
    public let drift: [FeatureDrift]
    public let minimumData: [DataNeed]
    public let limits: [String]
    // Below: nil in cards from before these were kept.
    public var calibrationMethod: Calibrator.Method?
    /// Both methods on rows they were not fitted on.
    public var calibrationChoice: [CalibrationChoice.Candidate]?
    /// Against the customers of the last published run; empty on a first run.
    public var driftSinceLastRun: [FeatureDrift]?
    public var lastRunID: String?
    public var origin: CardOrigin?
    /// Features that no source tells.
    public var absentFeatures: [Feature]?
    /// Where the level of the probabilities comes from, and what it was before.
    public var level: LevelForecast?
    /// On the test window, without the correction of the level.
    public var eceBeforeLevel: Double?
    /// Of the calibrator alone, by cross-validation on the window it was fitted on.
    public var eceAfterCalibration: Double?

    /// Above this share of changed rows the horizons disagree, and the page warns.
    public static let monotoneWarning = 0.20

    enum CodingKeys: String, CodingKey {
        case horizon, verdict, population, classes, auc, difference, brier, ece, calibration, lift, precision, recall
        case f1, accuracy, candidates, features, segments, drift, limits
        case modelVersion = "model_version"
        case plainGate = "plain_gate"
        case cutOffs = "cut_offs"
        case recencyOnly = "recency_only"
        case brierBase = "brier_base"
        case logLoss = "log_loss"
        case keepersLift = "keepers_lift"
        case droppedFeatures = "dropped_features"
        case monotoneChangedShare = "monotone_changed_share"
        case minimumData = "minimum_data"
        case calibrationMethod = "calibration_method"
        case calibrationChoice = "calibration_choice"
        case driftSinceLastRun = "drift_since_last_run"
        case lastRunID = "last_run_id"
        case origin
        case absentFeatures = "absent_features"
        case level
        case eceBeforeLevel = "ece_before_level"
        case eceAfterCalibration = "ece_after_calibration"
    }
}

/// What a card's figures can be repeated from.
public struct CardOrigin: Sendable, Codable, Equatable {
    public let runID: String
    public let seed: Int64
    public let snapshotHash: String
    public let codeVersion: String
    public let config: EyesConfig

    enum CodingKeys: String, CodingKey {
        case seed, config
        case runID = "run_id"
        case snapshotHash = "snapshot_hash"
        case codeVersion = "code_version"
    }
}

/// Rows and leavers in training (all windows) and test.
public struct ClassShares: Sendable, Codable, Equatable {
    public let trainingRows: Int
    public let trainingLeavers: Int
    public let testRows: Int
    public let testLeavers: Int

    enum CodingKeys: String, CodingKey {
        case trainingRows = "training_rows"
        case trainingLeavers = "training_leavers"
        case testRows = "test_rows"
        case testLeavers = "test_leavers"
    }
}

/// A tenth of the test rows by predicted probability: what was promised and what came.
public struct CalibrationTenth: Sendable, Codable, Equatable {
    public let count: Int
    public let predicted: Double
    public let observed: Double
    public let lower: Double
    public let upper: Double
    public let from: Double
    public let to: Double

    init(_ bin: CalibrationBin) {
        count = bin.count
        predicted = bin.meanPredicted
        observed = bin.observed
        lower = bin.lower
        upper = bin.upper
        from = bin.from
        to = bin.to
    }
}

public struct LiftPoint: Sendable, Codable, Equatable {
    public let tenth: Int
    public let count: Int
    public let leavers: Int
    public let lift: Double
    public let gain: Double

    init(_ row: LiftRow) {
        tenth = row.decile
        count = row.count
        leavers = row.positives
        lift = row.lift
        gain = row.cumulativeGain
    }
}

/// Weight per standard deviation of the (logged) feature, in log-odds of not ordering, after calibration.
public struct FeatureWeight: Sendable, Codable, Equatable {
    public let feature: Feature
    public let weight: Double
    /// "raises" or "lowers" the risk.
    public var direction: String { weight >= 0 ? "raises" : "lowers" }

    enum CodingKeys: String, CodingKey { case feature, weight }
}

/// How the model does within one of today's segments, on the test window.
public struct SegmentAccuracy: Sendable, Codable, Equatable {
    public let segment: Int
    public let count: Int
    public let predicted: Double
    public let observed: Double
    public let accuracy: Double
}

/// Population stability index of a feature between training rows and the rows scored today.
public struct FeatureDrift: Sendable, Codable, Equatable {
    public let feature: Feature
    public let psi: Double
    public static let warning = 0.2
}
