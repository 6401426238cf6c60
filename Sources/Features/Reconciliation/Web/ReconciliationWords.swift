import Connectors
import Foundation
import Web

/// Figures of a reconciliation in the reader's words.
struct ReconciliationWords: Sendable {
    let l: Localizer
    let now: Date

    func metric(_ metric: SummaryMetric) -> String { l.t("reconciliation.metric.\(metric.rawValue)") }
    func cause(_ cause: GapCause) -> String { l.t("reconciliation.cause.\(cause.rawValue)") }

    func amount(_ value: Int64, _ metric: SummaryMetric, _ currency: String) -> String {
        metric.isMoney ? l.money(value, currency) : l.number(value)
    }

    /// With a plus where ours is the larger one.
    func signed(_ value: Int64, _ metric: SummaryMetric, _ currency: String) -> String {
        (value > 0 ? "+" : "") + amount(value, metric, currency)
    }

    func pill(_ day: ReconciliationDay) -> Pill {
        if day.isOff { return Pill(.warn, .diamond, l.t("reconciliation.state.off")) }
        let isEqual = day.figures.allSatisfy { $0.gap == 0 }
        return Pill(.good, .check, l.t("reconciliation.state.\(isEqual ? "equal" : "explained")"))
    }

    /// The largest causes of a day in words, unexplained last.
    func story(_ day: ReconciliationDay) -> String {
        let parts = day.figures.filter { $0.gap != 0 }.map { figure in
            let causes = figure.causes.sorted { $0.amount.magnitude > $1.amount.magnitude }.prefix(2).map {
                cause($0.cause) + " " + signed($0.amount, figure.metric, day.currency)
            }
            let rest =
                figure.unexplained == 0
                ? []
                : [
                    l.t("reconciliation.unexplained") + " "
                        + signed(figure.unexplained, figure.metric, day.currency)
                ]
            return metric(figure.metric) + ": " + (causes + rest).joined(separator: ", ")
        }
        return parts.isEmpty ? l.t("reconciliation.no_gap") : parts.joined(separator: " · ")
    }
}
