import Customers
import Foundation
import Web

extension HomePageBuilder {
    /// Revenue by week, with the weeks before as the comparison.
    var revenueChart: SafeHTML {
        let weeks = figures.weekly.weeks
        let currency = figures.totals.currency
        let scale = 100.0
        let total = weeks.map(\.revenueMinor).reduce(0, +)
        let before = figures.weekly.previous.map(\.revenueMinor).reduce(0, +)
        let text = ChartText(
            id: "revenue",
            title: words.t("home.chart_title"),
            summary: before > 0
                ? words.t(
                    "home.chart_summary",
                    [
                        "total": words.money(total, currency, decimals: false), "weeks": words.number(weeks.count),
                        "before": words.money(before, currency, decimals: false),
                    ])
                : words.t(
                    "home.chart_summary_alone",
                    ["total": words.money(total, currency, decimals: false), "weeks": words.number(weeks.count)]),
            x: words.t("home.chart_x"),
            y: words.t("home.chart_y", ["currency": currency]))
        let comparison =
            before > 0
            ? LineSeries(
                words.t("home.chart_before"), figures.weekly.previous.map { Double($0.revenueMinor) / scale }) : nil
        let chart = LineChart(
            text,
            labels: weeks.map { words.shortDate($0.start) },
            series: [LineSeries(words.t("home.chart_now"), weeks.map { Double($0.revenueMinor) / scale })],
            comparison: comparison,
            unfinishedFrom: weeks.firstIndex(where: \.isPartial),
            format: { words.money(Int64(($0 * scale).rounded()), currency, decimals: false) })
        return chart.html(words)
    }

    /// Some sources bring people and payments, but no orders that could be old.
    private func pill(_ source: SourceState) -> Pill {
        if figures.data.isRetold(source.connectionID) { return Pill(.quiet, .dash, words.t("home.source_retold")) }
        guard let until = source.completeUntil else { return Pill(.quiet, .dash, words.t("home.source_no_orders")) }
        let days = Int(now.timeIntervalSince(until) / 86_400)
        return days > NextAction.staleAfterDays
            ? Pill(.warn, .clock, words.t("home.source_old")) : Pill.state(.healthy, words)
    }

    /// Where the figures come from and how fresh each source is.
    var sourceTable: SafeHTML {
        let rows = figures.data.sources.map { source -> [TableCell] in
            let place = source.isFiles ? "/imports" : "/connections/" + source.connectionID
            return [
                .rowLink(source.name(words), base + place, sub: nil),
                .pill(pill(source)),
                .text(source.completeUntil.map { words.date($0.addingTimeInterval(-1)) } ?? "–"),
                .text(source.lastImportAt.map { words.dateTime($0) } ?? "–"),
            ]
        }
        return DataTable(
            id: "sources", caption: words.t("home.sources_title"),
            columns: [
                .init(words.t("home.source_name")), .init(words.t("home.source_state")),
                .init(words.t("home.source_until")), .init(words.t("home.source_imported")),
            ],
            rows: rows, stacks: true
        ).html(words)
    }
}

extension SourceState {
    /// Whether it is a door for files, and no platform.
    var isFiles: Bool { platform == "csv" }
}
