import Customers
import Web

/// Who is likely to leave, why, and what is at stake: a line a customer.
extension EyesPageBuilder {
    func churnTable(
        _ rows: ChurnRows, _ report: HorizonReport, _ run: StoredRun, mayExport: Bool
    ) -> DataTable {
        let empty = EmptyState(
            .nothing, title: speech.t("empty.no_match"), text: speech.t("empty.no_match_text"),
            primary: Link(speech.t("filter.clear"), paths.tab(.churn, horizon)))
        return DataTable(
            id: "churn",
            caption: rows.cut.map { _ in words.t("eyes.table.churn_cut", count: rows.total) }
                ?? speech.t("table.churn"),
            note: churnNote(report),
            columns: churnColumns(rows, hasProbabilities: report.state.hasProbabilities),
            rows: rows.scores.map { row($0, rows, run) }, empty: empty.html,
            footer: TableFooter(
                from: rows.from + 1, to: rows.from + rows.scores.count, total: .exact(rows.total),
                previousHref: rows.from > 0 ? paths.churn(rows.filter, cut: rows.cut) : nil,
                nextHref: rows.nextCursor.map { paths.churn(rows.filter, cut: rows.cut, cursor: $0) },
                csvHref: mayExport ? paths.export(ListQuery(filter: rows.filter, cut: rows.cut), .csv) : nil),
            compact: true, wide: true, stacks: true)
    }

    /// Without the column of changes where nobody was scored before, and that of campaigns where nobody was in one.
    private func churnColumns(_ rows: ChurnRows, hasProbabilities: Bool) -> [TableColumn] {
        var columns = [
            TableColumn(speech.t("column.customer")),
            TableColumn(speech.t(hasProbabilities ? "column.probability" : "column.overdue"), .end),
        ]
        if !rows.former.isEmpty { columns.append(TableColumn(speech.t("column.change"), .end)) }
        columns += [
            TableColumn(speech.t("column.reasons"), wraps: true), TableColumn(speech.t("column.at_risk"), .end),
            TableColumn(speech.t("column.last_order"), .end), TableColumn(speech.t("column.consent"), shrinks: true),
        ]
        if !rows.contacts.isEmpty { columns.append(TableColumn(speech.t("column.contact"), shrinks: true)) }
        return columns
    }

    /// A cell for each of the columns.
    private func row(_ stored: StoredScore, _ rows: ChurnRows, _ run: StoredRun) -> [TableCell] {
        let badge = rows.badges[stored.customerID]
        let known = badge?.mayBeUsed(at: rows.now) ?? false ? stored.score(horizon) : nil
        var cells: [TableCell] = [
            .rowLink(badge?.name ?? speech.t("table.unknown_person"), paths.customer(stored.customerID)),
            known.map { .html(risk(stored, $0)) } ?? .none,
        ]
        if !rows.former.isEmpty { cells.append(known.map { change(stored, $0, rows) } ?? .none) }
        if let known {
            let lastOrder = ZoneCalendar.label(of: run.result.asOfDay - Int(stored.facts.recencyDays))
            cells += [
                .html(EyesReasons(speech).short(stored, known)),
                speech.spendCell(known.valueAtRiskMinor),
                .time(words.day(lastOrder), iso: lastOrder),
            ]
        } else {
            cells += [.text(speech.t("table.consent_lost")), .none, .none]
        }
        cells.append(consent(badge))
        if !rows.contacts.isEmpty {
            cells.append(known.map { _ in contact(rows.contacts[stored.customerID]) } ?? .none)
        }
        return cells
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
