import BSON
import Foundation
import Mongo
import Tenancy

/// The customers that may be used for a purpose, and the way to their orders.
public struct PurposeReading: Sendable {
    public let purpose: Purpose
    public let consentAt: Date
    /// Every usable customer, with or without orders, ascending.
    public let customers: [String]
    public let counts: ConsentCounts
    /// SHA-256 over everybody's standing, in order of id.
    public let consentHash: String
    public let dataVersion: Int64
    /// People who were merged into others; not loaded.
    public let mergedCustomers: Int
    public let deletedCustomers: Int
    /// Everybody loaded who may not be used.
    public let leftOut: LeftOutPeople
    /// Connections whose orders are not counted, because another source tells them itself.
    let retold: Set<String>
    let scope: TenantScope
    let database: MongoDatabase

    /// The orders of usable customers placed before a moment, ascending by customer and time, in portions.
    ///
    /// - Parameter places: only of the customers at these places of ``customers``; nil for all of them. Parts can be read
    ///   beside each other.
    public func orderFacts(
        before: Date, of places: Range<Int>? = nil, batchSize: Int = 10_000
    ) -> OrderFactBatches {
        OrderFactBatches(
            reading: self, places: places?.clamped(to: customers.indices) ?? customers.indices, before: before,
            batchSize: batchSize)
    }

    /// Orders placed at `moment` or later: they take part in nothing, and are counted.
    public func futureOrders(from moment: Date) async throws -> Int {
        try await TenantCollection<StoredOrder>(scope, database).count(
            .and([.gte("placed_at", .date(moment)), .told(butBy: retold)]))
    }
}

/// Order facts in portions. A customer's orders of one moment come in a fixed order of their values, so that the same
/// data always give the same sequence.
public struct OrderFactBatches: AsyncSequence, Sendable {
    public typealias Element = OrderFactBatch

    let reading: PurposeReading
    let places: Range<Int>
    let before: Date
    let batchSize: Int

    public func makeAsyncIterator() -> Iterator { Iterator(self) }

    public struct Iterator: AsyncIteratorProtocol {
        private let source: OrderFactBatches
        private var rows: TenantBatches<OrderRow>.AsyncIterator?
        private var merge: FactMerge
        private var isDone = false

        init(_ source: OrderFactBatches) {
            self.source = source
            merge = FactMerge(
                customers: source.reading.customers[source.places], retold: source.reading.retold,
                currency: source.reading.scope.organization.currency, before: source.before.bsonMilliseconds)
        }

        public mutating func next() async throws -> OrderFactBatch? {
            if isDone || source.places.isEmpty { return nil }
            if rows == nil { rows = try source.open() }
            while let batch = try await rows?.next() {
                batch.forEach { merge.add($0) }
                if merge.hasFacts { return merge.drain() }
            }
            isDone = true
            merge.endCustomer()
            return merge.drain()
        }
    }

    private func open() throws -> TenantBatches<OrderRow>.AsyncIterator {
        let fields = OrderRow.fields + (reading.retold.isEmpty ? [] : ["connection_id"])
        return try TenantCollection<StoredOrder>(reading.scope, reading.database).aggregateBatches(
            Pipeline([
                .match(
                    .and([
                        .gte("customer_id", .string(reading.customers[places.lowerBound])),
                        .lte("customer_id", .string(reading.customers[places.upperBound - 1])),
                    ])),
                .sort([.ascending("customer_id"), .ascending("placed_at")]),
                .project(BSONDocument([("_id", .int32(0))] + fields.map { ($0, .int32(1)) })),
            ]), as: OrderRow.self, batchSize: batchSize, readsAhead: true
        ).makeAsyncIterator()
    }
}

/// The part of an order that facts are made of.
struct OrderRow: BSONConvertible {
    static let fields = [
        "customer_id", "status", "placed_at", "currency", "total_minor", "org_amount_minor", "refunded_minor",
        "discount_minor", "quantity", "test", "source_name", "utm_source", "utm_medium", "lines",
    ]

    var customerID = ""
    var isCancelled = false
    var isTest = false
    var placedAt: Int64 = 0
    var currency = ""
    var totalMinor: Int64 = 0
    var organizationAmountMinor: Int64?
    var refundedMinor: Int64 = 0
    var discountMinor: Int64 = 0
    var quantity: Int64 = 1
    var sourceName: String?
    var utmSource: String?
    var utmMedium: String?
    var lines: [OrderLine] = []
    /// Only read where some connections do not count.
    var connectionID = ""

    init(bson: BSONDocument) throws {
        var reader = BSONReader(bson)
        while let field = try reader.next() {
            switch field.key {
            case "customer_id": customerID = try field.string()
            case "status": isCancelled = try field.string() == OrderStatus.cancelled.rawValue
            case "placed_at": placedAt = try field.dateMilliseconds()
            case "currency": currency = try field.string()
            case "total_minor": totalMinor = try field.int64()
            case "org_amount_minor": organizationAmountMinor = try field.int64()
            case "refunded_minor": refundedMinor = try field.int64()
            case "discount_minor": discountMinor = try field.int64()
            case "quantity": quantity = try field.int64()
            case "test": isTest = try field.bool()
            case "source_name": sourceName = try field.string()
            case "utm_source": utmSource = try field.string()
            case "utm_medium": utmMedium = try field.string()
            case "lines": lines = try OrderLine.read(field)
            case "connection_id": connectionID = try field.string()
            default: break
            }
        }
    }

    func bson() -> BSONDocument { [:] }
}

/// Walks orders beside the list of usable customers, both ascending by customer.
private struct FactMerge {
    private let customers: ArraySlice<String>
    private let retold: Set<String>
    private let currency: String
    /// Looked at here and not in the query, so that the index of the order of reading is the only one to choose.
    private let before: Int64
    private var place: Int
    /// The facts of the customer now being read.
    private var group: [OrderFact] = []
    private var facts: [OrderFact] = []
    private var excluded = OrderExclusions()
    private var channels = OrderChannels()

    init(customers: ArraySlice<String>, retold: Set<String>, currency: String, before: Int64) {
        place = customers.startIndex
        self.retold = retold
        self.customers = customers
        self.currency = currency
        self.before = before
    }

    var hasFacts: Bool { !facts.isEmpty }

    mutating func add(_ row: OrderRow) {
        if place < customers.endIndex, customers[place] < row.customerID { endCustomer() }
        while place < customers.endIndex, customers[place] < row.customerID { place += 1 }
        guard place < customers.endIndex, customers[place] == row.customerID, row.placedAt < before else { return }
        if !retold.isEmpty, retold.contains(row.connectionID) {
            excluded.retold = (excluded.retold ?? 0) + 1
            return
        }
        if row.isTest { return excluded.test += 1 }
        if row.isCancelled { return excluded.cancelled += 1 }
        // Refunds and discounts are told in the order's own currency.
        let isOwn = row.currency == currency
        let amount = isOwn ? row.totalMinor : row.organizationAmountMinor
        if amount == nil { excluded.unconverted += 1 }
        group.append(
            OrderFact(
                customer: Int32(place), quantity: Int32(clamping: row.quantity), placedAt: row.placedAt,
                amountMinor: amount, refundedMinor: isOwn ? row.refundedMinor : 0,
                discountMinor: isOwn ? row.discountMinor : 0,
                channel: channels.channel(name: row.sourceName, source: row.utmSource, medium: row.utmMedium),
                lines: row.lines))
    }

    mutating func endCustomer() {
        if group.count > 1 { group.sort { Self.key($0) < Self.key($1) } }
        facts += group
        group.removeAll(keepingCapacity: true)
    }

    mutating func drain() -> OrderFactBatch {
        defer {
            facts = []
            excluded = OrderExclusions()
        }
        return OrderFactBatch(facts: facts, excluded: excluded)
    }

    private static func key(_ fact: OrderFact) -> (Int64, Int64, Int32, Int64, Int64) {
        (fact.placedAt, fact.amountMinor ?? -1, fact.quantity, fact.refundedMinor, fact.discountMinor)
    }
}
