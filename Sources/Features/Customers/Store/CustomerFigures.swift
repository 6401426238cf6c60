import BSON
import Foundation
import Memory
import Mongo
import Tenancy

/// Totals of everything stored, for the home page and the API. Figures of the whole, nobody's in particular.
public struct CustomerTotals: Sendable, Equatable {
    public let customers: Int
    public let buyers: Int
    public let orders: Int
    public let revenueMinor: Int64
    public let refundedMinor: Int64
    public let currency: String
    public let unconvertedOrders: Int
    /// Usable for marketing analytics now.
    public let consented: Int
    public let testOrders: Int
    public let cancelledOrders: Int
    public let asOf: Date?
}

/// One week of orders, beginning at midnight of the organization's first weekday.
public struct WeekFigure: Sendable, Equatable {
    public let start: Date
    /// `YYYY-MM-DD` of its first day.
    public let day: String
    public let orders: Int
    public let revenueMinor: Int64
    /// Orders that are in no revenue, because there is no rate into the organization's currency.
    public let unconverted: Int
    public let newCustomers: Int
    /// Data end within this week: it cannot be compared with whole ones.
    public let isPartial: Bool
}

public struct WeeklyFigures: Sendable, Equatable {
    /// Oldest first.
    public let weeks: [WeekFigure]
    /// As many weeks before those.
    public let previous: [WeekFigure]
}

/// Counts and sums over the organization's customers and orders, read from what writing has prepared.
public struct CustomerFigures: Sendable {
    private let scope: TenantScope
    private let database: MongoDatabase

    public init(_ scope: TenantScope, _ database: MongoDatabase) {
        self.scope = scope
        self.database = database
    }

    private var owner: FigureMemory.Owner { FigureMemory.Owner(scope, database) }

    /// How many orders a connection has brought, whether they count or not.
    func orders(of connectionID: String) async throws -> Int {
        try await TenantCollection<StoredOrder>(scope, database).count(.eq("connection_id", .string(connectionID)))
    }

    /// At most a second old.
    public func dataState() async throws -> DataState {
        try await FigureMemory.states.value(for: owner) {
            try await TenantCollection<DataState>(scope, database).get(id: DataState.id(scope)) ?? .empty(scope)
        }
    }

    public func totals(now: Date = Date()) async throws -> CustomerTotals {
        let state = try await dataState()
        let consented = try await consented(at: now, version: state.version)
        return CustomerTotals(
            customers: state.customers, buyers: state.buyers, orders: state.orders, revenueMinor: state.revenueMinor,
            refundedMinor: state.refundedMinor, currency: state.currency, unconvertedOrders: state.unconvertedOrders,
            consented: consented, testOrders: state.testOrders, cancelledOrders: state.cancelledOrders,
            asOf: state.completeUntil)
    }

    /// The weeks up to `endingBefore`, or up to where the data end.
    public func weekly(weeks count: Int, endingBefore: Date? = nil) async throws -> WeeklyFigures {
        let state = try await dataState()
        guard let end = endingBefore ?? state.completeUntil, state.lastOrderAt != nil else {
            return WeeklyFigures(weeks: [], previous: [])
        }
        let organization = scope.organization
        let weeks = FigureMemory.Weeks(
            count: count, end: end, timeZone: organization.timeZone, startsOnSunday: organization.weekStart == .sunday)
        return try await FigureMemory.weeks.value(for: .init(owner: owner, subject: weeks), version: state.version) {
            try await weekly(count, until: end)
        }
    }

    private func weekly(_ count: Int, until end: Date) async throws -> WeeklyFigures {
        let calendar = DayCalendar(
            scope.organization.timeZone, weekStart: scope.organization.weekStart == .sunday ? 1 : 2)
        let lastWeek = calendar.startOfWeek(end.addingTimeInterval(-1))
        let starts = (0..<(2 * count)).reversed().map { calendar.adding(days: -7 * $0, to: lastWeek) }
        guard let first = starts.first else { return WeeklyFigures(weeks: [], previous: []) }
        let days = try await TenantCollection<OrderDay>(scope, database).find(
            .and([.gte("day", .string(calendar.day(first))), .lt("day", .string(calendar.day(end)))]),
            sort: [.ascending("day")])
        let figures = starts.map { start -> WeekFigure in
            let next = calendar.adding(days: 7, to: start)
            let (from, to) = (calendar.day(start), calendar.day(next))
            let rows = days.filter { $0.day >= from && $0.day < to }
            return WeekFigure(
                start: start, day: from, orders: Int(rows.reduce(0) { $0 + $1.orders }),
                revenueMinor: rows.reduce(0) { $0 + $1.revenueMinor },
                unconverted: Int(rows.reduce(0) { $0 + $1.unconverted }),
                newCustomers: Int(rows.reduce(0) { $0 + $1.newCustomers }), isPartial: next > end)
        }
        return WeeklyFigures(weeks: Array(figures.suffix(count)), previous: Array(figures.prefix(count)))
    }

    private func consented(at now: Date, version: Int64) async throws -> Int {
        let subject = FigureMemory.Count.consented(minute: FigureMemory.Count.minute(of: now))
        return try await FigureMemory.counts.value(for: .init(owner: owner, subject: subject), version: version) {
            try await TenantCollection<StoredCustomer>(scope, database).count(.consentStanding(.granted, at: now))
        }
    }
}

extension Filter {
    /// Customers who stand so for marketing analytics at a moment.
    static func consentStanding(_ standing: ConsentStanding, at now: Date) -> Filter {
        let granted = Filter.eq("consent_state", .string(ConsentStanding.granted.rawValue))
        switch standing {
        case .granted:
            return .and([granted, .or([.gt("consent_until", .date(now)), .eq("consent_until", .null)])])
        case .expired:
            return .or([
                .eq("consent_state", .string(ConsentStanding.expired.rawValue)),
                .and([granted, .lte("consent_until", .date(now))]),
            ])
        default:
            return .eq("consent_state", .string(standing.rawValue))
        }
    }
}
