import BSON
import Mongo
import Tenancy

/// Rows that have to be counted under another customer.
struct RowMove: Sendable, Equatable {
    /// Whose rows they are at the source.
    let source: String
    /// Under whom they are counted now, and under whom from now on.
    let from: String
    let to: String
}

/// How many rows of each kind moved, or would move.
public struct MovedRows: Sendable, Equatable, Codable {
    public var orders = 0
    public var consents = 0
    public var events = 0
    public var payments = 0
    public var subscriptions = 0
    public var deals = 0

    public init() {}

    static func += (sum: inout MovedRows, more: MovedRows) {
        sum.orders += more.orders
        sum.consents += more.consents
        sum.events += more.events
        sum.payments += more.payments
        sum.subscriptions += more.subscriptions
        sum.deals += more.deals
    }
}

/// Everything that is stored about persons and is counted under one customer.
///
/// `customer_id` says under whom a row is counted. Where that is not the customer its source names, the source's one
/// stands in `source_customer_id`: so a merge can be taken back exactly, and nobody has to look up who was merged to
/// read a person's orders.
struct PersonRows: Sendable {
    static let field = "customer_id"
    static let sourceField = "source_customer_id"

    let scope: TenantScope
    let database: MongoDatabase

    func move(_ moves: [RowMove]) async throws -> MovedRows {
        guard !moves.isEmpty else { return MovedRows() }
        var moved = MovedRows()
        for portion in moves.portions(of: 500) {
            async let orders = move(portion, in: StoredOrder.self)
            async let consents = move(portion, in: ConsentRecord.self)
            async let events = move(portion, in: PersonalRow<Events>.self)
            async let payments = move(portion, in: PersonalRow<Payments>.self)
            async let subscriptions = move(portion, in: PersonalRow<Subscriptions>.self)
            async let deals = move(portion, in: PersonalRow<Deals>.self)
            moved.orders += try await orders
            moved.consents += try await consents
            moved.events += try await events
            moved.payments += try await payments
            moved.subscriptions += try await subscriptions
            moved.deals += try await deals
        }
        return moved
    }

    /// How many rows are counted under one of these customers.
    func count(_ ids: [String]) async throws -> MovedRows {
        let filter = Filter.in(Self.field, ids.map { .string($0) })
        async let orders = TenantCollection<StoredOrder>(scope, database).count(filter)
        async let consents = TenantCollection<ConsentRecord>(scope, database).count(filter)
        async let events = TenantCollection<PersonalRow<Events>>(scope, database).count(filter)
        async let payments = TenantCollection<PersonalRow<Payments>>(scope, database).count(filter)
        async let subscriptions = TenantCollection<PersonalRow<Subscriptions>>(scope, database).count(filter)
        async let deals = TenantCollection<PersonalRow<Deals>>(scope, database).count(filter)
        var counted = MovedRows()
        counted.orders = try await orders
        counted.consents = try await consents
        counted.events = try await events
        counted.payments = try await payments
        counted.subscriptions = try await subscriptions
        counted.deals = try await deals
        return counted
    }

    private func move<Row: TenantDocument>(_ moves: [RowMove], in type: Row.Type) async throws -> Int {
        let rows = TenantCollection<Row>(scope, database)
        let holders = Set(moves.flatMap { [$0.from, $0.source] }).map { BSONValue.string($0) }
        let present = Set(try await rows.distinct(Self.field, .in(Self.field, holders)).compactMap(\.stringValue))
        let operations = moves.flatMap { Self.operations($0, present) as [TenantBulk<Row>] }
        guard !operations.isEmpty else { return 0 }
        let result = try await rows.bulk(operations)
        try result.throwUnlessDuplicates()
        return result.modified
    }

    private static func operations<Row>(_ move: RowMove, _ present: Set<String>) -> [TenantBulk<Row>] {
        var operations: [TenantBulk<Row>] = []
        if move.to != move.source, present.contains(move.source) {
            let asWritten = Filter.and([.eq(field, .string(move.source)), .eq(sourceField, .null)])
            operations.append(
                .update(
                    asWritten, [.set(field, .string(move.to)), .set(sourceField, .string(move.source))], multi: true)
            )
        }
        if move.from != move.source, move.from != move.to, present.contains(move.from) {
            let moved = Filter.and([.eq(field, .string(move.from)), .eq(sourceField, .string(move.source))])
            let back: Update.Operation = .unset(sourceField)
            operations.append(
                .update(
                    moved, Update([.set(field, .string(move.to))] + (move.to == move.source ? [back] : [])), multi: true
                ))
        }
        return operations
    }
}

/// A collection of rows about persons that another room declares and fills.
protocol PersonalCollection: Sendable {
    static var name: String { get }
}

enum Events: PersonalCollection { static let name = "events" }
enum Payments: PersonalCollection { static let name = "payments" }
enum Subscriptions: PersonalCollection { static let name = "billing_subscriptions" }
enum Deals: PersonalCollection { static let name = "deals" }

/// A row of which only the person matters here.
struct PersonalRow<Kind: PersonalCollection>: TenantDocument {
    static var spec: CollectionSpec { CollectionSpec(Kind.name) }

    init(bson: BSONDocument) throws {}

    func bson() -> BSONDocument { [:] }
}
