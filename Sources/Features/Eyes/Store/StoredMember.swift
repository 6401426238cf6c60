import BSON
import Tenancy

/// A buyer's place in a run. Written and read by hand: there is one for every buyer. Found by their ids; in order of place
/// they stand in `StoredRanking`.
struct StoredMember: TenantDocument, Sendable, Equatable {
    let id: String
    let runID: String
    let customerID: String
    let segment: Int
    /// Place within the segment by spend of the last year, 0 first.
    let place: Int
    let ownDistance: Double
    let nextSegment: Int?
    let nextDistance: Double?
    let features: [Feature]
    let spend365Minor: Int64
    let recencyDays: Int
    let orderCount: Int

    static let spec = CollectionSpec(
        "eyes_memberships",
        indexes: [IndexSpec("run_segment_customer", [("run_id", 1), ("segment", 1), ("customer_id", 1)])],
        validator: .schema(
            required: ["run_id", "customer_id", "segment"], properties: ["customer_id": ["bsonType": "string"]]))

    init(_ member: SegmentMember, runID: String, customerID: String, place: Int) {
        id = rowID(runID: runID, customerID: customerID)
        self.runID = runID
        self.customerID = customerID
        segment = member.segment
        self.place = place
        ownDistance = member.reason.ownDistance
        nextSegment = member.reason.nextSegment
        nextDistance = member.reason.nextDistance
        features = member.reason.features
        spend365Minor = member.spend365Minor
        recencyDays = member.recencyDays
        orderCount = member.orderCount
    }

    func bson() -> BSONDocument {
        var writer = BSONWriter(capacity: 360)
        writer.append("_id", id)
        writer.append("run_id", runID)
        writer.append("customer_id", customerID)
        writer.append("segment", Int32(clamping: segment))
        writer.append("place", Int32(clamping: place))
        writer.append("own_distance", ownDistance)
        if let nextSegment { writer.append("next_segment", Int32(clamping: nextSegment)) }
        if let nextDistance { writer.append("next_distance", nextDistance) }
        writer.array("features") { array in for feature in features { array.append(feature.rawValue) } }
        writer.append("spend_365_minor", spend365Minor)
        writer.append("recency_days", Int32(clamping: recencyDays))
        writer.append("order_count", Int32(clamping: orderCount))
        return writer.finish()
    }

    init(bson: BSONDocument) throws {
        id = try bson.string("_id")
        runID = try bson.string("run_id")
        customerID = try bson.string("customer_id")
        segment = try bson.int("segment")
        place = try bson.int("place")
        ownDistance = try bson.double("own_distance")
        nextSegment = bson["next_segment"]?.intValue
        nextDistance = bson["next_distance"]?.doubleValue
        features = try bson.array("features").compactMap { $0.stringValue.flatMap(Feature.init(rawValue:)) }
        spend365Minor = try bson.int64("spend_365_minor")
        recencyDays = try bson.int("recency_days")
        orderCount = try bson.int("order_count")
    }
}

/// The name of a customer's row in a run: repeating a run writes the same rows.
func rowID(runID: String, customerID: String) -> String {
    "\(runID.dropFirst(4)).\(customerID)"
}
