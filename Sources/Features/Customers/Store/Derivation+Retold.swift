import BSON
import Foundation
import Mongo
import Tenancy
import Vault

/// What has to be computed anew after a source has written, and how: which connections only tell again the orders of
/// others, and whose figures follow from a change of that.
struct Retelling: Sendable {
    let derivation: Derivation
    /// Customers who have orders at a connection that was counted until now, or was not.
    var people: Set<String> = []
    /// Other connections than before are counted.
    var isNew = false
}

/// A CRM or an analytics platform shows the shop's orders once more. They would make two of each; they count only where
/// no other source has any.
extension Derivation {
    /// As the data state says.
    static func current(_ scope: TenantScope, _ database: MongoDatabase, clock: WallClock) async throws -> Derivation {
        let state = try await TenantCollection<DataState>(scope, database).get(id: DataState.id(scope))
        return Derivation(scope, database, clock: clock, retold: state?.retold ?? [])
    }
}

extension CustomerWriter {
    /// Looks which connections count, after this source has written. Repeating it before
    /// ``Derivation/refresh(source:range:)`` says the same.
    func retelling() async throws -> Retelling {
        let state = try await TenantCollection<DataState>(scope, database).get(id: DataState.id(scope))
        let before = Set(state?.retold ?? [])
        var retellers = Set((state?.sources ?? []).filter { $0.retellsOrders == true }.map(\.connectionID))
        if source.retellsOrders { retellers.insert(source.connectionID) }
        guard !retellers.isEmpty || !before.isEmpty else { return Retelling(derivation: derivation(retold: [])) }
        let orders = TenantCollection<StoredOrder>(scope, database)
        let others = try await orders.select([], as: IDRow.self, .told(butBy: retellers), limit: 1)
        let now = others.isEmpty ? [] : retellers
        guard now != before else { return Retelling(derivation: derivation(retold: now)) }
        var change = Retelling(derivation: derivation(retold: now), isNew: true)
        let moved = now.symmetricDifference(before).sorted().map { BSONValue.string($0) }
        let rows = try orders.aggregateBatches(
            Pipeline([.match(.in("connection_id", moved)), .group(id: "$customer_id", [:])]), as: IDRow.self,
            batchSize: 20_000)
        for try await batch in rows { change.people.formUnion(batch.map(\.id)) }
        return change
    }

    private func derivation(retold: Set<String>) -> Derivation {
        Derivation(scope, database, clock: clock, retold: retold.sorted())
    }
}

extension Filter {
    /// Orders of all connections but these.
    static func told(butBy retold: some Collection<String>) -> Filter {
        retold.isEmpty ? .all : .notIn("connection_id", retold.sorted().map { .string($0) })
    }
}
