import BSON
import Foundation
import Mongo
import Tenancy

/// An order as one source brought it, for holding it against that source. Nothing personal.
public struct SourceOrder: BSONConvertible, Sendable, Equatable {
    static let fields = [
        "external_id", "placed_at", "total_minor", "currency", "org_amount_minor", "refunded_minor", "test", "status",
        "deleted_at", "created_at",
    ]

    public let id: String
    public let externalID: String
    public let placedAt: Date
    public let totalMinor: Int64
    public let currency: String
    public let organizationAmountMinor: Int64?
    public let refundedMinor: Int64
    public let isTest: Bool
    public let isCancelled: Bool
    public let deletedAt: Date?
    public let firstSeenAt: Date

    public init(bson: BSONDocument) throws {
        id = try bson.string("_id")
        externalID = try bson.string("external_id")
        placedAt = try bson.date("placed_at")
        totalMinor = try bson.int64("total_minor")
        currency = try bson.string("currency")
        organizationAmountMinor = bson["org_amount_minor"]?.int64Value
        refundedMinor = bson["refunded_minor"]?.int64Value ?? 0
        isTest = bson["test"]?.boolValue ?? false
        isCancelled = bson["status"]?.stringValue == OrderStatus.cancelled.rawValue
        deletedAt = bson["deleted_at"]?.dateValue
        firstSeenAt = try bson.date("created_at")
    }

    public func bson() -> BSONDocument { [:] }
}

/// A person as one source brought them: only when the source made them, and when we first saw them.
public struct SourcePerson: BSONConvertible, Sendable, Equatable {
    static let fields = ["external_id", "source_created_at", "deleted_at", "created_at"]

    public let id: String
    public let externalID: String
    public let createdAt: Date?
    public let deletedAt: Date?
    public let firstSeenAt: Date

    public init(bson: BSONDocument) throws {
        id = try bson.string("_id")
        externalID = try bson.string("external_id")
        createdAt = bson["source_created_at"]?.dateValue
        deletedAt = bson["deleted_at"]?.dateValue
        firstSeenAt = try bson.date("created_at")
    }

    public func bson() -> BSONDocument { [:] }
}

/// Orders and people of one connection, as they came.
public struct SourceReading: Sendable {
    private let scope: TenantScope
    private let database: MongoDatabase
    private let mine: Filter

    public init(_ scope: TenantScope, _ database: MongoDatabase, connectionID: String) {
        self.scope = scope
        self.database = database
        mine = .eq("connection_id", .string(connectionID))
    }

    /// Orders placed from one moment up to another, the second not included.
    public func orders(from: Date, to: Date) async throws -> [SourceOrder] {
        try await orders([.gte("placed_at", .date(from)), .lt("placed_at", .date(to)), mine])
    }

    public func orders(externalIDs: [String]) async throws -> [SourceOrder] {
        var found: [SourceOrder] = []
        for ids in externalIDs.portions() {
            found += try await orders([mine, .in("external_id", ids.map { .string($0) })])
        }
        return found
    }

    private func orders(_ filters: [Filter]) async throws -> [SourceOrder] {
        try await TenantCollection<StoredOrder>(scope, database).select(
            SourceOrder.fields, as: SourceOrder.self, .and(filters))
    }

    /// People the source made from one moment up to another, the second not included.
    public func people(from: Date, to: Date) async throws -> [SourcePerson] {
        try await TenantCollection<StoredCustomer>(scope, database).select(
            SourcePerson.fields, as: SourcePerson.self,
            .and([mine, .gte("source_created_at", .date(from)), .lt("source_created_at", .date(to))]))
    }
}
