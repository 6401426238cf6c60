import BSON
import Foundation
import Mongo
import Tenancy

/// What is known of a person as a whole: where they are, what they are marked with, and what they ordered in all.
public struct CustomerAttributes: BSONConvertible, Sendable, Equatable {
    static let fields = ["country", "language", "region", "lifecycle_stage", "tags"] + CustomerCounters.fields

    public private(set) var country: String?
    public private(set) var language: String?
    public private(set) var region: String?
    public private(set) var lifecycleStage: String?
    public private(set) var tags: [String] = []
    public private(set) var ordersCount: Int64 = 0
    /// Minor units of the organization's currency.
    public private(set) var spentMinor: Int64 = 0
    public private(set) var firstOrderAt: Date?
    public private(set) var lastOrderAt: Date?
    let id: String

    public init(bson: BSONDocument) throws {
        id = try bson.string("_id")
        var counters = CustomerCounters()
        var reader = BSONReader(bson)
        while let field = try reader.next() {
            if try counters.read(field) { continue }
            switch field.key {
            case "country": country = try field.string()
            case "language": language = try field.string()
            case "region": region = try field.string()
            case "lifecycle_stage": lifecycleStage = try field.string()
            case "tags": tags = try field.array().compactMap(\.stringValue)
            default: break
            }
        }
        ordersCount = counters.orders
        spentMinor = counters.spentMinor
        firstOrderAt = counters.firstOrderAt
        lastOrderAt = counters.lastOrderAt
    }

    public func bson() -> BSONDocument { [:] }
}

/// Orders of one customer within a window; test, cancelled and retold ones are not among them.
public struct OrderTotals: Sendable, Equatable {
    public let count: Int
    /// Minor units of the organization's currency; orders without a rate add nothing.
    public let spentMinor: Int64
}

extension PurposeReading {
    /// What is known of some people, by id. Whoever is not there has no entry.
    public func attributes(of ids: [String]) async throws -> [String: CustomerAttributes] {
        let rows = try await TenantCollection<StoredCustomer>(scope, database).select(
            CustomerAttributes.fields, as: CustomerAttributes.self, .in("_id", ids.map { .string($0) }))
        return Dictionary(rows.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Orders of some people placed from a moment until another, by id. Whoever placed none has no entry.
    public func orderTotals(of ids: [String], from: Date, until: Date) async throws -> [String: OrderTotals] {
        let amount: BSONValue = [
            "$cond": [
                ["$eq": ["$currency", .string(scope.organization.currency)]], "$total_minor",
                ["$ifNull": ["$org_amount_minor", 0]],
            ]
        ]
        let rows: [BSONDocument] = try await TenantCollection<StoredOrder>(scope, database).aggregate(
            Pipeline([
                .match(
                    .and([
                        .in("customer_id", ids.map { .string($0) }), .gte("placed_at", .date(from)),
                        .lt("placed_at", .date(until)), .ne("test", .bool(true)),
                        .ne("status", .string(OrderStatus.cancelled.rawValue)), .told(butBy: retold),
                    ])),
                .group(id: "$customer_id", ["count": ["$sum": 1], "spent": ["$sum": amount]]),
            ]))
        return Dictionary(
            try rows.map { row in
                (
                    try row.string("_id"),
                    OrderTotals(
                        count: row["count"]?.intValue ?? 0,
                        spentMinor: Int64((row["spent"]?.doubleValue ?? 0).rounded()))
                )
            }, uniquingKeysWith: { first, _ in first })
    }
}

/// Loaded people who may not be used. Their ids are lent to a count and never leave it.
public struct LeftOutPeople: Sendable {
    let ids: [String]

    public var count: Int { ids.count }

    /// Adds up what `matching` says of them in portions. What is asked may only be counted.
    ///
    /// - Parameter places: which of them; nil for all
    public func count(
        _ places: [Int]? = nil, portion: Int, _ matching: ([String]) async throws -> Int
    ) async throws -> Int {
        let asked = places.map { $0.filter(ids.indices.contains).map { ids[$0] } } ?? ids
        var sum = 0
        for part in asked.portions(of: portion) { sum += try await matching(part) }
        return sum
    }
}
