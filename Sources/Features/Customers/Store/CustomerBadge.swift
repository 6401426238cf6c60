import BSON
import Foundation
import Mongo
import Tenancy

extension CustomerStore {
    /// What tables show of these customers, masked; asked for a thousand at a time. Merged ones are shown as the
    /// customer they are counted under.
    public func badges(_ customerIDs: [String]) async throws -> [String: CustomerBadge] {
        var result: [String: CustomerBadge] = [:]
        let collection = TenantCollection<StoredCustomer>(scope, database)
        for ids in customerIDs.portions() {
            let rows = try await collection.select(BadgeRow.fields, as: BadgeRow.self, .anyOf(ids))
            for row in rows { result[row.customer.id] = CustomerBadge(row.customer) }
            let merged = rows.filter { $0.mergedInto != nil }
            let missing = Set(merged.compactMap(\.mergedInto)).subtracting(ids)
            if !missing.isEmpty {
                for row in try await collection.select(CustomerRow.fields, as: CustomerRow.self, .anyOf(missing)) {
                    result[row.id] = CustomerBadge(row)
                }
            }
            for row in merged { result[row.customer.id] = row.mergedInto.flatMap { result[$0] } }
        }
        return result
    }
}

/// A customer in a table of another feature.
public struct CustomerBadge: Sendable, Equatable {
    public let id: String
    public let token: String
    /// Masked.
    public let name: String
    public let lastOrderAt: Date?
    public let ordersCount: Int
    public let spentMinor: Int64
    public let consent: ConsentVerdict
}

extension CustomerBadge {
    fileprivate init(_ row: CustomerRow) {
        self.init(
            id: row.id, token: row.externalID, name: row.name, lastOrderAt: row.lastOrderAt,
            ordersCount: row.orders, spentMinor: row.spentMinor, consent: row.consent)
    }
}

/// A customer, and under whom they are counted.
private struct BadgeRow: BSONConvertible {
    static let fields = CustomerRow.fields + ["merged_into"]

    let customer: CustomerRow
    let mergedInto: String?

    init(bson: BSONDocument) throws {
        customer = try CustomerRow(bson: bson)
        mergedInto = bson["merged_into"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
    }

    func bson() -> BSONDocument { [:] }
}

extension Filter {
    fileprivate static func anyOf(_ ids: some Collection<String>) -> Filter {
        .in("_id", ids.map { .string($0) })
    }
}
