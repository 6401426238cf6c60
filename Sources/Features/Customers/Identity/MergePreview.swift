import BSON
import Foundation
import Mongo
import Tenancy
import Vault

/// What is counted over one customer's orders.
public struct CustomerSums: Sendable, Equatable {
    public let orders: Int
    public let spentMinor: Int64
    public let refundedMinor: Int64
    public let firstOrderAt: Date?
    public let lastOrderAt: Date?

    init(_ counters: CustomerCounters) {
        orders = Int(counters.orders)
        spentMinor = counters.spentMinor
        refundedMinor = counters.refundedMinor
        firstOrderAt = counters.firstOrderAt
        lastOrderAt = counters.lastOrderAt
    }
}

/// What a merge would do. Nothing is changed.
public struct MergePreview: Sendable, Equatable {
    public struct Side: Sendable, Equatable {
        public let id: String
        /// Masked.
        public let name: String
        public let sums: CustomerSums
        public let consent: ConsentStanding
        /// Rows of sources that are this customer.
        public let identities: Int
    }

    public let survivor: Side
    public let merged: Side
    /// Rows that will be counted under the survivor.
    public let moves: MovedRows
    public let after: CustomerSums
    /// Where the survivor stands for marketing analytics then.
    public let consentAfter: ConsentStanding
    /// Purposes for which one of the two may be used now and the survivor may not.
    public let lostPurposes: [Purpose]
}

extension CustomerMerges {
    /// What moves, and what the survivor's figures and consents become, counted over the rows of both.
    public func preview(_ merged: String, into survivor: String) async throws -> MergePreview {
        let people = try await people(survivor, merged)
        let ids = [people.survivor, people.merged]
        let derivation = try await Derivation.current(scope, database, clock: clock)
        async let moves = PersonRows(scope: scope, database: database).count([people.merged])
        async let members = resolver.survivors.members(of: ids)
        async let after = derivation.counters(overall: ids)
        let values = ids.map { BSONValue.string($0) }
        async let ledger = TenantCollection<ConsentRecord>(scope, database).select(
            ConsentRow.fields, as: ConsentRow.self, .in("customer_id", values))
        let rows = try await resolver.customers.select(CustomerRow.fields, as: CustomerRow.self, .in("_id", values))
        guard let left = rows.first(where: { $0.id == people.survivor }),
            let right = rows.first(where: { $0.id == people.merged })
        else { throw TenancyError.notFound }
        let entries = try await ledger
        let now = clock.now()
        func verdict(_ ids: [String], _ purpose: Purpose) -> ConsentStanding {
            ConsentRule.verdict(
                entries.lazy.filter { ids.contains($0.customerID) }.map(\.entry), purpose: purpose, at: now
            ).standing
        }
        let names = try await members
        func side(_ row: CustomerRow) -> MergePreview.Side {
            MergePreview.Side(
                id: row.id, name: row.name, sums: CustomerSums(row.counters), consent: row.consent.standing(at: now),
                identities: names[row.id]?.count ?? 1)
        }
        return MergePreview(
            survivor: side(left), merged: side(right), moves: try await moves, after: CustomerSums(try await after),
            consentAfter: verdict(ids, .marketingAnalytics),
            lostPurposes: Purpose.consentable.filter { purpose in
                ids.contains { verdict([$0], purpose) == .granted } && verdict(ids, purpose) != .granted
            })
    }
}

extension Derivation {
    /// Counters over the orders of several customers as if they were one.
    func counters(overall ids: [String]) async throws -> CustomerCounters {
        let rows: [DerivedRow] = try await orders.aggregate([
            .match(countable(ids.map { .string($0) })), .group(id: "all", sums),
        ])
        return rows.first?.counters ?? CustomerCounters()
    }
}
