import Customers
import Foundation
import Tenancy
import Web

/// A page of a segment's members in JSON. Whoever's consent is gone since the run stays in the list, without figures.
struct MemberListResource: JSONWritable {
    let envelope: EyesEnvelope
    let segment: Segment
    let page: MemberPage
    let limit: Int
    let now: Date

    func write(to json: inout JSONWriter) {
        json.object { json in
            envelope.write(to: &json)
            json.array("data", page.rows) { json, member in write(member, to: &json) }
            EyesAPI.page(
                &json, limit: limit, total: segment.size,
                next: page.nextPlace.map { Cursor.encode(["place": .int(Int64($0))], for: "eyes.members") })
        }
    }

    private func write(_ member: StoredMember, to json: inout JSONWriter) {
        let badge = page.badges[member.customerID]
        let mayBeUsed = badge?.mayBeUsed(at: now) ?? false
        json.object { json in
            json.field("user_id", member.customerID)
            json.field("token", badge?.token)
            json.field("consent_ok", mayBeUsed)
            guard mayBeUsed else { return }
            json.field("order_count", member.orderCount)
            json.field("recency_days", member.recencyDays)
            json.money("value", minor: member.spend365Minor, currency: envelope.speech.currency)
            json.field("own_distance", member.ownDistance)
            json.field("next_distance", member.nextDistance)
            json.array("features", member.features) { json, feature in json.value(feature.rawValue) }
        }
    }
}
