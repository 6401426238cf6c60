import Customers
import Web

extension ChurnRows {
    /// Without the column of changes where nobody was scored before, and that of campaigns where nobody was in one.
    fileprivate func shown<Item>(_ items: [Item]) -> [Item] {
        items.enumerated().filter { place, _ in
            switch place {
            case 2: !former.isEmpty
            case 7: !contacts.isEmpty
            default: true
            }
        }.map(\.element)
    }
}

/// Who is likely to leave, why, and what is at stake: a line a customer.
extension EyesPageBuilder {
    func churnTable(
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
            columns: rows.shown([
                TableColumn(speech.t("column.customer")),
                TableColumn(speech.t(hasProbabilities ? "column.probability" : "column.overdue"), .end),
                TableColumn(speech.t("column.change"), .end),
                TableColumn(speech.t("column.reasons"), wraps: true), TableColumn(speech.t("column.at_risk"), .end),
                TableColumn(speech.t("column.last_order"), .end),
                TableColumn(speech.t("column.consent"), shrinks: true),
                TableColumn(speech.t("column.contact"), shrinks: true),
            ]), rows: rows.scores.map { rows.shown(row($0, rows, run)) }, empty: empty.html,
            footer: TableFooter(
                from: rows.from + 1, to: rows.from + rows.scores.count, total: .exact(rows.total),
                previousHref: rows.from > 0 ? paths.churn(rows.filter, cut: rows.cut) : nil,
                nextHref: rows.nextCursor.map { paths.churn(rows.filter, cut: rows.cut, cursor: $0) },
                csvHref: mayExport ? paths.export(ListQuery(filter: rows.filter, cut: rows.cut), .csv) : nil),
            compact: true, wide: true)
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
