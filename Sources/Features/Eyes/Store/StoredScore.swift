import BSON
import Tenancy

/// An active customer's scores in a run, all horizons in one row. Written and read by hand, found by their ids: in order of
/// place they stand in `StoredRanking`.
struct StoredScore: TenantDocument, Sendable, Equatable {
    let id: String
    let runID: String
    let customerID: String
    let segment: Int?
    let facts: ReasonFacts
    let overdue: Double
    let spend90Minor: Int64
    let spend365Minor: Int64
    /// In the order of `Horizon.allCases`.
    let scores: [HorizonScore?]

    static let spec = CollectionSpec(
        "eyes_churn_predictions",
        indexes: [IndexSpec("run", [("run_id", 1)])],
        validator: .schema(
            required: ["run_id", "customer_id"], properties: ["customer_id": ["bsonType": "string"]]))

    init(_ score: CustomerScore, runID: String, customerID: String) {
        id = rowID(runID: runID, customerID: customerID)
        self.runID = runID
        self.customerID = customerID
        segment = score.segment
        facts = score.facts
        overdue = score.overdue
        spend90Minor = score.spend90Minor
        spend365Minor = score.spend365Minor
        scores = score.scores
    }

    init(
        id: String, runID: String, customerID: String, segment: Int?, facts: ReasonFacts, overdue: Double,
        spend90Minor: Int64, spend365Minor: Int64, scores: [HorizonScore?]
    ) {
        self.id = id
        self.runID = runID
        self.customerID = customerID
        self.segment = segment
        self.facts = facts
        self.overdue = overdue
        self.spend90Minor = spend90Minor
        self.spend365Minor = spend365Minor
        self.scores = scores
    }

    func score(_ horizon: Horizon) -> HorizonScore? {
        Horizon.allCases.firstIndex(of: horizon).flatMap { scores[$0] }
    }

    func bson() -> BSONDocument {
        var writer = BSONWriter(capacity: 1_200)
        writer.append("_id", id)
        writer.append("run_id", runID)
        writer.append("customer_id", customerID)
        if let segment { writer.append("segment", Int32(clamping: segment)) }
        writer.array("facts") { array in for value in facts.stored { array.append(value) } }
        writer.append("overdue", overdue)
        writer.append("spend_90_minor", spend90Minor)
        writer.append("spend_365_minor", spend365Minor)
        for (horizon, score) in zip(Horizon.allCases, scores) {
            guard let score else { continue }
            writer.document(horizon.key) { inner in score.write(to: &inner) }
        }
        return writer.finish()
    }
}

extension HorizonScore {
    func write(to writer: inout BSONWriter) {
        writer.appendIfPresent("risk_score", probability)
        writer.append("risk_level", level.rawValue)
        writer.append("base", base)
        writer.array("parts") { array in
            for part in parts.withoutTrailingZeros(keeping: ReasonGroup.always) { array.append(part) }
        }
        writer.append("adjustment", adjustment)
        writer.append("rank_percentile", rankPercentile)
        writer.append("times_average", timesAverage)
        if let tenth { writer.append("tenth", Int32(clamping: tenth)) }
        writer.appendIfPresent("value_at_risk_minor", valueAtRiskMinor)
        if let change {
            writer.document("change") { inner in
                inner.append("feature", change.feature.rawValue)
                inner.append("from", change.from)
                inner.append("to", change.to)
                inner.append("risk_level", change.level.rawValue)
            }
        }
        writer.append("place", Int32(clamping: place))
        writer.append("risk_place", Int32(clamping: riskPlace))
    }
}
