import BSON
import Foundation
import Mongo
import Tenancy

/// One person, masked.
public struct CustomerProfile: Sendable {
    public let row: CustomerRow
    public let emailToken: String?
    public let tags: [String]
    public let sourceCreatedAt: Date?
    public let createdAt: Date
    public let connectionID: String
    /// There are clear values to show to whoever may see them.
    public let hasDetails: Bool
}

/// Something that happened with a person.
public enum TimelineEntry: Sendable {
    case order(OrderView)
    case consent(ConsentRecord)

    public var at: Date {
        switch self {
        case .order(let order): order.placedAt
        case .consent(let record): record.collectedAt ?? record.createdAt
        }
    }
}

/// An order as shown.
public struct OrderView: Sendable, BSONConvertible {
    static let fields = [
        "external_id", "customer_id", "status", "placed_at", "currency", "total_minor", "refunded_minor", "quantity",
        "test", "connection_id", "number",
    ]

    public internal(set) var id = ""
    public internal(set) var externalID = ""
    public internal(set) var customerID = ""
    public internal(set) var connectionID = ""
    public internal(set) var status = OrderStatus.open
    public internal(set) var placedAt = Date.distantPast
    public internal(set) var currency = ""
    public internal(set) var totalMinor: Int64 = 0
    public internal(set) var refundedMinor: Int64 = 0
    public internal(set) var quantity = 1
    public internal(set) var test = false
    /// Told once more by a source that has it from a shop; kept, and not counted.
    public internal(set) var isRetold = false
    private var ownNumber: String?

    public init(bson: BSONDocument) throws {
        var reader = BSONReader(bson)
        while let field = try reader.next() {
            switch field.key {
            case "_id": id = try field.string()
            case "external_id": externalID = try field.string()
            case "customer_id": customerID = try field.string()
            case "connection_id": connectionID = try field.string()
            case "status": status = OrderStatus(rawValue: try field.string()) ?? .open
            case "placed_at": placedAt = try field.date()
            case "currency": currency = try field.string()
            case "total_minor": totalMinor = try field.int64()
            case "refunded_minor": refundedMinor = try field.int64()
            case "quantity": quantity = try field.int()
            case "test": test = try field.bool()
            case "number": ownNumber = try field.string()
            default: break
            }
        }
    }

    public func bson() -> BSONDocument { [:] }

    /// The source's own id; nil for a row that came without one and carries a key of ours, which tells nobody anything.
    public var sourceID: String? { externalID.hasPrefix("row:") ? nil : externalID }

    /// What the buyer and the shop call the order; the source's id where it has no number.
    public var number: String? { ownNumber ?? sourceID.map(VendorID.plain) }
}

/// Which orders are wanted.
public struct OrderQuery: Sendable {
    public var customerID: String?
    public var from: Date?
    public var to: Date?
    public var before: (at: Date, id: String)?
    public var limit: Int

    public init(
        customerID: String? = nil, from: Date? = nil, to: Date? = nil, before: (at: Date, id: String)? = nil,
        limit: Int = 50
    ) {
        self.customerID = customerID
        self.from = from
        self.to = to
        self.before = before
        self.limit = limit
    }
}

extension CustomerDirectory {
    private var people: TenantCollection<StoredCustomer> { TenantCollection(scope, database) }

    /// The customer this one is counted under, when the two were merged.
    public func survivor(of id: String) async throws -> String? { try await Survivors(scope, database).of([id])[id] }

    /// A person as all their sources know them; of a merged customer, whoever they are counted under.
    public func profile(_ id: String) async throws -> CustomerProfile {
        let rows = try await rows(of: id)
        guard let own = rows.first, own.deletedAt == nil else { throw TenancyError.notFound }
        var row = try CustomerRow(bson: own.bson())
        row.emailHint = rows.lazy.compactMap(\.emailHint).first
        row.country = rows.lazy.compactMap(\.country).first
        var tags: Set<String> = []
        return CustomerProfile(
            row: row, emailToken: rows.lazy.compactMap(\.emailToken).first,
            tags: rows.flatMap(\.tags).filter { tags.insert($0).inserted },
            sourceCreatedAt: rows.compactMap(\.sourceCreatedAt).min(), createdAt: own.createdAt,
            connectionID: own.connectionID, hasDetails: rows.contains { $0.sealed != nil })
    }

    /// The clear values of a person, from the first source that knows each. The caller writes the data access to the
    /// audit log before showing them.
    public func details(_ id: String) async throws -> PersonDetails {
        try scope.require(.customerPII)
        var details: PersonDetails?
        for row in try await rows(of: id) {
            guard let sealed = row.sealed else { continue }
            let more = try keys.open(sealed, organizationID: scope.organizationID, customerID: row.id)
            details = details?.completed(by: more) ?? more
        }
        guard let details else { throw TenancyError.notFound }
        return details
    }

    private func root(_ id: String) async throws -> String { try await Survivors(scope, database).of(id) }

    /// The rows of a person, the one that stands for them first.
    private func rows(of id: String) async throws -> [StoredCustomer] {
        let root = try await root(id)
        let rows = try await people.find(
            .or([.id(root), .eq("merged_into", .string(root))]), sort: [.ascending("_id")], limit: 200)
        guard let own = rows.first(where: { $0.id == root }) else { return [] }
        return [own] + rows.filter { $0.id != root }
    }

    /// Orders, newest first.
    public func orders(_ query: OrderQuery) async throws -> [OrderView] {
        var filters: [Filter] = []
        if let id = query.customerID { filters.append(.eq("customer_id", .string(try await root(id)))) }
        if let from = query.from { filters.append(.gte("placed_at", .date(from))) }
        if let to = query.to { filters.append(.lt("placed_at", .date(to))) }
        if let before = query.before {
            filters.append(
                .or([
                    .lt("placed_at", .date(before.at)),
                    .and([.eq("placed_at", .date(before.at)), .lt("_id", .string(before.id))]),
                ]))
        }
        async let state = CustomerFigures(scope, database).dataState()
        var orders = try await TenantCollection<StoredOrder>(scope, database).select(
            OrderView.fields, as: OrderView.self, .and(filters), sort: [.descending("placed_at"), .descending("_id")],
            limit: query.limit)
        let known = try await state
        for place in orders.indices { orders[place].isRetold = known.isRetold(orders[place].connectionID) }
        return orders
    }

    /// A person's ledger, newest entry first.
    public func ledger(_ customerID: String, limit: Int = 200) async throws -> [ConsentRecord] {
        try await TenantCollection<ConsentRecord>(scope, database).find(
            .eq("customer_id", .string(root(customerID))), limit: limit
        ).sorted { ($0.collectedAt ?? $0.createdAt) > ($1.collectedAt ?? $1.createdAt) }
    }

    /// Orders and consent entries in one line, newest first.
    public func timeline(
        _ customerID: String, before: (at: Date, id: String)? = nil, limit: Int
    ) async throws -> [TimelineEntry] {
        async let orders = orders(OrderQuery(customerID: customerID, before: before, limit: limit))
        async let ledger = ledger(customerID)
        var entries = try await orders.map { TimelineEntry.order($0) }
        let oldest = entries.count == limit ? entries.last?.at : nil
        entries += try await ledger.map { TimelineEntry.consent($0) }.filter { entry in
            if let before, entry.at >= before.at { return false }
            return oldest.map { entry.at >= $0 } ?? true
        }
        return entries.sorted { $0.at > $1.at }
    }

    /// Ledger entries of everybody, newest first.
    public func consents(
        customerID: String?, purpose: Purpose?, before: (at: Date, id: String)?, limit: Int
    ) async throws -> [ConsentRecord] {
        var filters: [Filter] = []
        if let customerID { filters.append(.eq("customer_id", .string(try await root(customerID)))) }
        if let purpose { filters.append(.eq("purpose", .string(purpose.rawValue))) }
        if let before {
            filters.append(
                .or([
                    .lt("created_at", .date(before.at)),
                    .and([.eq("created_at", .date(before.at)), .lt("_id", .string(before.id))]),
                ]))
        }
        return try await TenantCollection<ConsentRecord>(scope, database).find(
            .and(filters), sort: [.descending("created_at"), .descending("_id")], limit: limit)
    }
}
