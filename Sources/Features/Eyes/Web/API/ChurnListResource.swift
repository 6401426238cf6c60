import Customers
import Foundation
import Web

/// A page of scored customers in JSON.
struct ChurnListResource: JSONWritable {
    let envelope: EyesEnvelope
    let published: PublishedRun
    let report: HorizonReport
    let page: ChurnPage
    let limit: Int
    let now: Date

    func write(to json: inout JSONWriter) {
        json.object { json in
            envelope.write(to: &json)
            json.array("data", page.rows) { json, stored in
                guard let score = stored.score(report.horizon) else { return }
                ScoreResource(
                    stored: stored, score: score, report: report, run: published.run,
                    segment: stored.segment.flatMap(published.segment(number:)),
                    badge: page.badges[stored.customerID], speech: envelope.speech, now: now,
                    former: page.former[stored.customerID]
                ).write(to: &json)
            }
            EyesAPI.page(
                &json, limit: limit, total: page.total,
                next: page.nextPlace.map { Cursor.encode(["place": .int(Int64($0))], for: "eyes.churn") })
        }
    }
}

/// Everything a run says about one customer, in JSON.
struct CustomerScoreResource: JSONWritable {
    let id: String
    let envelope: EyesEnvelope
    let published: PublishedRun
    let stored: StoredScore
    let former: StoredScore?
    let badge: CustomerBadge
    /// Nil: all horizons.
    let wanted: Horizon?
    let now: Date

    func write(to json: inout JSONWriter) {
        let reports = published.run.result.horizons.filter { wanted == nil || $0.horizon == wanted }
        json.object { json in
            envelope.write(to: &json)
            json.field("user_id", id)
            json.array("data", reports) { json, report in
                guard let score = stored.score(report.horizon) else { return }
                ScoreResource(
                    stored: stored, score: score, report: report, run: published.run,
                    segment: stored.segment.flatMap(published.segment(number:)), badge: badge,
                    speech: envelope.speech, now: now, former: former, isWhole: true
                ).write(to: &json)
            }
        }
    }
}
