import Connectors
import Foundation

/// One row and what it adds to the gap under one cause.
public struct GapRow: Sendable, Codable, Equatable {
    public var metric: SummaryMetric
    public var cause: GapCause
    public var externalID: String
    /// Our row; empty where we have none.
    public var recordID: String
    public var at: Date?
    /// What it counts for before and after the cause is taken into account.
    public var oursMinor: Int64
    public var theirsMinor: Int64

    /// Ours less theirs.
    public var amount: Int64 { oursMinor - theirsMinor }

    enum CodingKeys: String, CodingKey {
        case metric, cause, at
        case externalID = "external_id"
        case recordID = "record_id"
        case oursMinor = "ours"
        case theirsMinor = "theirs"
    }
}

/// One figure of a day on both sides, and where the difference comes from. Causes and the unexplained rest always add
/// up to the gap.
public struct GapSplit: Sendable, Equatable {
    public let metric: SummaryMetric
    public let ours: Int64
    public let theirs: Int64
    /// Ours less theirs, by cause; causes without an amount are left out.
    public let causes: [GapCause: Int64]
    public let rows: [GapRow]

    public var gap: Int64 { ours - theirs }
    public var unexplained: Int64 { gap - causes.values.reduce(0, +) }

    /// The unexplained part of the figure, from 0 to 1.
    public var share: Double {
        guard unexplained != 0 else { return 0 }
        return min(1, Double(unexplained.magnitude) / Double(max(ours.magnitude, theirs.magnitude, 1)))
    }

    /// How much may stay unexplained; nil where nothing was promised.
    public static func target(_ metric: SummaryMetric) -> Double? {
        switch metric {
        case .spend: 0.01
        case .revenue: 0.02
        case .orders, .refunds, .customers: nil
        }
    }

    /// Whether more is unexplained than the figure allows.
    public var isOff: Bool { Self.target(metric).map { share > $0 } ?? false }
}

/// Collects what rows add to the gap while they are taken from our way of counting to the source's, step by step.
struct GapLedger {
    let metric: SummaryMetric
    private(set) var ours: Int64 = 0
    private(set) var rows: [GapRow] = []

    init(_ metric: SummaryMetric) { self.metric = metric }

    /// Where a row stands on its way.
    struct Item {
        let externalID: String
        let recordID: String
        let at: Date?
        fileprivate(set) var value: Int64
    }

    /// A row as our own figures have it.
    mutating func begin(_ externalID: String, _ recordID: String, at: Date?, ours value: Int64) -> Item {
        ours += value
        return Item(externalID: externalID, recordID: recordID, at: at, value: value)
    }

    /// A part of a row that was counted already.
    func resume(_ externalID: String, _ recordID: String, at: Date?, value: Int64) -> Item {
        Item(externalID: externalID, recordID: recordID, at: at, value: value)
    }

    /// What it counts for once a cause is taken into account.
    mutating func move(_ item: inout Item, _ cause: GapCause, to value: Int64) {
        guard value != item.value else { return }
        rows.append(
            GapRow(
                metric: metric, cause: cause, externalID: item.externalID, recordID: item.recordID, at: item.at,
                oursMinor: item.value, theirsMinor: value))
        item.value = value
    }

    /// What is left between the two sides so far.
    func rest(_ theirs: Int64) -> Int64 { ours - rows.reduce(0) { $0 + $1.amount } - theirs }

    func split(_ theirs: Int64) -> GapSplit {
        var causes: [GapCause: Int64] = [:]
        for row in rows { causes[row.cause, default: 0] += row.amount }
        return GapSplit(
            metric: metric, ours: ours, theirs: theirs, causes: causes.filter { $0.value != 0 },
            rows: rows.sorted { ($0.amount.magnitude, $1.externalID) > ($1.amount.magnitude, $0.externalID) })
    }
}
