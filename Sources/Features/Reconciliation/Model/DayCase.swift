import Connectors
import Foundation
import Records

/// One sale, refund or person as we hold it.
public struct OwnRow: Sendable, Equatable {
    public var externalID: String
    public var recordID: String
    public var at: Date
    public var amountMinor: Int64
    public var currency: String
    /// In the source's currency, where the row is in another one and a rate was known.
    public var convertedMinor: Int64?
    public var isTest = false
    public var isCancelled = false
    public var deletedAt: Date?
    public var firstSeenAt: Date
    /// What was given back of a sale so far, whenever that was.
    public var refundedMinor: Int64 = 0
    /// The sale that a refund belongs to.
    public var saleExternalID: String?

    public init(
        _ externalID: String, recordID: String = "", at: Date, amountMinor: Int64, currency: String, firstSeenAt: Date
    ) {
        self.externalID = externalID
        self.recordID = recordID
        self.at = at
        self.amountMinor = amountMinor
        self.currency = currency
        self.firstSeenAt = firstSeenAt
    }

    /// Whether our own figures have it.
    var counts: Bool { !isTest && !isCancelled && deletedAt == nil }
}

/// The figures of one entity on the day, as we hold them.
public struct FigureRow: Sendable, Equatable {
    public var entityID: String
    public var recordID: String
    public var currency: String
    public var figures: [SummaryMetric: Int64]
    /// The entity is gone at the source.
    public var isDeleted: Bool

    public init(
        _ entityID: String, recordID: String = "", currency: String, figures: [SummaryMetric: Int64],
        isDeleted: Bool = false
    ) {
        self.entityID = entityID
        self.recordID = recordID
        self.currency = currency
        self.figures = figures
        self.isDeleted = isDeleted
    }
}

/// Everything known about one day of one source, on both sides.
public struct DayCase: Sendable {
    public var day: Day
    /// The organization's zone: our days of orders and payments end there.
    public var ownZone: String
    public var sourceZone: String
    /// The source's currency; all amounts are compared in it.
    public var currency: String
    public var rules: SummaryRules
    public var figures: [SummaryMetric: Int64]
    /// When the source's figures were read.
    public var readAt: Date
    /// When our rows were last brought up to date without a fault.
    public var ownAsOf: Date?
    public var sales: [OwnRow] = []
    public var refunds: [OwnRow] = []
    public var entities: [FigureRow] = []
    /// What the source counts in its day, row by row; nil where it does not say.
    public var source: [SourceRow]?

    public init(
        day: Day, ownZone: String, sourceZone: String, currency: String, rules: SummaryRules,
        figures: [SummaryMetric: Int64], readAt: Date, ownAsOf: Date?
    ) {
        self.day = day
        self.ownZone = ownZone
        self.sourceZone = sourceZone
        self.currency = currency
        self.rules = rules
        self.figures = figures
        self.readAt = readAt
        self.ownAsOf = ownAsOf
    }

    /// Rows read less than this before the source's summary are as fresh as it is.
    static let tolerance: TimeInterval = 900

    var isStale: Bool { ownAsOf.map { $0 < readAt.addingTimeInterval(-Self.tolerance) } ?? true }
}
