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
        let states = TenantCollection<DataState>(scope, database)
        guard var state = try await states.get(id: DataState.id(scope)) else { return nil }
        let derivation = Derivation(scope, database, clock: clock, retold: state.retold ?? [])
        var done = 0
        let customers = try derivation.customers.aggregateBatches(
            Pipeline([.project(["_id": 1])]), as: IDRow.self, batchSize: 1000)
        for try await batch in customers {
            done += try await derivation.recount(batch.map(\.id))
            try await progress(done)
        }
        state.sources = state.sources.map(reach)
        try await states.replace(state, upsert: false)
        return try await derivation.refresh(source: nil, range: nil)
    }

    /// A source reaches to the end of the day of its last order, and never beyond the midnight before it was read.
    private func reach(_ source: SourceState) -> SourceState {
        let calendar = DayCalendar(scope.organization.timeZone)
        var source = source
        source.completeUntil = source.lastOrderAt.map {
            min(calendar.endOfDay($0), calendar.startOfDay(source.lastImportAt ?? clock.now()))
        }
        return source
    }
}
