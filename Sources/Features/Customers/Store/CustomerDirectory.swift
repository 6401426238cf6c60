import BSON
import Foundation
import Memory
import Mongo
import Tenancy

/// One line of the list of customers, masked.
public struct CustomerRow: BSONConvertible, Equatable {
    static let fields =
        ["external_id", "email_hint", "country", "consent_state", "consent_until"] + CustomerCounters.fields

    public internal(set) var id = ""
    public internal(set) var externalID = ""
    public internal(set) var emailHint: String?
    public internal(set) var country: String?
    public internal(set) var consent = ConsentVerdict(.missing)
    var counters = CustomerCounters()

    public var orders: Int { Int(counters.orders) }
    public var spentMinor: Int64 { counters.spentMinor }
    public var refundedMinor: Int64 { counters.refundedMinor }
    public var firstOrderAt: Date? { counters.firstOrderAt }
    public var lastOrderAt: Date? { counters.lastOrderAt }

    /// What a person sees: the source's id, or the masked address where the id is only a token.
    public var name: String { externalID.hasPrefix("tok_") ? emailHint ?? externalID : VendorID.plain(externalID) }

    public init(bson: BSONDocument) throws {
        var reader = BSONReader(bson)
        while let field = try reader.next() {
            switch field.key {
            case "_id": id = try field.string()
            case "external_id": externalID = try field.string()
            case "email_hint": emailHint = try field.string()
            case "country": country = try field.string()
            case "consent_state": consent.standing = ConsentStanding(rawValue: try field.string()) ?? .missing
            case "consent_until": consent.until = field.isNull ? nil : try field.date()
            default: _ = try counters.read(field)
            }
        }
    }

    public func bson() -> BSONDocument { [:] }
}

/// A page of the list and the way to its neighbours.
public struct CustomerPageOfRows: Sendable {
    public var rows: [CustomerRow]
    public var offset: Int
    public var next: CustomerQuery.Position?
    public var previous: CustomerQuery.Position?
}

/// Showing people their own customers: purpose `service`, masked, no analysis. Needs `customer:view`, which the routes
/// declare.
public struct CustomerDirectory: Sendable {
    let scope: TenantScope
    let database: MongoDatabase
    let keys: PersonKeys

    public init(_ scope: TenantScope, _ database: MongoDatabase, keys: PersonKeys) {
        self.scope = scope
        self.database = database
        self.keys = keys
    }

    private var customers: TenantCollection<StoredCustomer> { TenantCollection(scope, database) }

    /// One query; no counting.
    public func page(_ query: CustomerQuery, among ids: [String]? = nil, now: Date) async throws -> CustomerPageOfRows {
        let isBack = query.position?.isBack ?? false
        var filters = try await filters(query, now: now)
        if let ids { filters.append(.in("_id", ids.map { .string($0) })) }
        if let position = query.position { filters.append(Self.beyond(position, query)) }
        let down = query.descending != isBack
        let field = query.order.rawValue
        let sort: [Sort] =
            down ? [.descending(field), .descending("_id")] : [.ascending(field), .ascending("_id")]
        var rows = try await customers.select(
            CustomerRow.fields, as: CustomerRow.self, .and(filters), sort: sort, limit: query.limit + 1)
        let hasMore = rows.count > query.limit
        if hasMore { rows.removeLast() }
        if isBack { rows.reverse() }
        let offset = isBack ? max(0, (query.position?.offset ?? 0) - rows.count) : query.position?.offset ?? 0
        var page = CustomerPageOfRows(rows: rows, offset: offset)
        if isBack || hasMore, let last = rows.last {
            page.next = position(last, query, offset: offset + rows.count, isBack: false)
        }
        if isBack ? hasMore : query.position != nil, let first = rows.first {
            page.previous = position(first, query, offset: offset, isBack: true)
        }
        return page
    }

    /// How many match; asked once for each version of the data. Unfiltered lists need not ask at all.
    public func total(_ query: CustomerQuery, now: Date) async throws -> Int {
        let state = try await CustomerFigures(scope, database).dataState()
        guard query.isFiltered else { return state.customers }
        var plain = query
        plain.position = nil
        let subject = FigureMemory.Count.listed(plain, minute: FigureMemory.Count.minute(of: now))
        let owner = FigureMemory.Owner(scope, database)
        return try await FigureMemory.counts.value(
            for: .init(owner: owner, subject: subject), version: state.version
        ) {
            try await customers.count(.and(try await filters(query, now: now)), limit: 10_001)
        }
    }

    /// Whoever is merged does not stand in lists; a search finds the customer they are counted under.
    private func filters(_ query: CustomerQuery, now: Date) async throws -> [Filter] {
        var filters: [Filter] = [.eq("merged_into", .null)]
        if let search = query.search {
            let found = try await searching(search)
            let merged = try await customers.select(
                ["merged_into"], as: MergedRow.self, .and([found, .gt("merged_into", "")]), limit: 1000)
            filters.append(merged.isEmpty ? found : .or([found, .in("_id", merged.map { .string($0.mergedInto) })]))
        }
        if let near = query.near {
            filters.append(
                .within(
                    "location", kilometers: near.kilometers, longitude: near.point.longitude,
                    latitude: near.point.latitude))
        }
        if let consent = query.consent { filters.append(.consentStanding(consent, at: now)) }
        if let from = query.lastOrderFrom { filters.append(.gte("last_order_at", .date(from))) }
        if let to = query.lastOrderTo { filters.append(.lt("last_order_at", .date(to))) }
        if let from = query.spentFrom { filters.append(.gte("spent_minor", .int64(from))) }
        if let to = query.spentTo { filters.append(.lte("spent_minor", .int64(to))) }
        return filters
    }

    /// An id, an address, the beginning of a token or of the source's id, or words of that id and of tags.
    private func searching(_ text: String) async throws -> Filter {
        if text.hasPrefix("cus_") { return .id(text) }
        if text.contains("@") {
            return .eq("email_token", .string(keys.emailToken(text, organizationID: scope.organizationID)))
        }
        if text.hasPrefix("tok_") { return .prefix("email_token", text) }
        let begins = Filter.prefix("external_id", text)
        let words = text.split { !$0.isLetter && !$0.isNumber }.map(String.init)
        guard !words.isEmpty else { return begins }
        let worded = try await customers.select([], as: IDRow.self, .words(words), limit: Self.mostWorded)
        return worded.isEmpty ? begins : .or([begins, .in("_id", worded.map { .string($0.id) })])
    }

    /// Customers whom a search finds by words; who finds more has to say more.
    static let mostWorded = 1000

    private func position(
        _ row: CustomerRow, _ query: CustomerQuery, offset: Int, isBack: Bool
    ) -> CustomerQuery.Position {
        let value: CustomerQuery.Position.Value =
            switch query.order {
            case .lastOrder: row.lastOrderAt.map { .number($0.bsonMilliseconds) } ?? .none
            case .spent: .number(row.spentMinor)
            case .orders: .number(row.counters.orders)
            case .name: .text(row.externalID)
            }
        return CustomerQuery.Position(value: value, id: row.id, offset: offset, isBack: isBack)
    }

    /// The rows behind a position, in the direction of reading. Missing values stand below all others.
    private static func beyond(_ position: CustomerQuery.Position, _ query: CustomerQuery) -> Filter {
        let down = query.descending != position.isBack
        let field = query.order.rawValue
        let tie: Filter = down ? .lt("_id", .string(position.id)) : .gt("_id", .string(position.id))
        let value: BSONValue
        switch position.value {
        case .none:
            let same = Filter.and([.eq(field, .null), tie])
            return down ? same : .or([same, .ne(field, .null)])
        case .number(let number): value = query.order == .lastOrder ? .date(number) : .int64(number)
        case .text(let text): value = .string(text)
        }
        let same = Filter.and([.eq(field, value), tie])
        if !down { return .or([.gt(field, value), same]) }
        let lower: [Filter] = query.order == .lastOrder ? [.eq(field, .null)] : []
        return .or([.lt(field, value), same] + lower)
    }
}
