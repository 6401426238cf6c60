import BSON
import Tenancy

/// An active customer's scores in a run, all horizons in one row. Written and read by hand.
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
        indexes: [IndexSpec("run_customer", [("run_id", 1), ("customer_id", 1)], unique: true)]
            + Horizon.allCases.flatMap { horizon in
                [
                    IndexSpec("run_\(horizon.key)_place", [("run_id", 1), ("\(horizon.key).place", 1)]),
                    IndexSpec("run_\(horizon.key)_risk", [("run_id", 1), ("\(horizon.key).risk_place", 1)]),
                ]
            },
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

    init(bson: BSONDocument) throws {
        id = try bson.string("_id")
        runID = try bson.string("run_id")
        customerID = try bson.string("customer_id")
        segment = bson["segment"]?.intValue
        guard let facts = ReasonFacts(stored: try bson.array("facts").compactMap(\.doubleValue)) else {
            throw EyesError.damagedRow(id)
        }
        self.facts = facts
        overdue = try bson.double("overdue")
        spend90Minor = try bson.int64("spend_90_minor")
        spend365Minor = try bson.int64("spend_365_minor")
        scores = try Horizon.allCases.map { horizon in
            try bson[horizon.key]?.documentValue.map { try HorizonScore(bson: $0) }
        }
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

    init(bson: BSONDocument) throws {
        self.init(
            probability: bson["risk_score"]?.doubleValue,
            level: RiskLevel(rawValue: try bson.string("risk_level")) ?? .low, base: try bson.double("base"),
            parts: try bson.array("parts").compactMap(\.doubleValue), adjustment: try bson.double("adjustment"),
            rankPercentile: try bson.double("rank_percentile"), timesAverage: try bson.double("times_average"),
            tenth: bson["tenth"]?.intValue, valueAtRiskMinor: bson["value_at_risk_minor"]?.int64Value,
            change: bson["change"]?.documentValue.flatMap(BandChange.init(stored:)),
            place: try bson.int("place"), riskPlace: try bson.int("risk_place"))
    }
}

extension BandChange {
    fileprivate init?(stored: BSONDocument) {
        guard let feature = stored["feature"]?.stringValue.flatMap(Feature.init(rawValue:)),
            let level = stored["risk_level"]?.stringValue.flatMap(RiskLevel.init(rawValue:)),
            let from = stored["from"]?.doubleValue, let to = stored["to"]?.doubleValue
        else { return nil }
        self.init(feature: feature, from: from, to: to, level: level)
    }
}
