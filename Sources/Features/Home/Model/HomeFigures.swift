import Customers
import Foundation

/// What EYES tells the home page; made by the composition root from the newest published run.
public struct HomeRisk: Sendable {
    /// Days of the horizon the figures are for.
    public var horizonDays: Int
    /// Nil where no probabilities are published: a rule or no model has no count of likely leavers.
    public var highRiskCustomers: Int?
    public var valueAtRiskMinor: Int64?
    /// The gate in words, for example "Provisional".
    public var gateWords: String
    public var isActionable: Bool
    public var asOf: Date
    public var finishedAt: Date
    public var method: String

    public init(
        horizonDays: Int, highRiskCustomers: Int?, valueAtRiskMinor: Int64?, gateWords: String, isActionable: Bool,
        asOf: Date, finishedAt: Date, method: String
    ) {
        self.horizonDays = horizonDays
        self.highRiskCustomers = highRiskCustomers
        self.valueAtRiskMinor = valueAtRiskMinor
        self.gateWords = gateWords
        self.isActionable = isActionable
        self.asOf = asOf
        self.finishedAt = finishedAt
        self.method = method
    }
}

/// Where the analysis stands, whether or not it has figures.
public enum HomeAnalysis: Sendable {
    case neverRan
    case running(jobID: String)
    case failed(runID: String)
    /// Finished, but with too little data to say anything; the page of the analysis says what is missing.
    case notEnoughData
    case published(HomeRisk)
}

/// Everything the home page is made of.
struct HomeFigures: Sendable {
    var data: DataState
    var totals: CustomerTotals
    var weekly: WeeklyFigures
    var analysis: HomeAnalysis
    var runningImport: String?

    var situation: Situation {
        Situation(
            orders: totals.orders, consented: totals.consented, completeUntil: data.completeUntil, analysis: analysis,
            runningImport: runningImport)
    }
}

/// What the next action depends on.
struct Situation: Sendable {
    var orders: Int
    /// Customers who may be analysed now.
    var consented: Int
    var completeUntil: Date?
    var analysis: HomeAnalysis
    var runningImport: String?
}

/// The one thing to do next, found by rules from what there is.
enum NextAction: Equatable, Sendable {
    case importOrders
    case waitForImport(id: String)
    case grantConsent
    case findCustomersAtRisk
    case waitForAnalysis(jobID: String)
    case lookAtFailure(runID: String)
    case readWhatIsMissing
    case importNewerOrders(daysOld: Int)
    case contactCustomers(count: Int, horizonDays: Int)
    case reviewSegments

    /// Days after which orders are too old to act on.
    static let staleAfterDays = 8

    static func choose(_ situation: Situation, now: Date) -> NextAction {
        if let id = situation.runningImport { return .waitForImport(id: id) }
        if situation.orders == 0 { return .importOrders }
        if situation.consented == 0 { return .grantConsent }
        switch situation.analysis {
        case .running(let jobID): return .waitForAnalysis(jobID: jobID)
        case .failed(let runID): return .lookAtFailure(runID: runID)
        case .neverRan: return .findCustomersAtRisk
        case .notEnoughData: return .readWhatIsMissing
        case .published(let risk):
            if let complete = situation.completeUntil {
                let days = Int(now.timeIntervalSince(complete) / 86_400)
                if days > staleAfterDays { return .importNewerOrders(daysOld: days) }
            }
            if let count = risk.highRiskCustomers, count > 0 {
                return .contactCustomers(count: count, horizonDays: risk.horizonDays)
            }
            return .reviewSegments
        }
    }
}
