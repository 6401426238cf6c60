import BSON
import Foundation
import Mongo
import Tenancy

/// An order as a step of somebody's way: who, when, where, how much.
public struct OrderTouch: BSONConvertible, Sendable {
    static let fields = [
        "customer_id", "status", "placed_at", "currency", "total_minor", "org_amount_minor", "test", "source_name",
        "utm_source",
    ]

    public private(set) var id = ""
    public private(set) var customerID = ""
    public private(set) var at = Date.distantPast
    /// The source of the visit, else the sales channel; nil where the source tells neither.
    public private(set) var channel: String?
    /// Test and cancelled orders count nowhere.
    public private(set) var counts = true
    private var currency = ""
    private var totalMinor: Int64 = 0
    private var organizationAmountMinor: Int64?

    public init(bson: BSONDocument) throws {
        var sourceName: String?
        var visit: String?
        var reader = BSONReader(bson)
        while let field = try reader.next() {
            switch field.key {
            case "_id": id = try field.string()
            case "customer_id": customerID = try field.string()
            case "status": if try field.string() == OrderStatus.cancelled.rawValue { counts = false }
            case "placed_at": at = try field.date()
            case "currency": currency = try field.string()
            case "total_minor": totalMinor = try field.int64()
            case "org_amount_minor": organizationAmountMinor = try field.int64()
            case "test": if try field.bool() { counts = false }
            case "source_name": sourceName = try field.string()
            case "utm_source": visit = try field.string()
            default: break
            }
        }
        channel = visit ?? sourceName
    }

    public func bson() -> BSONDocument { [:] }

    /// Nil where it is in another currency without a rate.
    public func amount(in organizationCurrency: String) -> Int64? {
        currency == organizationCurrency ? totalMinor : organizationAmountMinor
    }
}

extension PurposeReading {
    /// Orders placed in a span of time, the end not included, ascending by customer, time and id. Of everybody: the
    /// caller takes those of ``customers``.
    public func orderTouches(from: Date, to: Date) throws -> TenantBatches<OrderTouch> {
        try TenantCollection<StoredOrder>(scope, database).aggregateBatches(
            Pipeline([
                .match(
                    .and([.gte("placed_at", .date(from)), .lt("placed_at", .date(to)), .told(butBy: retold)])),
                .sort([.ascending("customer_id"), .ascending("placed_at"), .ascending("_id")]),
                .project(BSONDocument(OrderTouch.fields.map { ($0, .int32(1)) })),
            ]), as: OrderTouch.self, batchSize: 10_000)
    }
}
