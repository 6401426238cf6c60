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

    var words: Localizer { speech.words }

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
            main: warnings + box.html + mistakes.html(words) + curves + decisions.html(words) + level
                + calibrations.html(words) + candidates.html(words) + features.html(words) + segmentTable.html(words)
                + drift.html(words) + driftSinceLastRun + population.html(words) + needs.html(words) + dates + limits
                + origin)
    }

    func date(_ day: Int) -> String { words.day(ZoneCalendar.label(of: day)) }

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
}
