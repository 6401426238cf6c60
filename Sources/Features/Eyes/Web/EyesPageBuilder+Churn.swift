import Customers
import Foundation
import Learning
import Web

/// The rows of the churn table and who they are.
struct ChurnRows: Sendable {
    let filter: ChurnFilter
    let scores: [StoredScore]
    let badges: [String: CustomerBadge]
    /// How many the filter matches.
    let total: Int
    let from: Int
    let nextCursor: String?
    let now: Date
    /// The slider's cut, where these are the customers that it writes to.
    var cut: Int?
    /// What the run before said about them.
    var former: [String: StoredScore] = [:]
    /// The latest campaign each of them was in.
    var contacts: [String: CampaignPerson] = [:]
}

extension EyesPageBuilder {
    /// Quality in words, counts, filters, table.
    func churnTab(_ rows: ChurnRows?, slider: SafeHTML = .empty, mayExport: Bool = false) -> SafeHTML {
        guard let run, let report else { return beforeFirstRun }
        if report.state == .notEnoughData {
            return NotEnoughData(
                title: speech.needs(report.needs), needs: needs(report.needs), how: speech.t("how.churn"),
                action: Link(speech.t("empty.import"), paths.imports)
            ).html(words)
        }
        var parts = quality(report, run).html + counts(report, run).html + slider
        if report.offersRankBands { parts = parts + rankNote(report) }
        if let rows {
            parts =
                parts + filters(rows) + churnTable(rows, report, run, mayExport: mayExport).html(words)
        }
        return parts
    }

    private func quality(_ report: HorizonReport, _ run: StoredRun) -> QualityBox {
        var figures: [QualityFigure] = []
        if let card = report.card {
            figures = [
                QualityFigure(
                    speech.t("quality.auc"), speech.auc(card.auc.estimate),
                    note: speech.interval(card.auc.lower, card.auc.upper)),
                QualityFigure(
                    speech.t("quality.baseline"), speech.auc(card.recencyOnly.estimate),
                    note: speech.t("quality.baseline_note")),
                QualityFigure(
                    speech.t("quality.ece"), speech.percent(card.ece, digits: 1), note: speech.t("quality.ece_note")),
                wrong(card),
                QualityFigure(
                    speech.t("quality.plain"), speech.t(card.plainGate ? "quality.passed" : "quality.not_passed"),
                    note: speech.t("quality.plain_auc_note")),
            ]
        }
        let sentence = speech.sentence(report) { words.day(ZoneCalendar.label(of: $0)) }
        let link = report.card.map { Link(speech.t("quality.card"), paths.model($0.modelVersion)) }
        return QualityBox(
            gate: .gate(speech.gate(report.state), words), verdict: speech.verdict(run.result.horizons),
            because: sentence, figures: figures, link: link)
    }

    /// The plain answer to "how often was it wrong?".
    private func wrong(_ card: ModelCard) -> QualityFigure {
        let mistakes = TestMistakes(card)
        return QualityFigure(
            speech.t("quality.wrong"), speech.percent(1 - card.accuracy, digits: 1),
            note: speech.t(
                "quality.wrong_note",
                [
                    "wrong": words.number(mistakes.wrong), "rows": words.number(mistakes.rows),
                    "date": words.day(ZoneCalendar.label(of: card.cutOffs.test)),
                ]))
    }

    private func counts(_ report: HorizonReport, _ run: StoredRun) -> Tiles {
        let asOf = AsOf(speech.t("status.day", ["date": lastDay(run)]))
        var tiles = RiskLevel.allCases.map { level in
            Tile(
                label: speech.t("tile.\(level.rawValue)"), figure: .value(words.number(report.counts.count(level))),
                href: paths.churn(ChurnFilter(horizon: horizon, band: level)), asOf: asOf,
                formula: speech.t(report.state == .fallback ? "formula.rule" : "formula.band"))
        }
        if speech.hasAmounts, let value = report.valueAtRiskMinor {
            tiles.append(
                Tile(
                    label: speech.t("tile.value"), figure: .value(speech.money(value)), asOf: asOf,
                    formula: speech.t("formula.value")))
        }
        return Tiles(tiles)
    }

    /// Rank bands, where most customers fall in one band by probability: each with its own list.
    private func rankNote(_ report: HorizonReport) -> SafeHTML {
        let total = report.counts.total
        let counts = RankBand.allCases.map { ($0.rawValue, words.number($0.places(of: total).count)) }
        return Alert(
            .info, title: speech.t("rank.title"),
            text: speech.t("rank.text", Dictionary(uniqueKeysWithValues: counts)),
            actions: RankBand.allCases.map { rank in
                Link(
                    speech.t("rank.\(rank.rawValue)"),
                    paths.churn(ChurnFilter(horizon: horizon, sort: .risk, rank: rank)) + "#churn")
            }
        ).html
    }

    private func filters(_ rows: ChurnRows) -> SafeHTML {
        let filter = rows.filter
        return HTMLWriter.build { html in
            html.raw("<form class=\"filters\" method=\"get\"")
            html.attribute("action", paths.index)
            html.raw("><input type=\"hidden\" name=\"tab\" value=\"churn\"><input type=\"hidden\" name=\"horizon\"")
            html.attribute("value", horizon.timeframe)
            html.raw(">")
            select(
                "band", speech.t("filter.band"), chosen: filter.band?.rawValue ?? "",
                [("", speech.t("filter.all_bands"))]
                    + RiskLevel.allCases.map { ($0.rawValue, words.t("shell.band.\($0.rawValue)")) }, &html)
            select(
                "segment", speech.t("filter.segment"), chosen: filter.segmentID ?? "",
                [("", speech.t("filter.all_segments"))]
                    + (overview.published?.segments ?? []).map { ($0.id, speech.name($0.name)) }
                    + rules.map { ($0.id, $0.name) }, &html)
            if report?.offersRankBands ?? false || filter.rank != nil {
                select(
                    "rank", speech.t("filter.rank"), chosen: filter.rank?.rawValue ?? "",
                    [("", speech.t("filter.all_bands"))]
                        + RankBand.allCases.map { ($0.rawValue, speech.t("rank.\($0.rawValue)")) }, &html)
            }
            select(
                "sort", speech.t("filter.sort"), chosen: filter.sort.rawValue,
                ScoreQuery.Order.allCases.map { ($0.rawValue, speech.t("filter.sort_\($0.rawValue)")) }, &html)
            html.raw("<button class=\"button\" type=\"submit\">")
            html.text(speech.t("filter.apply"))
            html.raw("</button>")
            if !filter.isEmpty || rows.cut != nil {
                html.link(paths.tab(.churn, horizon), text: speech.t("filter.clear"), class: "link-button")
            }
            html.raw("</form>")
        }
    }

    private func select(
        _ name: String, _ label: String, chosen: String, _ options: [(value: String, title: String)],
        _ html: inout HTMLWriter
    ) {
        html.raw("<label class=\"field\"><span>")
        html.text(label)
        html.raw("</span><select class=\"input\"")
        html.attribute("name", name)
        html.raw(">")
        for option in options {
            html.raw("<option")
            html.attribute("value", option.value)
            html.attribute("selected", if: option.value == chosen)
            html.raw(">")
            html.text(option.title)
            html.raw("</option>")
        }
        html.raw("</select></label>")
    }
}
