import BSON
import Foundation
import Mongo
import Tenancy
import Vault

extension CustomerWriter {
    /// Marks people as gone at the source. They keep their history and stay findable until erased.
    public func markGone(customers externalIDs: [String]) async throws -> Int {
        guard !externalIDs.isEmpty else { return 0 }
        return try await TenantCollection<StoredCustomer>(scope, database).update(
            .and([.in("_id", externalIDs.map { .string(customerID($0)) }), .eq("deleted_at", .null)]),
            [.set("deleted_at", .date(clock.now())), .set("updated_import_id", .string(source.importID))], multi: true
        ).modified
    }

    /// An order that is gone at the source counts as cancelled; ``finish()`` brings the sums up to date.
    public func markGone(orders externalIDs: [String]) async throws -> Int {
        guard !externalIDs.isEmpty else { return 0 }
        return try await TenantCollection<StoredOrder>(scope, database).update(
            .and([.in("_id", externalIDs.map { .string(orderID($0)) }), .eq("deleted_at", .null)]),
            [
                .set("deleted_at", .date(clock.now())), .set("status", .string(OrderStatus.cancelled.rawValue)),
                .set("updated_import_id", .string(source.importID)),
            ], multi: true
        ).modified
    }

    /// Lets go of orders as they were before this writer changed them: what came from a platform is not undone.
    public func forgetReplaced() async throws {
        _ = try await TenantCollection<ReplacedOrder>(scope, database).delete(
            .eq("import_id", .string(source.importID)), multi: true)
    }

    /// Removes everything this connection has brought, people without other rows included. Whoever was merged with one
    /// of them stays, with what other sources have told.
    public func removeAll() async throws {
        try scope.requireWritable()
        let mine = Filter.eq("connection_id", .string(source.connectionID))
        let people = try await TenantCollection<StoredCustomer>(scope, database).distinct("_id", mine)
            .compactMap(\.stringValue)
        _ = try await TenantCollection<StoredOrder>(scope, database).delete(mine, multi: true)
        var mates: Set<String> = []
        for portion in people.portions() {
            mates.formUnion(try await identities.survivors.mates(of: portion))
            _ = try await TenantCollection<ConsentRecord>(scope, database).delete(try await own(portion), multi: true)
        }
        _ = try await TenantCollection<StoredCustomer>(scope, database).delete(mine, multi: true)
        let left = mates.subtracting(people).sorted()
        let retelling = try await retelling()
        let derivation = retelling.derivation
        let others = try await retelling.people.union(left).union(identities.reconcile(left))
        try await recompute(others.sorted(), as: derivation)
        _ = try await derivation.refresh(source: source, range: nil)
    }

    /// Rows that are these people's at their source, whoever they are counted under.
    func own(_ people: [String]) async throws -> Filter {
        let values = people.map { BSONValue.string($0) }
        let roots = Set(try await identities.survivors.of(people).values).map { BSONValue.string($0) }
        let asWritten = Filter.and([.in(PersonRows.field, values), .eq(PersonRows.sourceField, .null)])
        guard !roots.isEmpty else { return asWritten }
        return .or([asWritten, .and([.in(PersonRows.field, roots), .in(PersonRows.sourceField, values)])])
    }

    var identities: IdentityResolver { IdentityResolver(scope, database, clock: clock) }
}
