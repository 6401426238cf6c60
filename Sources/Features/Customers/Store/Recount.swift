import BSON
import Foundation
import Mongo
import Tenancy
import Vault

/// Works out again everything that follows from orders, for an organization whose currency or time zone has changed: what
/// customers spent, the days, the totals, how far each source reaches.
public struct Recount: Sendable {
    private let scope: TenantScope
    private let database: MongoDatabase
    private let clock: WallClock

    public init(_ scope: TenantScope, _ database: MongoDatabase, clock: WallClock = .system) {
        self.scope = scope
        self.database = database
        self.clock = clock
    }

    /// Nil where nothing was ever stored. Repeating it is harmless.
    ///
    /// - Parameter progress: called with the number of customers done.
    public func run(progress: @Sendable (Int) async throws -> Void = { _ in }) async throws -> DataState? {
        let state = try await TenantCollection<DataState>(scope, database).get(id: DataState.id(scope))
        guard let state else { return nil }
        let derivation = Derivation(scope, database, clock: clock, retold: state.retold ?? [])
        var done = 0
        let customers = try derivation.customers.aggregateBatches(
            Pipeline([.project(["_id": 1])]), as: IDRow.self, batchSize: 1000)
        for try await batch in customers {
            done += try await derivation.recount(batch.map(\.id))
            try await progress(done)
        }
        return try await derivation.refreshAll()
    }
}
