/// What the run says about one horizon: state, figures, and which model speaks.
public struct HorizonReport: Sendable, Codable, Equatable {
    public let horizon: Horizon
    public let state: HorizonState
    /// Today's model by its own test; nil without enough data.
    public let verdict: String?
    public let needs: [DataNeed]
    public var card: ModelCard?
    public let serving: ServingModel?
    /// Of active customers.
    public var counts: BandCounts
    /// Sum of the probabilities; nil without probabilities.
    public var expectedLeavers: Double?
    public var meanRisk: Double?
    /// Mean 90-day spend × probability, summed.
    public var valueAtRiskMinor: Int64?
    /// Spend of the last 365 days of the customers in the high band.
    public var highYearlySpendMinor: Int64
    /// More than 60% fall in one band: rank bands tell people apart better.
    public var offersRankBands: Bool

    enum CodingKeys: String, CodingKey {
        case horizon, state, verdict, needs, card, serving, counts
        case expectedLeavers = "expected_leavers"
        case meanRisk = "overall_churn_rate"
        case valueAtRiskMinor = "value_at_risk_minor"
        case highYearlySpendMinor = "high_yearly_spend_minor"
        case offersRankBands = "offers_rank_bands"
    }
}

public struct BandCounts: Sendable, Codable, Equatable {
    public var high = 0
    public var medium = 0
    public var low = 0
    public var total: Int { high + medium + low }

    public func count(_ level: RiskLevel) -> Int {
        switch level {
        case .high: high
        case .medium: medium
        case .low: low
        }
    }

    mutating func add(_ level: RiskLevel) {
        switch level {
        case .high: high += 1
        case .medium: medium += 1
        case .low: low += 1
        }
    }

    enum CodingKeys: String, CodingKey { case high, medium, low }
}

/// The model whose probabilities are shown.
public struct ServingModel: Sendable, Codable, Equatable {
    public let version: String
    /// Day number of the score time of the run that made it.
    public let asOf: Int
    public let model: ChurnModel
    /// Of its test: where a probability's confidence comes from.
    public let calibration: [CalibrationTenth]
    /// Of the calibrator before its level was corrected: by cross-validation on the newest closed window, where neither the model nor its
    /// calibration has seen the customer. Nil in models from before it was kept.
    public var calibrationError: Double?
    /// The level foreseen for the customers scored by the run that made it; nil in models from before it was kept.
    public var level: LevelForecast?
    /// Older than this the page calls it old; older than twice this it is not used.
    public static let oldAfterDays = 90
    public static let unusableAfterDays = 180

    public func isOld(at day: Int) -> Bool { day - asOf > Self.oldAfterDays }

    enum CodingKeys: String, CodingKey {
        case version, model, calibration, level
        case calibrationError = "ece_after_calibration"
        case asOf = "as_of_day"
    }
}

/// Test rows of a card, kept so that its figures can be recounted.
struct TestPredictions: Sendable, Equatable {
    let horizon: Horizon
    let probabilities: [Double]
    let labels: [Bool]
    /// Spend of 90 days expected at the test cut-off, in minor units: what each row was worth keeping.
    let spends: [Double]
}
