import Foundation
import Web

/// The tab about the model itself: what it said and what came, how it changes from run to run, what to do next.
struct LearningTab {
    let learning: EyesLearning
    let published: PublishedRun
    let horizon: Horizon
    let speech: EyesSpeech
    let paths: EyesPaths

    var words: Localizer { speech.words }
    var isComparable: Bool { learning.trends.count >= EyesLearning.leastRuns }

    /// What came of the last prediction, else how much there is to compare.
    var headline: String {
        if let outcome = learning.outcome(horizon) {
            return words.t(
                "eyes.learning.title_outcome", count: outcome.all.left,
                [
                    "predicted": words.number(Int(outcome.all.predicted.rounded())), "days": speech.days(horizon),
                ])
        }
        guard isComparable else {
            return speech.t("learning.title_few", ["have": words.number(learning.trends.count), "need": "2"])
        }
        return words.t("eyes.learning.title", count: learning.trends.count)
    }

    var html: SafeHTML {
        var parts = outcomePart + advice
        if isComparable {
            parts = parts + evolution + runs.html(words) + sizes.html(words) + flows
        } else {
            parts =
                parts
                + EmptyState(
                    .waiting,
                    title: speech.t(
                        "learning.few", ["have": words.number(learning.trends.count), "need": words.number(2)]),
                    text: speech.t("learning.few_text")
                ).html
        }
        return parts + drift.html(words)
    }

    // MARK: What came of it

    private var outcomePart: SafeHTML {
        guard let outcome = learning.outcome(horizon) else {
            guard let day = learning.firstClosing(horizon) else { return .empty }
            return Alert(
                .info, title: speech.t("learning.no_window", ["days": speech.days(horizon)]),
                text: speech.t("learning.closes", ["date": words.day(ZoneCalendar.label(of: day))])
            ).html
        }
        return OutcomeTables(outcome: outcome, published: published, speech: speech, paths: paths).html
    }

    private var advice: SafeHTML {
        guard !learning.recommendations.isEmpty else { return .empty }
        return HTMLWriter.build { html in
            html.raw("<section class=\"card\"><h2>")
            html.text(speech.t("learning.advice"))
            html.raw("</h2><ul class=\"plain-list\">")
            for found in learning.recommendations { html.element("li", text: speech.recommendation(found)) }
            html.raw("</ul></section>")
        }
    }

    // MARK: From run to run

    private var oldestFirst: [RunTrend] { learning.trends.reversed() }

    private var evolution: SafeHTML {
        let runs = oldestFirst
        let labels = runs.map { words.shortDate($0.createdAt) }
        let auc = chart(
            "auc", labels,
            Horizon.allCases.map { horizon in
                LineSeries(
                    speech.t("status.days", ["days": speech.days(horizon)]),
                    runs.map { $0.report(horizon)?.card?.auc?.estimate })
            }, digits: 2)
        let silhouette = chart(
            "silhouette", labels,
            [LineSeries(speech.t("learning.silhouette"), runs.map { $0.result.clustering.chosen?.silhouette })],
            digits: 2)
        return HTMLWriter.build(capacity: 8_192) { html in
            html.raw("<div class=\"columns\">")
            html.html(auc.html(words))
            html.html(silhouette.html(words))
            html.raw("</div>")
        }
    }

    private func chart(_ name: String, _ labels: [String], _ series: [LineSeries], digits: Int) -> LineChart {
        let words = words
        return LineChart(
            ChartText(
                id: "evolution-\(name)", title: speech.t("learning.chart.\(name)"),
                summary: speech.t("learning.chart.\(name)_summary"), x: speech.t("learning.chart.x")),
            labels: labels, series: series, withZero: false, format: { words.number($0, digits: digits) })
    }

    private var runs: DataTable {
        DataTable(
            id: "evolution", caption: speech.t("learning.runs"),
            columns: [
                TableColumn(speech.t("learning.column.run")), TableColumn(speech.t("learning.column.state")),
                TableColumn(speech.t("learning.column.auc"), .end), TableColumn(speech.t("learning.column.ece"), .end),
                TableColumn(speech.t("learning.column.accuracy"), .end),
                TableColumn(speech.t("learning.column.high"), .end),
                TableColumn(speech.t("learning.column.silhouette"), .end),
            ],
            rows: learning.trends.map { trend in
                let report = trend.report(horizon)
                return [
                    .rowLink(words.dateTime(trend.createdAt), paths.run(trend.id)),
                    report.map { .pill(.gate(speech.gate($0.state), words)) } ?? .none,
                    report?.card?.auc.map { .number(speech.auc($0.estimate)) } ?? .none,
                    report?.card?.ece.map { .number(speech.percent($0, digits: 1)) } ?? .none,
                    report?.card?.accuracy.map { .number(speech.percent($0)) } ?? .none,
                    report.map { .number(words.number($0.counts.high)) } ?? .none,
                    trend.result.clustering.chosen?.silhouette.map { .number(speech.auc($0)) } ?? .none,
                ]
            }, compact: true)
    }

    private var sizes: DataTable {
        let newest = Array(learning.history.prefix(4))
        return DataTable(
            id: "sizes", caption: speech.t("learning.sizes"), note: speech.t("learning.sizes_note"),
            columns: [TableColumn(speech.t("learning.column.segment"))]
                + newest.map { TableColumn(words.shortDate($0.timestamp), .end) },
            rows: published.segments.map { segment in
                var id: String? = segment.id
                return [.rowLink(speech.name(segment.name), paths.segment(segment.id))]
                    + newest.map { entry in
                        let found = entry.segments.first { $0.id == id }
                        id = found?.previousID
                        return found.map { .number(words.number($0.size)) } ?? .none
                    }
            }, compact: true)
    }

    private var flows: SafeHTML {
        guard let insights = learning.insights, !insights.flows.isEmpty else { return .empty }
        return DataTable(
            id: "flows", caption: speech.t("learning.flows"), note: speech.t("learning.flows_note"),
            columns: [
                TableColumn(speech.t("learning.column.from")), TableColumn(speech.t("learning.column.to")),
                TableColumn(speech.t("learning.column.count"), .end),
                TableColumn(speech.t("learning.column.why"), wraps: true),
            ],
            rows: insights.flows.prefix(30).map { flow in
                [
                    .text(segment(flow.from, "learning.nobody")), .text(segment(flow.to, "learning.no_longer")),
                    .number(words.number(flow.count)), .text(speech.reasons(flow)),
                ]
            }, compact: true
        ).html(words)
    }

    private func segment(_ id: String?, _ without: String) -> String {
        guard let id else { return speech.t(without) }
        return published.segment(id: id).map { speech.name($0.name) } ?? speech.t("learning.ended")
    }

    private var drift: DataTable {
        let card = published.run.report(horizon)?.card
        return DataTable(
            id: "drift", caption: speech.t("learning.drift", ["days": speech.days(horizon)]),
            note: speech.t("learning.drift_note", ["warning": words.number(FeatureDrift.warning, digits: 1)]),
            columns: [
                TableColumn(speech.t("column.feature")), TableColumn(speech.t("learning.column.psi"), .end),
            ],
            rows: (card?.drift ?? []).sorted { ($0.psi, $1.feature.rawValue) > ($1.psi, $0.feature.rawValue) }.prefix(8)
                .map { [.text(speech.feature($0.feature)), .number(words.number($0.psi, digits: 3))] },
            empty: .empty, compact: true)
    }
}

extension EyesSpeech {
    /// "38 went quiet longer, 12 ordered again".
    func reasons(_ flow: SegmentFlow) -> String {
        SegmentFlow.Reason.allCases.compactMap { reason in
            flow.reasons[reason.rawValue].map { t("flow.\(reason.rawValue)", count: $0) }
        }.joined(separator: ", ")
    }
}
