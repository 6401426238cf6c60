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
                parts + filters(rows) + table(rows, report, run, mayExport: mayExport).html(words)
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
                QualityFigure(
                    speech.t("quality.tested_on"), words.number(card.classes.testRows),
                    note: speech.t(
                        "quality.tested_from", ["date": words.day(ZoneCalendar.label(of: card.cutOffs.test))])),
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

    private func counts(_ report: HorizonReport, _ run: StoredRun) -> Tiles {
        let asOf = AsOf(speech.t("status.day", ["date": lastDay(run)]))
        var tiles = RiskLevel.allCases.map { level in
            Tile(
                label: speech.t("tile.\(level.rawValue)"), figure: .value(words.number(report.counts.count(level))),
                href: paths.churn(ChurnFilter(horizon: horizon, band: level)), asOf: asOf,
                formula: speech.t(report.state == .fallback ? "formula.rule" : "formula.band"))
        }
        if let value = report.valueAtRiskMinor {
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

    // MARK: Table

    private func table(
        _ rows: ChurnRows, _ report: HorizonReport, _ run: StoredRun, mayExport: Bool
    ) -> DataTable {
        let hasProbabilities = report.state.hasProbabilities
        let empty = EmptyState(
            .nothing, title: speech.t("empty.no_match"), text: speech.t("empty.no_match_text"),
            primary: Link(speech.t("filter.clear"), paths.tab(.churn, horizon)))
        return DataTable(
            id: "churn",
            caption: rows.cut.map { _ in words.t("eyes.table.churn_cut", count: rows.total) }
                ?? speech.t("table.churn"),
            note: churnNote(report),
            columns: [
                TableColumn(speech.t("column.customer")),
                TableColumn(speech.t(hasProbabilities ? "column.probability" : "column.overdue"), .end),
                TableColumn(speech.t("column.change"), .end),
                TableColumn(speech.t("column.reasons"), wraps: true), TableColumn(speech.t("column.at_risk"), .end),
                TableColumn(speech.t("column.last_order"), .end),
                TableColumn(speech.t("column.consent"), shrinks: true),
                TableColumn(speech.t("column.contact"), shrinks: true),
            ], rows: rows.scores.map { row($0, rows, run) }, empty: empty.html,
            footer: TableFooter(
                from: rows.from + 1, to: rows.from + rows.scores.count, total: .exact(rows.total),
                previousHref: rows.from > 0 ? paths.churn(rows.filter, cut: rows.cut) : nil,
                nextHref: rows.nextCursor.map { paths.churn(rows.filter, cut: rows.cut, cursor: $0) },
                csvHref: mayExport ? paths.export(ListQuery(filter: rows.filter, cut: rows.cut), .csv) : nil),
            compact: true,
            wide: true)
    }

    private func row(_ stored: StoredScore, _ rows: ChurnRows, _ run: StoredRun) -> [TableCell] {
        let badge = rows.badges[stored.customerID]
        let name = badge?.name ?? speech.t("table.unknown_person")
        guard let score = stored.score(horizon), badge?.mayBeUsed(at: rows.now) ?? false else {
            return [
                .rowLink(name, paths.customer(stored.customerID)), .none, .none,
                .text(speech.t("table.consent_lost")), .none, .none, consent(badge), .none,
            ]
        }
        let lastOrder = ZoneCalendar.label(of: run.result.asOfDay - Int(stored.facts.recencyDays))
        return [
            .rowLink(name, paths.customer(stored.customerID)),
            .html(risk(stored, score)), change(stored, score, rows),
            .html(EyesReasons(speech).short(stored, score)),
            score.valueAtRiskMinor.map { .money(speech.money($0)) } ?? .none,
            .time(words.day(lastOrder), iso: lastOrder), consent(badge), contact(rows.contacts[stored.customerID]),
        ]
    }

    /// Since the run before: "+6 points", and the band where it was another one.
    private func change(_ stored: StoredScore, _ score: HorizonScore, _ rows: ChurnRows) -> TableCell {
        guard let former = rows.former[stored.customerID]?.score(horizon) else { return .none }
        let change = ScoreChange(score, since: former)
        let points = speech.points(change)
        return change.formerLevel.map { .two(points, sub: speech.was($0)) } ?? .number(points)
    }

    /// The campaign somebody was written to or held out by.
    private func contact(_ person: CampaignPerson?) -> TableCell {
        guard let person, let at = person.contactedAt else { return .none }
        return .two(speech.t(person.held ? "contact.held" : "contact.treated"), sub: words.date(at))
    }

    /// "77% High"; under a rule how many times the usual gap has passed.
    private func risk(_ stored: StoredScore, _ score: HorizonScore) -> SafeHTML {
        HTMLWriter.build { html in
            html.text(score.probability.map { speech.percent($0) } ?? words.number(stored.overdue, digits: 1))
            html.raw(" ")
            Pill.band(speech.band(score.level), words).write(to: &html)
        }
    }

    /// How many are expected to leave, and how to read the table.
    private func churnNote(_ report: HorizonReport) -> String {
        guard let leavers = report.expectedLeavers, let mean = report.meanRisk else {
            return speech.t("state.fallback")
        }
        return speech.t(
            "table.churn_note",
            [
                "leavers": words.number(Int(leavers.rounded())), "active": words.number(report.counts.total),
                "share": speech.percent(mean),
            ])
    }

    private func consent(_ badge: CustomerBadge?) -> TableCell {
        guard let badge else { return .none }
        return .pill(.consent(badge.consentMark, words))
    }
}
