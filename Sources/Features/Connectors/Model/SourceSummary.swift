import Foundation
import Records
import Web

/// What is compared day by day with the source's own word.
public enum SummaryMetric: String, Sendable, Codable, CaseIterable {
    case revenue, orders, refunds, spend, customers

    public var isMoney: Bool { self != .orders && self != .customers }
}

/// Which of our rows stand against a source's summary.
public enum SummaryBasis: Sendable, Equatable {
    /// Orders with their refunds.
    case orders
    /// Charges and refunds of a payment service.
    case payments
    /// Daily figures of one level; levels repeat each other and are never added.
    case days(level: String)
    /// People by the day the source made them.
    case customers
}

/// How a source counts, as far as its summary differs from our rows.
public struct SummaryRules: Sendable, Equatable {
    public var basis: SummaryBasis
    /// The zone of its days where it is not the account's.
    public var timeZone: String?
    /// Refunds stand on the day they were made, not on the day of the order.
    public var refundsOnTheirDay: Bool
    /// Revenue is stated less the refunds of the day.
    public var revenueIsNet: Bool
    public var countsTests: Bool
    public var countsCancelled: Bool

    public init(
        _ basis: SummaryBasis, timeZone: String? = nil, refundsOnTheirDay: Bool = true, revenueIsNet: Bool = false,
        countsTests: Bool = false, countsCancelled: Bool = false
    ) {
        self.basis = basis
        self.timeZone = timeZone
        self.refundsOnTheirDay = refundsOnTheirDay
        self.revenueIsNet = revenueIsNet
        self.countsTests = countsTests
        self.countsCancelled = countsCancelled
    }
}

/// The figures of one day in the source's own words; money in minor units of the account's currency.
public struct SourceDay: Sendable, Equatable {
    public let day: Day
    public var figures: [SummaryMetric: Int64]

    public init(_ day: Day, _ figures: [SummaryMetric: Int64] = [:]) {
        self.day = day
        self.figures = figures
    }
}

/// One sale or refund as the source counts it in a day, for telling row by row where a gap comes from.
public struct SourceRow: Sendable, Equatable {
    public enum Kind: String, Sendable { case sale, refund }

    public var kind: Kind
    public var externalID: String
    public var at: Date
    public var amountMinor: Int64
    public var currency: String
    /// A test or a draft.
    public var isTest: Bool
    public var isCancelled: Bool

    public init(
        _ kind: Kind, _ externalID: String, at: Date, amountMinor: Int64, currency: String, isTest: Bool = false,
        isCancelled: Bool = false
    ) {
        self.kind = kind
        self.externalID = externalID
        self.at = at
        self.amountMinor = amountMinor
        self.currency = currency
        self.isTest = isTest
        self.isCancelled = isCancelled
    }
}

/// What a platform states about its own days. Platforms without such a statement have none: nothing is made up.
public struct SummarySource: Sendable {
    public let rules: SummaryRules
    /// The figures of all days from one to another, both included. A day without anything is a day of zeros.
    public let read: @Sendable (_ days: (from: Day, to: Day), VendorClient) async throws -> [SourceDay]
    /// The rows the source counts around a day, where it lists them. They are asked for when its figures differ.
    public let rows: (@Sendable (_ span: (from: Date, to: Date), VendorClient) async throws -> [SourceRow])?

    public init(
        _ rules: SummaryRules,
        read: @escaping @Sendable (_ days: (from: Day, to: Day), VendorClient) async throws -> [SourceDay],
        rows: (@Sendable (_ span: (from: Date, to: Date), VendorClient) async throws -> [SourceRow])? = nil
    ) {
        self.rules = rules
        self.read = read
        self.rows = rows
    }
}

extension SummarySource {
    /// Adds up figures by day, with a day of zeros for every day the reply leaves out.
    static func days(
        _ days: (from: Day, to: Day), _ metrics: [SummaryMetric], _ parts: [(Day, SummaryMetric, Int64)]
    ) -> [SourceDay] {
        var result: [Day: SourceDay] = [:]
        for day in every(days) {
            result[day] = SourceDay(day, Dictionary(uniqueKeysWithValues: metrics.map { ($0, 0) }))
        }
        for (day, metric, amount) in parts { result[day]?.figures[metric, default: 0] += amount }
        return result.values.sorted { $0.day < $1.day }
    }

    static func every(_ days: (from: Day, to: Day)) -> [Day] {
        var all: [Day] = []
        var day = days.from
        while day <= days.to, all.count < 1000 {
            all.append(day)
            day = VendorTime.day(day, plus: 1)
        }
        return all
    }
}
