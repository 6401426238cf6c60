import BSON
import Foundation
import Mongo
import Tenancy

/// A payment as stored.
public struct PaymentView: BSONConvertible, Sendable, Equatable {
    static let fields = [
        "external_id", "kind", "status", "occurred_at", "amount_minor", "currency", "order_ref", "deleted_at",
        "first_seen_at",
    ]

    public let id: String
    public let externalID: String
    public let kind: PaymentInput.Kind
    public let status: String
    public let at: Date
    public let amountMinor: Int64
    public let currency: String
    public let orderExternalID: String?
    public let deletedAt: Date?
    public let firstSeenAt: Date

    public init(bson: BSONDocument) throws {
        id = try bson.string("_id")
        externalID = try bson.string("external_id")
        kind = PaymentInput.Kind(rawValue: try bson.string("kind")) ?? .charge
        status = try bson.string("status")
        at = try bson.date("occurred_at")
        amountMinor = try bson.int64("amount_minor")
        currency = try bson.string("currency")
        orderExternalID = bson["order_ref"]?.stringValue
        deletedAt = bson["deleted_at"]?.dateValue
        firstSeenAt = try bson.date("first_seen_at")
    }

    public func bson() -> BSONDocument { [:] }
}

/// The figures of one entity on one day as stored.
public struct MetricDayView: BSONConvertible, Sendable, Equatable {
    static let fields = [
        "entity_ref", "day", "currency", "spend_minor", "orders", "revenue_minor", "refund_minor", "final",
    ]

    public let id: String
    public let entityExternalID: String
    public let day: Day
    public let currency: String
    public let spendMinor: Int64?
    public let orders: Int64?
    public let revenueMinor: Int64?
    public let refundMinor: Int64?
    public let isFinal: Bool

    public init(bson: BSONDocument) throws {
        id = try bson.string("_id")
        entityExternalID = try bson.string("entity_ref")
        day = try bson.string("day")
        currency = try bson.string("currency")
        spendMinor = bson["spend_minor"]?.int64Value
        orders = bson["orders"]?.int64Value
        revenueMinor = bson["revenue_minor"]?.int64Value
        refundMinor = bson["refund_minor"]?.int64Value
        isFinal = bson["final"]?.boolValue ?? false
    }

    public func bson() -> BSONDocument { [:] }
}

/// Reads canonical rows of one connection.
public struct RecordReader: Sendable {
    private let scope: TenantScope
    private let database: MongoDatabase
    private let mine: Filter

    public init(_ scope: TenantScope, _ database: MongoDatabase, connectionID: String) {
        self.scope = scope
        self.database = database
        mine = .eq("connection_id", .string(connectionID))
    }

    /// Payments from one moment up to another, the second not included.
    public func payments(from: Date, to: Date) async throws -> [PaymentView] {
        try await payments([.gte("occurred_at", .date(from)), .lt("occurred_at", .date(to)), mine])
    }

    /// What was given back of these orders, whenever that was.
    public func refunds(ofOrders externalIDs: [String]) async throws -> [PaymentView] {
        try await portions(externalIDs) { ids in
            try await payments([mine, .eq("kind", .string(PaymentInput.Kind.refund.rawValue)), .in("order_ref", ids)])
        }
    }

    public func payments(externalIDs: [String]) async throws -> [PaymentView] {
        try await portions(externalIDs) { ids in try await payments([mine, .in("external_id", ids)]) }
    }

    private func payments(_ filters: [Filter]) async throws -> [PaymentView] {
        try await TenantCollection<StoredRecord<PaymentInput>>(scope, database).select(
            PaymentView.fields, as: PaymentView.self, .and(filters))
    }

    private func portions(
        _ ids: [String], _ read: ([BSONValue]) async throws -> [PaymentView]
    ) async throws -> [PaymentView] {
        var found: [PaymentView] = []
        for portion in ids.portions() { found += try await read(portion.map { .string($0) }) }
        return found
    }

    /// Figures of one source on one level; the same figures stand on other levels again, and by type of action: those
    /// are left out.
    public func metricDays(source: String, level: String, days: ClosedRange<Day>) async throws -> [MetricDayView] {
        try await TenantCollection<StoredRecord<MetricDayInput>>(scope, database).select(
            MetricDayView.fields, as: MetricDayView.self,
            .and([
                .eq("source", .string(source)), .eq("level", .string(level)),
                .gte("day", .string(days.lowerBound)), .lte("day", .string(days.upperBound)), mine,
                .eq("action_type", .null), .eq("deleted_at", .null),
            ]))
    }

    /// External ids of campaigns that are gone at the source.
    public func deletedCampaigns() async throws -> Set<String> {
        let rows = try await TenantCollection<StoredRecord<CampaignInput>>(scope, database).distinct(
            "external_id", .and([mine, .ne("deleted_at", .null)]))
        return Set(rows.compactMap(\.stringValue))
    }
}
