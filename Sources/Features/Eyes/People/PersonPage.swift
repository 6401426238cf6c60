import Customers
import Foundation
import Learning
import Tenancy
import Web

/// One customer as EYES sees them: the chance on each horizon, what it is made of, how it went from run to run, and where
/// it was used. Pure.
struct PersonPage {
    let person: EyesPerson
    let id: String
    let speech: EyesSpeech
    let paths: EyesPaths
    let now: Date
    let mayAsk: Bool
    let mayDecide: Bool

    var words: Localizer { speech.words }
    var run: StoredRun { person.findings.published.run }
    var name: String { person.findings.badge?.name ?? speech.t("table.unknown_person") }
    private var mayBeUsed: Bool { person.findings.badge?.mayBeUsed(at: now) ?? false }

    var page: EyesDetailPage {
        EyesDetailPage(
            title: title, subtitle: subtitle,
            crumbs: Crumbs(
                [
                    Link(speech.t("crumb.eyes"), paths.index),
                    Link(speech.t("tabs.churn"), paths.tab(.churn, leading?.horizon ?? .days90)),
                ], current: name
            ).html,
            main: acts + (mayBeUsed ? figures : .empty) + review + used + consents + timeline)
    }

    /// The horizon to speak of first, and its score.
    private var leading: (horizon: Horizon, score: HorizonScore)? {
        guard mayBeUsed, let stored = person.findings.score,
            let horizon = EyesSummary.leading(run.result.horizons)?.horizon, let score = stored.score(horizon)
        else { return nil }
        return (horizon, score)
    }

    private var title: String {
        guard mayBeUsed else { return speech.t("person.title_no_consent", ["name": name]) }
        guard let leading else { return speech.t("person.title_no_score", ["name": name]) }
        guard let probability = leading.score.probability else {
            return speech.t(
                "person.title_rule",
                ["name": name, "band": words.t("shell.band.\(leading.score.level.rawValue)").lowercased()])
        }
        return speech.t(
            "person.title",
            ["name": name, "share": speech.percent(probability), "days": speech.days(leading.horizon)])
    }

    private var subtitle: String {
        if !mayBeUsed { return speech.t("customer.no_consent") }
        let date = words.day(ZoneCalendar.label(of: run.result.asOfDay - 1))
        guard person.findings.score != nil else {
            return speech.t(person.findings.member == nil ? "customer.not_in_run" : "customer.lapsed")
        }
        return speech.t("person.subtitle", ["date": date])
    }

    private var acts: SafeHTML {
        HTMLWriter.build { html in
            html.raw("<div class=\"button-row\">")
            html.link(paths.profile(id), text: speech.t("person.profile"), class: "button")
            html.link("#review", text: speech.t("review.heading"), class: "link-button")
            html.raw("</div>")
        }
    }

    // MARK: Figures

    private var figures: SafeHTML {
        guard let stored = person.findings.score else { return membership }
        return CustomerSectionBuilder(findings: person.findings, speech: speech, paths: paths, now: now)
            .scores(stored, isPage: true, showsChange: true) + sums(stored).html(words) + history + membership
    }

    /// Why in this segment and not in the next one.
    private var membership: SafeHTML {
        guard let member = person.findings.member,
            let segment = person.findings.published.segment(number: member.segment)
        else { return .empty }
        return section("person.segment", id: "segment") { html in
            html.raw("<p>")
            html.link(paths.segment(segment.id), text: speech.name(segment.name))
            if let next = member.nextSegment.flatMap(person.findings.published.segment(number:)),
                let distance = member.nextDistance
            {
                html.text(
                    speech.t(
                        "person.distance",
                        [
                            "own": words.number(member.ownDistance, digits: 2), "other": speech.name(next.name),
                            "next": words.number(distance, digits: 2),
                            "features": speech.list(member.features.map(speech.featureInside)),
                        ]))
            }
            html.raw("</p>")
        }
    }

    /// Base, parts and adjustment of each horizon, their sum, and the chance that it is.
    private func sums(_ stored: StoredScore) -> DataTable {
        let reports = run.result.horizons.filter { stored.score($0.horizon)?.probability != nil }
        let scores = reports.compactMap { stored.score($0.horizon) }
        func row(_ name: String, _ value: (HorizonScore) -> Double) -> [TableCell] {
            [.text(name)] + scores.map { .number(signed(value($0))) }
        }
        var rows = [row(speech.t("person.base")) { $0.base }]
        for (place, group) in ReasonGroup.allCases.enumerated()
        where scores.contains(where: { $0.parts.indices.contains(place) && $0.parts[place] != 0 }) {
            rows.append(
                row(speech.phrase(stored.facts.phrase(group))) {
                    $0.parts.indices.contains(place) ? $0.parts[place] : 0
                })
        }
        if scores.contains(where: { abs($0.adjustment) >= 0.00005 }) {
            rows.append(row(speech.t("person.adjustment")) { $0.adjustment })
        }
        rows.append(row(speech.t("person.sum")) { $0.base + $0.parts.reduce(0, +) + $0.adjustment })
        return DataTable(
            id: "sums", caption: speech.t("person.sums"), note: speech.t("person.sums_note"),
            columns: [TableColumn(speech.t("person.part"), wraps: true)]
                + reports.map { TableColumn(speech.t("horizon.days", ["days": speech.days($0.horizon)]), .end) },
            rows: reports.isEmpty ? [] : rows,
            totals: [.text(speech.t("column.probability"))]
                + scores.map { .number(speech.percent($0.probability ?? 0, digits: 2)) },
            empty: .empty, compact: true, stacks: true)
    }

    private func signed(_ value: Double) -> String {
        words.signed(value, digits: 4)
    }

    // MARK: Over time

    private var history: SafeHTML {
        let table = DataTable(
            id: "history", caption: speech.t("person.history"),
            note: person.past.count < 2 ? speech.t("person.history_one") : nil,
            columns: [TableColumn(speech.t("column.as_of"))]
                + Horizon.allCases.map { TableColumn(speech.t("horizon.days", ["days": speech.days($0)]), .end) },
            rows: person.past.map { past in
                [.rowLink(words.dateTime(past.run.asOf), paths.run(past.run.id), sub: made(past.run))]
                    + Horizon.allCases.map { cell(past.score.score($0)) }
            },
            empty: .empty, compact: true, stacks: true
        ).html(words)
        return chart + table
    }

    private func made(_ run: RunSummary) -> String {
        speech.t("run.title", ["date": words.dateTime(run.createdAt)])
    }

    private func cell(_ score: HorizonScore?) -> TableCell {
        guard let score else { return .none }
        return .html(
            HTMLWriter.build { html in
                if let probability = score.probability { html.text(speech.percent(probability) + " ") }
                Pill.band(speech.band(score.level), words).write(to: &html)
            })
    }

    /// From three runs on a shape can be seen.
    private var chart: SafeHTML {
        let past = person.past.reversed()
        guard past.count >= 3 else { return .empty }
        let series = Horizon.allCases.map { horizon in
            LineSeries(
                speech.t("horizon.days", ["days": speech.days(horizon)]),
                past.map { $0.score.score(horizon)?.probability })
        }
        let words = words
        return LineChart(
            ChartText(
                id: "history-chart", title: speech.t("person.history"), summary: speech.t("person.history_summary"),
                x: speech.t("column.as_of"), y: speech.t("column.probability")),
            labels: past.map { words.date($0.run.asOf) }, series: series,
            format: { words.percent($0, digits: 0) }
        ).html(words)
    }

    func section(_ key: String, id: String, _ body: (inout HTMLWriter) -> Void) -> SafeHTML {
        HTMLWriter.build { html in
            html.raw("<section class=\"stack near\"")
            html.attribute("id", id)
            html.raw("><div class=\"section-head\"><h2>")
            html.text(speech.t(key))
            html.raw("</h2></div>")
            body(&html)
            html.raw("</section>")
        }
    }
}
