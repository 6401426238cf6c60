import BSON
import Foundation
import Mongo
import Tenancy

/// An event as a step of somebody's way: who, when, on which channel.
public struct EventTouch: BSONConvertible, Sendable {
    static let fields = ["customer_id", "event_type", "ts", "channel", "machine"]

    public private(set) var id = ""
    public private(set) var customerID = ""
    public private(set) var type = ""
    public private(set) var at = Date.distantPast
    public private(set) var channel: String?
    public private(set) var isMachine = false

    public init(bson: BSONDocument) throws {
        var reader = BSONReader(bson)
        while let field = try reader.next() {
            switch field.key {
            case "_id": id = try field.string()
            case "customer_id": customerID = try field.string()
            case "event_type": type = try field.string()
            case "ts": at = try field.date()
            case "channel": channel = try field.string()
            case "machine": isMachine = try field.bool()
            default: break
            }
        }
    }

    public func bson() -> BSONDocument { [:] }

    /// What was done to a person, and orders, which have their own rows, are no steps of theirs.
    private static let notTheirs = ["_delivered", "_sent", "_bounce", "_dropped", "_failed", "_spam"]

    /// Whether the person did it.
    public var isOwn: Bool {
        !isMachine && !type.hasPrefix("order_") && !Self.notTheirs.contains(where: type.hasSuffix)
    }
}

/// Reads what people did, of all connections together.
public struct EventReader: Sendable {
    private let scope: TenantScope
    private let database: MongoDatabase

    public init(_ scope: TenantScope, _ database: MongoDatabase) {
        self.scope = scope
        self.database = database
    }

    /// Events of a span of time that are about a person, the end not included, ascending by customer, time and id.
    public func touches(from: Date, to: Date) throws -> TenantBatches<EventTouch> {
        try TenantCollection<StoredRecord<EventInput>>(scope, database).aggregateBatches(
            Pipeline([
                .match(
                    .and([
                        .gt("customer_id", ""), .gte("ts", .date(from)), .lt("ts", .date(to)), .eq("deleted_at", .null),
                    ])),
                .sort([.ascending("customer_id"), .ascending("ts"), .ascending("_id")]),
                .project(BSONDocument(EventTouch.fields.map { ($0, .int32(1)) })),
            ]), as: EventTouch.self, batchSize: 10_000)
    }
}
