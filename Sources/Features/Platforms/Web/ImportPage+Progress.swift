import Customers
import Foundation
import Jobs
import Web

extension ImportPage {
    /// The job is at work, or waits its turn.
    init(progress record: ImportRecord, job: Job?, frame: ImportFrame) {
        self.init(frame: frame)
        title = frame.words.t(
            record.state == .undoing ? "imports.progress.undoing" : "imports.progress.title",
            ["file": record.fileName])
        stream = frame.base + "/stream"
        progress = ImportProgress(record: record, job: job, frame: frame).html
        refresh = 3
    }

    /// It is over.
    init(result record: ImportRecord, problems: [RowProblem], state: DataState, home: String, frame: ImportFrame) {
        self.init(frame: frame)
        let words = frame.words
        let view = ResultView(record: record, words: words)
        title =
            record.state == .undone
            ? words.t("imports.result.undone")
            : words.t("imports.result.title" + record.mapping.template.suffix, count: record.counts.new)
        result = view.terms()
        alerts = view.alerts()
        if !problems.isEmpty {
            let note =
                record.counts.quarantined > problems.count
                ? words.t("imports.result.first", ["n": words.number(problems.count)]) : nil
            self.problems = ProblemTable(words: words).html(
                problems, caption: words.t("imports.result.problems", count: record.counts.quarantined), note: note)
            problemsHref = frame.base + "/errors.csv"
        }
        nextHref = record.state == .finished ? home : nil
        undoAction = record.state == .finished ? frame.base + "/undo" : nil
    }
}

/// The stages of an import with what has been done, as one fragment that is replaced in place.
struct ImportProgress {
    let record: ImportRecord
    let job: Job?
    let frame: ImportFrame

    var html: SafeHTML {
        let words = frame.words
        let names = record.state == .undoing ? UndoImportJob.stages : ImportJob.stages
        let current = job?.progress.stage ?? ""
        let place = names.firstIndex(of: current) ?? 0
        let stages = names.enumerated().map { index, name -> Stage in
            let state: Stage.State = index < place ? .done : index == place ? .current : .waiting
            return Stage(
                words.t("imports.stage.\(name)"), state, figures: index == place ? figures(words) : nil,
                share: index == place ? share : nil)
        }
        return StageList(id: "import-progress", stages, note: note(words)).html(words)
    }

    private func figures(_ words: Localizer) -> String? {
        guard let progress = job?.progress, progress.rowsDone > 0 else { return nil }
        guard let expected = progress.rowsExpected, expected > progress.rowsDone else {
            return words.t("imports.progress.rows", count: progress.rowsDone)
        }
        return words.t(
            "imports.progress.rows_of",
            [
                "n": words.number(progress.rowsDone), "of": words.number(expected),
            ])
    }

    private var share: Double? {
        guard let progress = job?.progress, let expected = progress.rowsExpected, expected > 0 else { return nil }
        return min(1, Double(progress.rowsDone) / Double(expected))
    }

    private func note(_ words: Localizer) -> String {
        if job?.error == JobErrorKey.database { return words.t("imports.progress.database") }
        guard let last = job?.lastDuration else { return words.t("imports.progress.leave") }
        return words.t("imports.progress.last", ["time": words.duration(seconds: last)])
    }
}

/// What an import brought.
private struct ResultView {
    let record: ImportRecord
    let words: Localizer

    func terms() -> SafeHTML {
        let counts = record.counts
        var items: [Terms.Item] = [
            .init(words.t("imports.result.rows"), words.number(counts.rows)),
            .init(
                words.t("imports.table.rows_are"),
                words.t("imports.template.\(record.mapping.template.rawValue)")),
            .init(words.t("imports.result.new"), words.number(counts.new)),
            .init(words.t("imports.result.updated"), words.number(counts.updated)),
            .init(words.t("imports.result.unchanged"), words.number(counts.unchanged)),
            .init(words.t("imports.result.left_out"), words.number(counts.quarantined)),
        ]
        if record.mapping.template.namesPeople, record.mapping.template != .customers {
            items.append(.init(words.t("imports.result.customers_new"), words.number(counts.customersNew)))
        }
        if record.mapping.template.hasConsent {
            items.append(.init(words.t("imports.result.consents_new"), words.number(counts.consentsNew)))
        }
        if counts.consentsKeptOut > 0 {
            items.append(.init(words.t("imports.result.kept_out"), words.number(counts.consentsKeptOut)))
        }
        if let further = counts.further {
            items.append(.init(words.t("imports.check.further"), words.number(further)))
        }
        if counts.repeated > 0 { items.append(.init(words.t("imports.check.repeated"), words.number(counts.repeated))) }
        if let start = record.startedAt, let end = record.finishedAt, end >= start {
            items.append(.init(words.t("imports.result.took"), words.duration(seconds: end.timeIntervalSince(start))))
        }
        if let statement = record.statement {
            items.append(
                .init(
                    words.t("imports.result.statement"),
                    words.t(
                        "imports.result.statement_text",
                        [
                            "name": record.uploadedByName ?? "–", "until": words.date(statement.expiresAt),
                            "version": statement.wordingVersion,
                        ])))
        }
        return Terms(items, across: true).html
    }

    func alerts() -> SafeHTML? {
        var alerts: [Alert] = []
        if record.counts.cardNumbers > 0 {
            alerts.append(
                Alert(
                    .warn, title: words.t("imports.result.cards", count: record.counts.cardNumbers),
                    text: words.t("imports.result.cards_text")))
        }
        if record.state == .finished, record.mapping.template.hasConsent, record.statement == nil,
            record.mapping[.consentPurpose] == nil
        {
            alerts.append(
                Alert(
                    .info, title: words.t("imports.result.no_consent"), text: words.t("imports.result.no_consent_text"))
            )
        }
        if record.state == .finished, record.counts.new + record.counts.updated == 0, record.counts.rows > 0 {
            alerts.append(
                Alert(
                    .info, title: words.t("imports.result.nothing_new"),
                    text: words.t("imports.result.nothing_new_text")))
        }
        return alerts.isEmpty ? nil : alerts.map(\.html).reduce(.empty, +)
    }
}
