import BSON
import Foundation
import Mongo
import Tenancy

extension CustomerWriter {
    /// Gives a place to customers who were stored before there were places, or under an older table of them. Whoever
    /// was placed by today's table is left alone; the organization is gone through once.
    func placeEverybody() async throws {
        let states = TenantCollection<DataState>(scope, database)
        let state = try await states.get(id: DataState.id(scope))
        guard let state, state.places != Centroids.version else { return }
        let customers = TenantCollection<StoredCustomer>(scope, database)
        let rows = try customers.selectBatches(
            PlacedRow.fields, as: PlacedRow.self, .gt("country", ""), sort: [.ascending("_id")])
        for try await batch in rows {
            let operations = batch.compactMap { row -> TenantBulk<StoredCustomer>? in
                let place = Centroids.of(country: row.country, region: row.region)
                guard place != row.location else { return nil }
                return .update(
                    .id(row.id), [place.map { .set("location", .document($0.geoJSON)) } ?? .unset("location")])
            }
            if !operations.isEmpty { try await customers.bulk(operations).throwUnlessDuplicates() }
        }
        _ = try await states.update(.id(state.id), [.set("places", .int(Centroids.version))])
    }
}

private struct PlacedRow: BSONConvertible, Sendable {
    static let fields = ["country", "region", "location"]

    let id: String
    let country: String?
    let region: String?
    let location: GeoPoint?

    init(bson: BSONDocument) throws {
        id = try bson.string("_id")
        country = bson["country"]?.stringValue
        region = bson["region"]?.stringValue
        location = bson["location"]?.documentValue.flatMap { GeoPoint(geoJSON: $0) }
    }

    func bson() -> BSONDocument { [:] }
}
