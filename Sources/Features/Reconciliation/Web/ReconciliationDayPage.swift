import Connectors
import Customers
import Foundation
import Web

/// One day of one source: both figures, the causes of the gap, and the rows behind a cause.
struct ReconciliationDayPage: Page {
    static let template = "reconciliation/show"

    var title = ""
    var crumbs = SafeHTML.empty
    var terms = SafeHTML.empty
    var figures = SafeHTML.empty
    var heading = ""
    var rows = SafeHTML.empty
    var csv: String?

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "crumbs": crumbs
        case "terms": terms
        case "figures": figures
        case "heading": heading
        case "rows": rows
        case "csv": csv
        default: nil
        }
    }

    static let sample = ReconciliationDayPage(
        title: "Northwind on 10 November", crumbs: .text("Reconciliation"), terms: .text("terms"),
        figures: .text("figures"), heading: "Time zone", rows: .text("rows"), csv: "/o/shop/rows.csv")
}

extension ReconciliationDayPage {
    static let rowsShown = 200

    /// Which rows are wanted: of a figure, of a cause.
    struct Choice {
        var metric: SummaryMetric?
        var cause: GapCause?

        func rows(of day: ReconciliationDay) -> [GapRow] {
            day.rows.filter { (metric ?? $0.metric) == $0.metric && (cause ?? $0.cause) == $0.cause }
        }

        var query: String {
            let parts = [metric.map { "metric=\($0.rawValue)" }, cause.map { "cause=\($0.rawValue)" }]
            let text = parts.compactMap(\.self).joined(separator: "&")
            return text.isEmpty ? "" : "?" + text
        }
    }

    init(
        _ day: ReconciliationDay, label: String, name: String, choice: Choice, base: String,
        _ words: ReconciliationWords
    ) {
        let l = words.l
        let place = base + "/" + day.connectionID + "/" + day.day
        title = l.t(
            "reconciliation.day_title.\(day.isOff ? "off" : "agree")", ["source": label, "day": l.day(day.day)])
        crumbs = Crumbs([Link(l.t("reconciliation.heading"), base)], current: label + ", " + l.day(day.day)).html
        var items: [Terms.Item] = [
            .init(l.t("reconciliation.source"), label + " · " + name),
            .init(l.t("reconciliation.currency"), day.currency + " · " + day.timeZone),
            .init(l.t("reconciliation.theirs_as_of"), l.dateTime(day.sourceReadAt)),
        ]
        if let asOf = day.ownAsOf { items.append(.init(l.t("reconciliation.ours_as_of"), l.dateTime(asOf))) }
        items.append(.init(l.t("reconciliation.state_heading"), html: words.pill(day).html))
        terms = Terms(items, across: true).html
        figures = Self.figures(day, place, words)
        let chosen = choice.rows(of: day)
        heading =
            choice.cause.map {
                l.t("reconciliation.rows_of", ["cause": words.cause($0)])
            } ?? l.t("reconciliation.rows")
        rows = Self.rows(chosen, day, words)
        csv = chosen.isEmpty ? nil : place + "/rows.csv" + choice.query
    }

    private static func figures(_ day: ReconciliationDay, _ place: String, _ words: ReconciliationWords) -> SafeHTML {
        let l = words.l
        let causes = GapCause.allCases.filter { cause in
            day.figures.contains { $0.causes.contains { $0.cause == cause } }
        }
        let rows = day.figures.map { figure -> [TableCell] in
            let (metric, currency) = (figure.metric, day.currency)
            let split = causes.map { cause -> TableCell in
                guard let part = figure.causes.first(where: { $0.cause == cause }) else { return .none }
                let choice = Choice(metric: metric, cause: cause)
                return .link(words.signed(part.amount, metric, currency), place + choice.query + "#rows")
            }
            let rest: TableCell =
                figure.isOff
                ? .pill(Pill(.warn, .diamond, words.signed(figure.unexplained, metric, currency)))
                : .money(words.signed(figure.unexplained, metric, currency))
            return [
                .text(words.metric(metric)), .money(words.amount(figure.ours, metric, currency)),
                .money(words.amount(figure.theirs, metric, currency)),
                .money(words.signed(figure.gap, metric, currency)),
            ] + split + [rest, .number(l.percent(figure.share, digits: 1))]
        }
        let head: [TableColumn] = [
            .init(l.t("reconciliation.figure")), .init(l.t("reconciliation.ours"), .end),
            .init(l.t("reconciliation.theirs"), .end), .init(l.t("reconciliation.gap"), .end),
        ]
        let tail: [TableColumn] = [
            .init(l.t("reconciliation.unexplained"), .end), .init(l.t("reconciliation.share"), .end),
        ]
        return DataTable(
            id: "figures", caption: l.t("reconciliation.figures"),
            columns: head + causes.map { TableColumn(words.cause($0), .end) } + tail, rows: rows, wide: true,
            showsCaption: false, stacks: true
        ).html(l)
    }

    private static func rows(_ rows: [GapRow], _ day: ReconciliationDay, _ words: ReconciliationWords) -> SafeHTML {
        let l = words.l
        let cells = rows.prefix(rowsShown).map { row -> [TableCell] in
            [
                .two(VendorID.plain(row.externalID), sub: row.recordID), .text(words.metric(row.metric)),
                .text(words.cause(row.cause)),
                row.at.map { .time(l.dateTime($0), iso: CivilTime($0).isoDay) } ?? .none,
                .money(words.amount(row.oursMinor, row.metric, day.currency)),
                .money(words.amount(row.theirsMinor, row.metric, day.currency)),
                .money(words.signed(row.amount, row.metric, day.currency)),
            ]
        }
        let empty = EmptyState(.nothing, title: l.t("reconciliation.no_rows"), text: l.t("reconciliation.no_rows_text"))
        return DataTable(
            id: "rows", caption: l.t("reconciliation.rows"),
            columns: [
                .init(l.t("reconciliation.row")), .init(l.t("reconciliation.figure")),
                .init(l.t("reconciliation.cause_heading")), .init(l.t("reconciliation.when")),
                .init(l.t("reconciliation.ours"), .end), .init(l.t("reconciliation.theirs"), .end),
                .init(l.t("reconciliation.gap"), .end),
            ], rows: Array(cells), empty: empty.html, compact: true, showsCaption: false, stacks: true
        ).html(l)
    }
}
