import BSON
import Customers
import Foundation
import Mongo
import Tenancy
import Vault

/// Counts calls by connection, endpoint and hour.
struct CallStatistics: Sendable {
    let scope: TenantScope
    let database: MongoDatabase
    let clock: WallClock

    func note(
        _ connectionID: String, _ endpoint: String, _ fault: VendorFault?, since start: ContinuousClock.Instant
    ) async throws {
        let now = clock.now()
        let hour = Date(timeIntervalSince1970: (now.timeIntervalSince1970 / 3600).rounded(.down) * 3600)
        let id = DerivedID("pcl", scope.organizationID, connectionID)(endpoint, String(hour.bsonMilliseconds))
        var isLimited = false
        if case .rateLimited? = fault { isLimited = true }
        let elapsed = start.duration(to: .now)
        let milliseconds = Double(elapsed.components.seconds) * 1000 + Double(elapsed.components.attoseconds) / 1e15
        let update: Update = [
            .setOnInsert("connection_id", .string(connectionID)), .setOnInsert("endpoint", .string(endpoint)),
            .setOnInsert("hour", .date(hour)),
            .setOnInsert("expires_at", .date(hour.addingTimeInterval(90 * 86_400))), .inc("calls", 1),
            .inc("failed", .int(fault == nil || isLimited ? 0 : 1)), .inc("limited", .int(isLimited ? 1 : 0)),
            .inc("ms", .double(milliseconds)),
        ]
        let rows = TenantCollection<PlatformCalls>(scope, database)
        do {
            _ = try await rows.update(.id(id), update, upsert: true)
        } catch let error as MongoError where error.isDuplicateKey {
            // Two workers began the hour at the same moment; the row is there now.
            _ = try await rows.update(.id(id), update, upsert: true)
        }
    }
}
