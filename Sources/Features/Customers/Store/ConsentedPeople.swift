import BSON
import Foundation
import Tenancy

/// Those of a list who may be used for a purpose now.
public struct ConsentedPeople: Sendable, Equatable {
    /// Ascending.
    public var usable: [String] = []
    public var counts = ConsentCounts()

    public init() {}
}

extension CustomerStore {
    /// Looks people up in the consent ledger. Whoever was merged away or erased is not loaded and not counted.
    public func consented(_ ids: [String], for purpose: Purpose, now: Date) async throws -> ConsentedPeople {
        var found = ConsentedPeople()
        for part in Set(ids).sorted().portions() {
            let values = part.map { BSONValue.string($0) }
            let alive = try await TenantCollection<StoredCustomer>(scope, database).select(
                ["external_id"], as: BSONDocument.self,
                .and([.in("_id", values), .eq("merged_into", .null), .eq("deleted_at", .null)])
            ).map { try $0.string("_id") }.sorted()
            let records = try await TenantCollection<ConsentRecord>(scope, database).find(.in("customer_id", values))
            let ledger = Dictionary(grouping: records, by: \.customerID)
            for id in alive {
                let verdict = ConsentRule.verdict(
                    (ledger[id] ?? []).map(\.ruleEntry), purpose: purpose, at: now)
                found.counts.count(verdict.standing)
                if verdict.standing == .granted { found.usable.append(id) }
            }
        }
        return found
    }
}
