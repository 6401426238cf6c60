import BSON
import Foundation
import Mongo
import Tenancy

/// An event as analysis sees it: whose, what, when, where. Nothing personal but the customer's id.
public struct EventFact: BSONConvertible, Sendable, Equatable {
    static let fields = ["customer_id", "event_type", "ts", "channel", "content_id", "machine"]

    public private(set) var customerID = ""
    public private(set) var type = ""
    /// Milliseconds since 1970.
    public private(set) var at: Int64 = 0
    public private(set) var channel: String?
    public private(set) var contentID: String?
    public private(set) var isMachine = false

    public init(bson: BSONDocument) throws {
        var reader = BSONReader(bson)
        while let field = try reader.next() {
            switch field.key {
            case "customer_id": customerID = try field.string()
            case "event_type": type = try field.string()
            case "ts": at = try field.dateMilliseconds()
            case "channel": channel = try field.string()
            case "content_id": contentID = try field.string()
            case "machine": isMachine = try field.bool()
            default: break
            }
        }
    }

    public func bson() -> BSONDocument { [:] }
}

/// A payment that did not go through.
public struct FailedPayment: BSONConvertible, Sendable, Equatable {
    static let fields = ["customer_id", "occurred_at"]

    public let customerID: String
    public let at: Date

    public init(bson: BSONDocument) throws {
        customerID = try bson.string("customer_id")
        at = try bson.date("occurred_at")
    }

    public func bson() -> BSONDocument { [:] }
}

/// When a subscription began and ended, and how often it renews.
public struct SubscriptionFact: BSONConvertible, Sendable, Equatable {
    static let fields = ["customer_id", "interval", "started_at", "canceled_at"]

    public let customerID: String
    /// `day`, `week`, `month`, `year`.
    public let interval: String
    public let startedAt: Date?
    public let canceledAt: Date?

    public init(bson: BSONDocument) throws {
        customerID = try bson.string("customer_id")
        interval = try bson.string("interval")
        startedAt = bson["started_at"]?.dateValue
        canceledAt = bson["canceled_at"]?.dateValue
    }

    public func bson() -> BSONDocument { [:] }
}

/// Reads what people did besides ordering, of all connections together, ascending by customer.
public struct ActivityReader: Sendable {
    private let scope: TenantScope
    private let database: MongoDatabase

    public init(_ scope: TenantScope, _ database: MongoDatabase) {
        self.scope = scope
        self.database = database
    }

    public func events(before: Date) throws -> TenantBatches<EventFact> {
        try read(
            EventInput.self, as: EventFact.self, EventFact.fields, .lt("ts", .date(before)),
            sort: ["customer_id", "ts"])
    }

    public func failedPayments(before: Date) throws -> TenantBatches<FailedPayment> {
        try read(
            PaymentInput.self, as: FailedPayment.self, FailedPayment.fields,
            .and([
                .eq("kind", .string(PaymentInput.Kind.charge.rawValue)), .eq("status", "failed"),
                .lt("occurred_at", .date(before)),
            ]), sort: ["customer_id", "occurred_at"])
    }

    public func subscriptions() throws -> TenantBatches<SubscriptionFact> {
        try read(
            BillingSubscriptionInput.self, as: SubscriptionFact.self, SubscriptionFact.fields, .all,
            sort: ["customer_id", "_id"])
    }

    /// How often each of some people did something from a moment until another, machines left out. Whoever never did has
    /// no entry.
    public func eventCounts(
        of ids: [String], type: String, from: Date, until: Date
    ) async throws -> [String: Int] {
        let rows: [BSONDocument] = try await TenantCollection<StoredRecord<EventInput>>(scope, database).aggregate(
            Pipeline([
                .match(
                    .and([
                        .gt("customer_id", ""), .in("customer_id", ids.map { .string($0) }),
                        .gte("ts", .date(from)), .lt("ts", .date(until)), .eq("event_type", .string(type)),
                        .ne("machine", .bool(true)), .eq("deleted_at", .null),
                    ])),
                .group(id: "$customer_id", ["count": ["$sum": 1]]),
            ]))
        return Dictionary(
            try rows.map { (try $0.string("_id"), $0["count"]?.intValue ?? 0) },
            uniquingKeysWith: { first, _ in first })
    }

    /// Events of anybody at `moment` or later.
    public func futureEvents(from moment: Date) async throws -> Int {
        try await TenantCollection<StoredRecord<EventInput>>(scope, database).count(
            .and([.gte("ts", .date(moment)), .eq("deleted_at", .null)]))
    }

    /// Whether any source tells payments: without one, no failed payment means nothing.
    public func hasPayments() async throws -> Bool {
        try await TenantCollection<StoredRecord<PaymentInput>>(scope, database).exists(.gt("customer_id", ""))
    }

    private func read<Row: RecordRow, Fact: BSONConvertible & Sendable>(
        _ row: Row.Type, as fact: Fact.Type, _ fields: [String], _ filter: Filter, sort: [String]
    ) throws -> TenantBatches<Fact> {
        try TenantCollection<StoredRecord<Row>>(scope, database).aggregateBatches(
            Pipeline([
                .match(.and([.gt("customer_id", ""), .eq("deleted_at", .null), filter])),
                .sort(sort.map { .ascending($0) }),
                .project(BSONDocument(fields.map { ($0, .int32(1)) })),
            ]), as: Fact.self, batchSize: 10_000)
    }
}
