import Connectors
import Foundation

extension DayCase {
    /// Every figure the source states, each with its gap split by cause.
    public func splits() -> [GapSplit] {
        SummaryMetric.allCases.compactMap { metric in figures[metric].map { split(metric, theirs: $0) } }
    }

    private func split(_ metric: SummaryMetric, theirs: Int64) -> GapSplit {
        var ledger = GapLedger(metric)
        if case .days = rules.basis {
            addFigures(to: &ledger)
        } else if metric == .refunds {
            SaleSteps(self).addRefunds(to: &ledger)
        } else {
            SaleSteps(self).addSales(to: &ledger)
        }
        if source == nil { explainRest(theirs, in: &ledger) }
        return ledger.split(theirs)
    }

    /// Daily figures have no moments: each counts where it is in the source's currency.
    private func addFigures(to ledger: inout GapLedger) {
        for row in entities {
            let value = row.figures[ledger.metric] ?? 0
            let isComparable = !ledger.metric.isMoney || row.currency == currency
            _ = ledger.begin(row.entityID, row.recordID, at: nil, ours: isComparable ? value : 0)
        }
    }

    /// What a source that shows no rows lets us tell all the same, each only where there is something to tell it from.
    private func explainRest(_ theirs: Int64, in ledger: inout GapLedger) {
        explainForeignMoney(theirs, in: &ledger)
        explainDeletedEntities(theirs, in: &ledger)
        let rest = ledger.rest(theirs)
        guard rest != 0, isStale else { return }
        var item = ledger.resume(day, "", at: ownAsOf, value: rest)
        ledger.move(&item, .lateData, to: 0)
    }

    /// Amounts in another currency that we could not convert and the source did: they share what it has more.
    private func explainForeignMoney(_ theirs: Int64, in ledger: inout GapLedger) {
        let rest = -ledger.rest(theirs)
        guard ledger.metric.isMoney, rest > 0 else { return }
        let foreign = foreignRows(ledger.metric)
        let sum = foreign.reduce(0) { $0 + $1.amount }
        guard sum > 0 else { return }
        var open = rest
        for (index, row) in foreign.enumerated() {
            let exact = Int64((Double(rest) * Double(row.amount) / Double(sum)).rounded())
            let part = index == foreign.count - 1 ? open : min(open, exact)
            open -= part
            var item = ledger.resume(row.externalID, row.recordID, at: row.at, value: 0)
            ledger.move(&item, .currency, to: part)
        }
    }

    private func foreignRows(
        _ metric: SummaryMetric
    ) -> [(externalID: String, recordID: String, at: Date?, amount: Int64)] {
        if case .days = rules.basis {
            return entities.filter { $0.currency != currency && ($0.figures[metric] ?? 0) > 0 }
                .map { ($0.entityID, $0.recordID, nil, $0.figures[metric] ?? 0) }
        }
        return SaleSteps(self).unconverted(metric)
    }

    /// Figures of entities that are gone there, where leaving them out brings both sides together.
    private func explainDeletedEntities(_ theirs: Int64, in ledger: inout GapLedger) {
        let gone = entities.filter { $0.isDeleted && (!ledger.metric.isMoney || $0.currency == currency) }
        let sum = gone.reduce(0) { $0 + ($1.figures[ledger.metric] ?? 0) }
        let rest = ledger.rest(theirs)
        guard sum > 0, (rest - sum).magnitude < rest.magnitude else { return }
        for row in gone {
            var item = ledger.resume(row.entityID, row.recordID, at: nil, value: row.figures[ledger.metric] ?? 0)
            ledger.move(&item, .deletedAtSource, to: 0)
        }
    }
}
