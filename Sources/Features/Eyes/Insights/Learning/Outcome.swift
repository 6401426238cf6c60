import BSON
import Foundation
import Learning
import Tenancy

/// Of those with something in common: how many were expected to leave, and how many left.
public struct OutcomeGroup: Sendable, Codable, Equatable {
    /// A band's word, a tenth's number (10 = highest risk), or a segment's id.
    public let key: String
    public let count: Int
    /// Sum of the probabilities.
    public let predicted: Double
    public let left: Int
    /// 95 % interval of the share that left.
    public let lower: Double
    public let upper: Double

    public var share: Double { count > 0 ? Double(left) / Double(count) : 0 }

    /// Whether the predicted share lies within the interval of what happened.
    public var isAsPredicted: Bool {
        guard count > 0 else { return true }
        return (lower...max(lower, upper)).contains(predicted / Double(count))
    }

    init(_ key: String, _ rows: some Sequence<ScoredOutcome>) {
        var (count, predicted, left) = (0, 0.0, 0)
        for row in rows {
            count += 1
            predicted += row.chance
            left += row.left ? 1 : 0
        }
        let interval = wilsonInterval(successes: left, trials: count)
        self.key = key
        self.count = count
        self.predicted = predicted
        self.left = left
        lower = interval.lower
        upper = interval.upper
    }
}

/// One customer scored then, and what they did.
struct ScoredOutcome: Sendable, Equatable {
    let chance: Double
    let level: RiskLevel
    let segment: String?
    let left: Bool
}

/// A closed window: what a run predicted for it, and what came, recounted from the orders.
public struct Outcome: TenantDocument, Codable, Sendable, Equatable {
    public let id: String
    public let runID: String
    public let horizon: Horizon
    public let state: HorizonState
    /// First day of the window, and the first day after it.
    public let asOfDay: Int
    public let closedDay: Int
    /// Customers scored then, and those of them whose consent still stands: only they are looked at.
    public let scored: Int
    public let all: OutcomeGroup
    public let auc: Double?
    public let brier: Double
    public let bands: [OutcomeGroup]
    public let tenths: [OutcomeGroup]
    public let segments: [OutcomeGroup]
    public let checkedAt: Date

    public static let spec = CollectionSpec(
        "eyes_outcomes",
        indexes: [IndexSpec("as_of", [("as_of_day", -1)]), IndexSpec("run", [("run_id", 1)])],
        validator: .schema(
            required: ["run_id", "horizon", "as_of_day", "all", "checked_at"],
            properties: ["run_id": ["bsonType": "string"], "checked_at": ["bsonType": "date"]]))

    static func id(runID: String, horizon: Horizon) -> String { "eyo_\(runID.dropFirst(4))_\(horizon.rawValue)" }

    init(
        runID: String, report: HorizonReport, asOfDay: Int, scored: Int, rows: [ScoredOutcome], at now: Date
    ) {
        id = Self.id(runID: runID, horizon: report.horizon)
        self.runID = runID
        horizon = report.horizon
        state = report.state
        self.asOfDay = asOfDay
        closedDay = asOfDay + report.horizon.days
        self.scored = scored
        all = OutcomeGroup("all", rows)
        let chances = rows.map(\.chance)
        let labels = rows.map(\.left)
        auc = rocAUC(scores: chances, labels: labels)
        brier = brierScore(probabilities: chances, labels: labels)
        bands = RiskLevel.allCases.map { level in OutcomeGroup(level.rawValue, rows.filter { $0.level == level }) }
        tenths = Self.tenths(rows)
        segments = Set(rows.compactMap(\.segment)).sorted().map { id in
            OutcomeGroup(id, rows.filter { $0.segment == id })
        }
        checkedAt = now
    }

    /// Ten groups of as equal size as can be, 10 the highest risk.
    static func tenths(_ rows: [ScoredOutcome]) -> [OutcomeGroup] {
        let ordered = rows.indices.sorted { (rows[$0].chance, $0) < (rows[$1].chance, $1) }.map { rows[$0] }
        return (1...10).compactMap { tenth in
            let part = ordered[(ordered.count * (tenth - 1) / 10)..<(ordered.count * tenth / 10)]
            return part.isEmpty ? nil : OutcomeGroup(String(tenth), part)
        }
    }

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case horizon, state, scored, all, auc, brier, bands, tenths, segments
        case runID = "run_id"
        case asOfDay = "as_of_day"
        case closedDay = "closed_day"
        case checkedAt = "checked_at"
    }
}
