import Customers
import Foundation
import Web

/// A scored customer in JSON, for one horizon.
struct ScoreResource: JSONWritable {
    let stored: StoredScore
    let score: HorizonScore
    let report: HorizonReport
    let run: StoredRun
    let segment: Segment?
    let badge: CustomerBadge?
    let speech: EyesSpeech
    let now: Date
    /// The same customer in the run before, as far as its rows are kept.
    var former: StoredScore?
    /// All parts, and not only the told ones.
    var isWhole = false

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("user_id", stored.customerID)
            json.field("token", badge?.token)
            json.field("horizon", report.horizon.key)
            let mayBeUsed = badge?.mayBeUsed(at: now) ?? false
            json.field("consent_ok", mayBeUsed)
            if mayBeUsed { writeScore(to: &json) }
        }
    }

    private func writeScore(to json: inout JSONWriter) {
        json.field("risk_score", score.probability)
        json.field("risk_level", score.level.rawValue)
        json.field("basis", score.probability == nil ? "rule" : "model")
        json.field("gate", report.state.rawValue)
        json.field("rank_percentile", score.rankPercentile)
        json.field("times_average", score.probability == nil ? nil : score.timesAverage)
        if let confidence { json.array("prediction_confidence", confidence) { json, end in json.value(end) } }
        json.key("change_since_last_run")
        if let change {
            json.object { json in
                json.field("risk_score", change.difference)
                json.field("former_risk_level", former?.score(report.horizon)?.level.rawValue)
            }
        } else {
            json.null()
        }
        if let move = score.change {
            json.object("smallest_band_change") { json in
                json.field("feature", move.feature.rawValue)
                json.field("from", move.from)
                json.field("to", move.to)
                json.field("risk_level", move.level.rawValue)
                json.field("words", speech.sentence(move))
            }
        }
        json.field("overdue", stored.overdue)
        json.field("segment_id", segment?.id)
        json.field("segment", segment.map { speech.name($0.name) })
        if let value = score.valueAtRiskMinor {
            json.money("value_at_risk", minor: value, currency: speech.currency)
        }
        json.field(
            "last_order_on", ZoneCalendar.label(of: run.result.asOfDay - Int(stored.facts.recencyDays)))
        json.array("reasons", EyesReasons.told(score, stored.facts)) { json, reason in write(reason, to: &json) }
        if isWhole {
            json.field("base", score.base)
            json.object("parts") { json in
                for (group, part) in zip(ReasonGroup.allCases, score.parts) { json.field(group.rawValue, part) }
            }
            json.field("consistency_adjustment", score.adjustment)
        }
        json.field("model_version", report.serving?.version)
        json.field("created_at", run.createdAt)
    }

    private var change: ScoreChange? {
        former?.score(report.horizon).map { ScoreChange(score, since: $0) }
    }

    /// 95% interval of the share that left among test customers with a score like this.
    private var confidence: [Double]? {
        guard let tenth = score.tenth, let points = report.serving?.calibration, points.indices.contains(tenth) else {
            return nil
        }
        return [points[tenth].lower, points[tenth].upper]
    }

    private func write(_ reason: ScoreReason, to json: inout JSONWriter) {
        json.object { json in
            json.field("feature_group", reason.group.rawValue)
            json.field("part", reason.part)
            json.field("words", speech.phrase(reason.phrase))
        }
    }
}
