import Connectors
import Foundation

/// Takes sales and refunds from our way of counting a day to the source's, one cause after the other.
struct SaleSteps {
    private let facts: DayCase
    private let own: (from: Date, to: Date)
    private let theirs: (from: Date, to: Date)
    private let sold: [String: SourceRow]
    private let returned: [String: SourceRow]

    init(_ facts: DayCase) {
        self.facts = facts
        let never = (from: Date.distantFuture, to: Date.distantFuture)
        own = VendorTime.span(from: facts.day, to: facts.day, in: facts.ownZone) ?? never
        theirs = VendorTime.span(from: facts.day, to: facts.day, in: facts.sourceZone) ?? never
        func rows(_ kind: SourceRow.Kind) -> [String: SourceRow] {
            let all = (facts.source ?? []).filter { $0.kind == kind }
            return Dictionary(all.map { ($0.externalID, $0) }) { first, _ in first }
        }
        sold = rows(.sale)
        returned = rows(.refund)
    }

    private func isOwnDay(_ date: Date) -> Bool { date >= own.from && date < own.to }
    private func isTheirDay(_ date: Date) -> Bool { date >= theirs.from && date < theirs.to }

    private func value(_ row: OwnRow, _ metric: SummaryMetric) -> Int64 {
        guard metric.isMoney else { return 1 }
        return row.currency == facts.currency ? row.amountMinor : row.convertedMinor ?? 0
    }

    // MARK: Sales

    func addSales(to ledger: inout GapLedger) {
        for row in facts.sales { add(row, sold[row.externalID], to: &ledger) }
        let known = Set(facts.sales.map(\.externalID))
        for row in facts.source ?? [] where row.kind == .sale && !known.contains(row.externalID) {
            add(unknown: row, to: &ledger)
        }
        if ledger.metric == .revenue, facts.rules.revenueIsNet { subtractRefunds(in: &ledger) }
    }

    private func add(_ row: OwnRow, _ there: SourceRow?, to ledger: inout GapLedger) {
        let amount = value(row, ledger.metric)
        let isThere = isTheirDay(there?.at ?? row.at)
        var item = ledger.begin(
            row.externalID, row.recordID, at: row.at, ours: row.counts && isOwnDay(row.at) ? amount : 0)
        ledger.move(&item, .timeZone, to: row.counts && isThere ? amount : 0)
        let isAllowed = isThere && allows(row, there)
        ledger.move(&item, .testOrder, to: isAllowed && row.deletedAt == nil ? amount : 0)
        settle(&item, row, there, full: isAllowed ? amount : 0, in: &ledger)
        guard isAllowed, let there, ledger.metric.isMoney else { return }
        ledger.move(&item, row.currency == there.currency ? .orderEdit : .currency, to: there.amountMinor)
    }

    private func add(unknown row: SourceRow, to ledger: inout GapLedger) {
        guard isTheirDay(row.at), allows(nil, row) else { return }
        var item = ledger.resume(row.externalID, "", at: row.at, value: 0)
        ledger.move(
            &item, row.isTest || row.isCancelled ? .testOrder : .lateData,
            to: ledger.metric.isMoney ? row.amountMinor : 1)
    }

    private func allows(_ row: OwnRow?, _ there: SourceRow?) -> Bool {
        let isTest = there?.isTest ?? row?.isTest ?? false
        let isCancelled = there?.isCancelled ?? (row?.isCancelled == true && row?.deletedAt == nil)
        return (facts.rules.countsTests || !isTest) && (facts.rules.countsCancelled || !isCancelled)
    }

    /// Whether the source has the row at all, and had it when its figures were read.
    private func settle(
        _ item: inout GapLedger.Item, _ row: OwnRow, _ there: SourceRow?, full: Int64, in ledger: inout GapLedger
    ) {
        let isLate = there == nil && row.firstSeenAt > facts.readAt
        let exists = facts.source == nil ? row.deletedAt.map { $0 > facts.readAt } ?? true : there != nil
        ledger.move(&item, .deletedAtSource, to: exists ? full : isLate && row.deletedAt == nil ? item.value : 0)
        if isLate { ledger.move(&item, .lateData, to: 0) }
    }

    // MARK: Refunds

    func addRefunds(to ledger: inout GapLedger) {
        if facts.rules.basis == .orders { addRefundsByOrder(to: &ledger) } else { addRefundsByDate(to: &ledger) }
        let known = Set(facts.refunds.map(\.externalID))
        for row in facts.source ?? [] where row.kind == .refund && !known.contains(row.externalID) {
            guard isTheirDay(row.at) else { continue }
            var item = ledger.resume(row.externalID, "", at: row.at, value: 0)
            ledger.move(&item, .lateData, to: row.amountMinor)
        }
    }

    /// A payment service's refunds have days of their own on both sides.
    private func addRefundsByDate(to ledger: inout GapLedger) {
        for row in facts.refunds {
            let amount = value(row, .refunds)
            let isThere = isTheirDay(returned[row.externalID]?.at ?? row.at)
            var item = ledger.begin(
                row.externalID, row.recordID, at: row.at, ours: row.counts && isOwnDay(row.at) ? amount : 0)
            ledger.move(&item, .timeZone, to: row.counts && isThere ? amount : 0)
            finish(&item, row, full: isThere ? amount : 0, in: &ledger)
        }
    }

    /// We have what was given back on the day of the order; the source has it on the day it was given back.
    private func addRefundsByOrder(to ledger: inout GapLedger) {
        let bySale = Dictionary(grouping: facts.refunds) { $0.saleExternalID ?? "" }
        for sale in facts.sales {
            let refunded = sale.currency == facts.currency ? sale.refundedMinor : 0
            let dated = bySale[sale.externalID] ?? []
            var item = ledger.begin(
                sale.externalID, sale.recordID, at: sale.at, ours: sale.counts && isOwnDay(sale.at) ? refunded : 0)
            let inTheirDay = sale.counts && isTheirDay(sale.at) ? refunded : 0
            ledger.move(&item, .timeZone, to: inTheirDay)
            guard facts.rules.refundsOnTheirDay else { continue }
            let undated = inTheirDay == 0 ? 0 : max(0, refunded - dated.reduce(0) { $0 + value($1, .refunds) })
            if sale.counts {
                ledger.move(&item, .refundDate, to: undated + onTheirDay(dated))
            } else if allows(sale, sold[sale.externalID]) {
                ledger.move(&item, .testOrder, to: onTheirDay(dated))
            } else {
                continue
            }
            for refund in dated where isTheirDay(refund.at) { correct(refund, in: &ledger) }
        }
        guard facts.rules.refundsOnTheirDay else { return }
        let known = Set(facts.sales.map(\.externalID))
        for refund in facts.refunds where isTheirDay(refund.at) && !known.contains(refund.saleExternalID ?? "") {
            var item = ledger.begin(refund.externalID, refund.recordID, at: refund.at, ours: 0)
            ledger.move(&item, .refundDate, to: refund.deletedAt == nil ? value(refund, .refunds) : 0)
            correct(refund, in: &ledger)
        }
    }

    private func onTheirDay(_ refunds: [OwnRow]) -> Int64 {
        refunds.filter { isTheirDay($0.at) && $0.deletedAt == nil }.reduce(0) { $0 + value($1, .refunds) }
    }

    private func correct(_ refund: OwnRow, in ledger: inout GapLedger) {
        let amount = value(refund, .refunds)
        var item = ledger.resume(
            refund.externalID, refund.recordID, at: refund.at, value: refund.deletedAt == nil ? amount : 0)
        finish(&item, refund, full: amount, in: &ledger)
    }

    private func finish(_ item: inout GapLedger.Item, _ row: OwnRow, full: Int64, in ledger: inout GapLedger) {
        let there = returned[row.externalID]
        settle(&item, row, there, full: full, in: &ledger)
        guard full != 0 || row.currency != facts.currency, let there, isTheirDay(there.at) else { return }
        ledger.move(&item, row.currency == there.currency ? .orderEdit : .currency, to: there.amountMinor)
    }

    /// Revenue that is stated less refunds: each on the day it was given back.
    private func subtractRefunds(in ledger: inout GapLedger) {
        if let source = facts.source {
            for row in source where row.kind == .refund && isTheirDay(row.at) {
                var item = ledger.resume(row.externalID, "", at: row.at, value: 0)
                ledger.move(&item, .refundDate, to: -row.amountMinor)
            }
            return
        }
        for row in facts.refunds where isTheirDay(row.at) && row.counts {
            var item = ledger.resume(row.externalID, row.recordID, at: row.at, value: 0)
            ledger.move(&item, .refundDate, to: -value(row, .refunds))
        }
    }

    /// Rows of the source's day in a currency we have no rate for.
    func unconverted(
        _ metric: SummaryMetric
    ) -> [(externalID: String, recordID: String, at: Date?, amount: Int64)] {
        let rows = metric == .refunds ? facts.refunds : facts.sales
        return rows.filter {
            $0.counts && isTheirDay($0.at) && $0.currency != facts.currency && $0.convertedMinor == nil
        }.map { ($0.externalID, $0.recordID, $0.at, $0.amountMinor) }
    }
}
