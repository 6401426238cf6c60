import Foundation
import Learning
import Web

/// A model's card as a page: the verdict in words, then every figure of the decision.
struct ModelPageBuilder {
    let run: StoredRun
    let segments: [Segment]
    let report: HorizonReport
    let card: ModelCard
    let speech: EyesSpeech
    let paths: EyesPaths

    private var words: Localizer { speech.words }

    var page: EyesDetailPage {
        let verdict = ChurnGate.Verdict(rawValue: card.verdict) ?? .rejected
        return EyesDetailPage(
            title: speech.t(
                "title.model.\(verdict.rawValue)",
                ["days": speech.days(card.horizon), "auc": speech.auc(card.auc.estimate)]),
            subtitle: speech.t(
                "subtitle.model",
                [
                    "rows": words.number(card.classes.testRows), "from": date(card.cutOffs.test),
                    "to": date(card.cutOffs.test + card.horizon.days - 1),
                ]),
            crumbs: Crumbs(
                [
                    Link(speech.t("crumb.eyes"), paths.tab(.churn, card.horizon)),
                    Link(speech.t("crumb.runs"), paths.runs),
                ],
                current: speech.t("crumb.model")
            ).html,
            main: box.html + curves + decisions.html(words) + candidates.html(words) + features.html(words)
                + segmentTable.html(words) + drift.html(words) + needs.html(words) + dates + limits + origin)
    }

    private func date(_ day: Int) -> String { words.day(ZoneCalendar.label(of: day)) }

    private var box: QualityBox {
        QualityBox(
            gate: .gate(speech.gate(report.state), words),
            verdict: speech.sentence(report) { date($0) },
            because: speech.t("model.decision"),
            figures: [
                QualityFigure(
                    speech.t("quality.auc"), speech.auc(card.auc.estimate),
                    note: speech.interval(card.auc.lower, card.auc.upper)),
                QualityFigure(
                    speech.t("quality.baseline"), speech.auc(card.recencyOnly.estimate),
                    note: speech.interval(card.recencyOnly.lower, card.recencyOnly.upper)),
                QualityFigure(
                    speech.t("model.difference"), "+" + speech.auc(card.difference.estimate),
                    note: speech.interval(card.difference.lower, card.difference.upper)),
                QualityFigure(
                    speech.t("model.brier"), speech.auc(card.brier),
                    note: speech.t("model.brier_note", ["base": speech.auc(card.brierBase)])),
                QualityFigure(
                    speech.t("quality.plain"), speech.t(card.plainGate ? "quality.passed" : "quality.not_passed"),
                    note: speech.t("quality.plain_auc_note")),
            ])
    }

    private var curves: SafeHTML {
        HTMLWriter.build { html in
            html.raw("<div class=\"columns\">")
            html.html(calibration)
            html.html(lift)
            html.raw("</div>")
        }
    }

    private var calibration: SafeHTML {
        let text = ChartText(
            id: "calibration", title: speech.t("model.calibration"),
            summary: speech.t(
                "model.calibration_summary",
                ["ece": speech.percent(card.ece, digits: 1), "rows": words.number(card.classes.testRows)]),
            x: speech.t("model.predicted"), y: speech.t("model.observed"))
        return CalibrationChart(text, bins: card.calibration.map(\.chartPoint)).html(words)
    }

    private var lift: SafeHTML {
        let total = Double(max(card.classes.testRows, 1))
        var reached = 0.0
        var gains = [GainPoint(share: 0, reached: 0)]
        for row in card.lift {
            reached += Double(row.count)
            gains.append(GainPoint(share: reached / total, reached: row.gain))
        }
        let text = ChartText(
            id: "lift", title: speech.t("model.lift"),
            summary: speech.t(
                "model.lift_summary",
                [
                    "top": card.lift.first.map { words.number($0.lift, digits: 2) } ?? "\u{2013}",
                    "keepers": words.number(card.keepersLift, digits: 2),
                ]),
            x: speech.t("model.lift_x"), y: speech.t("model.lift_y"))
        return LiftChart(text, gains: gains).html(words)
    }

    private var decisions: DataTable {
        let rate = Double(card.classes.testLeavers) / Double(max(card.classes.testRows, 1))
        let isLopsided = rate > 0.95 || rate < 0.05
        return DataTable(
            id: "decisions", caption: speech.t("table.decisions"),
            note: isLopsided ? speech.t("model.lopsided") : nil,
            columns: [TableColumn(speech.t("column.figure")), TableColumn(speech.t("column.value"), .end)],
            rows: [
                (speech.t("model.precision"), speech.percent(card.precision, digits: 1)),
                (speech.t("model.recall"), speech.percent(card.recall, digits: 1)),
                (speech.t("model.f1"), speech.auc(card.f1)),
                (speech.t("model.accuracy"), speech.percent(card.accuracy, digits: 1)),
                (speech.t("model.log_loss"), speech.auc(card.logLoss)),
                (speech.t("model.ece"), speech.percent(card.ece, digits: 1)),
                (speech.t("model.leavers_test"), speech.percent(rate, digits: 1)),
                (
                    speech.t("model.leavers_training"),
                    speech.percent(
                        Double(card.classes.trainingLeavers) / Double(max(card.classes.trainingRows, 1)), digits: 1)
                ),
                (speech.t("model.monotone"), speech.percent(card.monotoneChangedShare, digits: 1)),
            ].map { [.text($0.0), .number($0.1)] }, compact: true)
    }

    private var candidates: DataTable {
        DataTable(
            id: "candidates", caption: speech.t("table.candidates"), note: speech.t("table.candidates_note"),
            columns: [
                TableColumn(speech.t("column.candidate")), TableColumn(speech.t("model.log_loss"), .end),
                TableColumn(speech.t("column.standard_error"), .end), TableColumn(speech.t("column.verdict")),
            ],
            rows: card.candidates.map { candidate in
                [
                    .text(speech.t("kind.\(candidate.kind.rawValue)")),
                    candidate.logLoss.map { .number(words.number($0, digits: 4)) } ?? .none,
                    candidate.standardError.map { .number(words.number($0, digits: 4)) } ?? .none,
                    .text(
                        speech.t(
                            candidate.chosen
                                ? "candidate.used"
                                : candidate.logLoss == nil ? "candidate.discarded" : "candidate.compared")),
                ]
            }, compact: true)
    }

    private var features: DataTable {
        let dropped = card.droppedFeatures.map(speech.feature)
        return DataTable(
            id: "features", caption: speech.t("table.features"),
            note: dropped.isEmpty
                ? speech.t("table.features_note")
                : speech.t("table.features_dropped", ["features": speech.list(dropped)]),
            columns: [
                TableColumn(speech.t("column.feature")), TableColumn(speech.t("column.weight"), .end),
                TableColumn(speech.t("column.direction")),
            ],
            rows: card.features.map {
                [
                    .text(speech.feature($0.feature)), .number(speech.part($0.weight)),
                    .text(speech.t("direction.\($0.direction)")),
                ]
            }, compact: true)
    }

    private var segmentTable: DataTable {
        DataTable(
            id: "accuracy", caption: speech.t("table.segment_accuracy"),
            columns: [
                TableColumn(speech.t("column.segment")), TableColumn(speech.t("column.count"), .end),
                TableColumn(speech.t("model.predicted"), .end), TableColumn(speech.t("model.observed"), .end),
                TableColumn(speech.t("model.accuracy"), .end),
            ],
            rows: card.segments.map { line in
                let segment = segments.first { $0.number == line.segment }
                return [
                    .text(segment.map { speech.name($0.name) } ?? words.number(line.segment)),
                    .number(words.number(line.count)), .number(speech.percent(line.predicted, digits: 1)),
                    .number(speech.percent(line.observed, digits: 1)),
                    .number(speech.percent(line.accuracy, digits: 1)),
                ]
            },
            empty: EmptyState(.nothing, title: speech.t("model.no_segments"), text: "").html, compact: true)
    }

    private var drift: DataTable {
        let moved = card.drift.filter { $0.psi > FeatureDrift.warning }.map { speech.feature($0.feature) }
        return DataTable(
            id: "drift", caption: speech.t("table.drift"),
            note: moved.isEmpty
                ? speech.t("model.no_drift") : speech.t("model.drifted", ["features": speech.list(moved)]),
            columns: [
                TableColumn(speech.t("column.feature")), TableColumn(speech.t("column.psi"), .end),
                TableColumn(speech.t("column.verdict")),
            ],
            rows: card.drift.sorted { $0.psi > $1.psi }.map {
                [
                    .text(speech.feature($0.feature)), .number(words.number($0.psi, digits: 3)),
                    .text(speech.t($0.psi > FeatureDrift.warning ? "model.moved" : "model.steady")),
                ]
            }, compact: true)
    }

    private var needs: DataTable {
        DataTable(
            id: "needs", caption: speech.t("table.needs"),
            columns: [
                TableColumn(speech.t("column.need")), TableColumn(speech.t("column.have"), .end),
                TableColumn(speech.t("column.needed"), .end),
            ],
            rows: card.minimumData.map {
                [.text(speech.t("need.\($0.key)")), .number(words.number($0.have)), .number(words.number($0.need))]
            }, compact: true)
    }

    private var dates: SafeHTML {
        let items = [
            Terms.Item(speech.t("model.trained_at"), speech.list(card.cutOffs.training.reversed().map(date))),
            Terms.Item(speech.t("model.tested_at"), date(card.cutOffs.test)),
            Terms.Item(speech.t("model.scores_at"), date(card.cutOffs.score)),
            Terms.Item(
                speech.t("model.rows"),
                speech.t(
                    "model.rows_text",
                    [
                        "training": words.number(card.classes.trainingRows),
                        "test": words.number(card.classes.testRows),
                    ])),
        ]
        return section(speech.t("model.dates"), Terms(items).html)
    }

    private var limits: SafeHTML {
        section(
            speech.t("model.limits"),
            HTMLWriter.build { html in
                html.raw("<ul>")
                for limit in card.limits { html.element("li", text: speech.t("limit.\(limit)")) }
                html.raw("</ul>")
            })
    }

    private var origin: SafeHTML {
        section(
            speech.t("model.origin"),
            Terms([
                Terms.Item(speech.t("run.id"), run.id),
                Terms.Item(speech.t("model.version"), card.modelVersion),
                Terms.Item(speech.t("run.seed"), "\(run.identity.seed)"),
                Terms.Item(speech.t("run.snapshot"), run.identity.snapshotHash),
                Terms.Item(speech.t("run.code"), run.identity.codeVersion),
                Terms.Item(speech.t("run.config"), run.identity.config.canonical),
                Terms.Item(speech.t("run.duration"), words.duration(seconds: run.attempt.seconds)),
                Terms.Item(speech.t("run.memory"), words.bytes(run.attempt.memoryBytes)),
                Terms.Item(speech.t("run.consent"), ConsentWords(ConsentFigures(run.consent)).sentence(words)),
            ]).html)
    }

    private func section(_ title: String, _ body: SafeHTML) -> SafeHTML {
        HTMLWriter.build { html in
            html.raw("<section class=\"card\"><h2>")
            html.text(title)
            html.raw("</h2>")
            html.html(body)
            html.raw("</section>")
        }
    }
}
