import Customers
import Foundation
import Jobs
import Learning
import Web

/// The history of runs, and one run: finished or under way.
struct RunPages {
    let speech: EyesSpeech
    let paths: EyesPaths

    var words: Localizer { speech.words }

    // MARK: History

    func history(_ runs: [RunSummary], jobs: [Job], published: String?) -> EyesDetailPage {
        EyesDetailPage(
            title: runs.isEmpty ? speech.t("runs.title_none") : words.t("eyes.runs.title", count: runs.count),
            subtitle: runs.count == 1 ? speech.t("runs.need_two") : nil,
            crumbs: Crumbs([Link(speech.t("crumb.eyes"), paths.index)], current: speech.t("crumb.runs")).html,
            main: unfinished(jobs).map { $0.html(words) }.reduce(.empty, +)
                + table(runs, published: published).html(words))
    }

    private func unfinished(_ jobs: [Job]) -> [DataTable] {
        let open = jobs.filter { $0.state != .succeeded }
        guard !open.isEmpty else { return [] }
        return [
            DataTable(
                id: "jobs", caption: speech.t("table.unfinished"),
                columns: [
                    TableColumn(speech.t("column.started")), TableColumn(speech.t("column.state")),
                    TableColumn(speech.t("column.stage")),
                ],
                rows: open.map { job in
                    [
                        .rowLink(words.dateTime(job.createdAt), paths.run(job.id)),
                        .pill(.state(Self.state(job), words)), .text(speech.stage(job.progress.stage)),
                    ]
                }, compact: true)
        ]
    }

    private func table(_ runs: [RunSummary], published: String?) -> DataTable {
        DataTable(
            id: "runs", caption: speech.t("table.runs"),
            columns: [
                TableColumn(speech.t("column.finished")), TableColumn(speech.t("column.as_of")),
                TableColumn(speech.t("column.used"), .end), TableColumn(speech.t("column.grouping")),
                TableColumn(speech.t("quality.silhouette"), .end),
            ] + Horizon.allCases.map { TableColumn(speech.t("column.auc_days", ["days": speech.days($0)]), .end) }
                + [TableColumn(speech.t("column.took"), .end)],
            rows: runs.map { row($0, isPublished: $0.id == published) },
            empty: EmptyState(
                .waiting, title: speech.t("runs.none"), text: speech.t("runs.none_text"),
                primary: Link(speech.t("crumb.eyes"), paths.index)
            ).html, compact: true, wide: true, stacks: true)
    }

    private func row(_ run: RunSummary, isPublished: Bool) -> [TableCell] {
        let clustering = run.result.clustering
        return [
            .rowLink(
                words.dateTime(run.createdAt), paths.run(run.id), sub: isPublished ? speech.t("runs.shown") : nil),
            .text(words.dateTime(run.asOf)), .number(words.number(run.consent.used)),
            .pill(.gate(speech.gate(clustering.state), words)),
            clustering.chosen.map { .number(speech.auc($0.silhouette)) } ?? .none,
        ]
            + Horizon.allCases.map { horizon in
                let report = run.result.horizons.first { $0.horizon == horizon }
                guard let report else { return TableCell.none }
                let gate = words.t("shell.gate.\(speech.gate(report.state).rawValue)")
                return .two(report.card.map { speech.auc($0.auc.estimate) } ?? "\u{2013}", sub: gate)
            } + [.number(words.duration(seconds: run.attempt.seconds))]
    }

    // MARK: A finished run

    func models(_ run: StoredRun) -> DataTable {
        DataTable(
            id: "models", caption: speech.t("table.models"),
            columns: [
                TableColumn(speech.t("column.horizon")), TableColumn(speech.t("column.state")),
                TableColumn(speech.t("quality.auc"), .end), TableColumn(speech.t("quality.baseline"), .end),
                TableColumn(speech.t("column.says"), wraps: true),
            ],
            rows: run.result.horizons.map { report in
                let name = speech.t("horizon.days", ["days": speech.days(report.horizon)])
                return [
                    report.card.map { .rowLink(name, paths.model($0.modelVersion)) } ?? .text(name),
                    .pill(.gate(speech.gate(report.state), words)),
                    report.card.map { .number(speech.auc($0.auc.estimate)) } ?? .none,
                    report.card.map { .number(speech.auc($0.recencyOnly.estimate)) } ?? .none,
                    .text(speech.sentence(report) { words.day(ZoneCalendar.label(of: $0)) }),
                ]
            }, compact: true, stacks: true)
    }

    var crumbs: SafeHTML {
        Crumbs(
            [Link(speech.t("crumb.eyes"), paths.index), Link(speech.t("crumb.runs"), paths.runs)],
            current: speech.t("crumb.run")
        ).html
    }

    // MARK: A run under way, failed or cancelled

    func unfinished(_ job: Job, mayCancel: Bool) -> EyesDetailPage {
        let isOpen = !job.state.isFinal
        var main = stages(job).html(words)
        if job.state == .failed || job.error != nil {
            main =
                Alert(
                    job.state == .failed ? .bad : .warn,
                    title: speech.t(job.state == .failed ? "run.failed" : "run.will_retry"),
                    text: job.error.map { words.has($0) ? words.t($0) : speech.t("run.failed_text") },
                    actions: [Link(speech.t("run.back"), paths.index)]
                ).html + main
        }
        return EyesDetailPage(
            title: speech.t("run.title_\(job.state.rawValue)"), subtitle: speech.t("run.results_stay"), crumbs: crumbs,
            main: main, stream: isOpen ? paths.stream(job.id) : nil,
            cancelAction: isOpen && mayCancel ? paths.cancel(job.id) : nil,
            cancelWords: isOpen ? speech.t("run.cancel") : nil)
    }

    /// The stages with rows and time; the stream sends the same list again and again.
    func stages(_ job: Job) -> StageList {
        let current = job.progress.stageIndex
        let stages = EyesStage.allCases.enumerated().map { index, stage in
            Stage(
                speech.stage(stage.rawValue), state(index, current, job),
                figures: index == current ? figures(job) : nil,
                share: index == current ? share(job.progress) : nil)
        }
        var note = words.t("shell.stages.leave")
        if let last = job.lastDuration {
            note = words.t("shell.stages.lastRun", ["duration": words.duration(seconds: last)]) + " " + note
        }
        return StageList(id: "run-stages", stages, note: note)
    }

    private func state(_ index: Int, _ current: Int, _ job: Job) -> Stage.State {
        if job.state == .succeeded || index < current && job.state != .queued { return .done }
        if job.state == .queued || index > current { return .waiting }
        return job.state == .failed || job.state == .cancelled ? .failed : .current
    }

    private func share(_ progress: JobProgress) -> Double? {
        progress.rowsExpected.flatMap { $0 > 0 ? min(1, Double(progress.rowsDone) / Double($0)) : nil }
    }

    private func figures(_ job: Job) -> String? {
        guard job.progress.rowsDone > 0 else { return nil }
        let done = words.number(job.progress.rowsDone)
        return job.progress.rowsExpected.map {
            words.t("shell.stages.rowsOf", ["done": done, "expected": words.number($0)])
        } ?? words.t("shell.stages.rows", ["done": done])
    }

    static func state(_ job: Job) -> WorkState {
        switch job.state {
        case .queued: .queued
        case .running: .running
        case .succeeded: .done
        case .failed: .failed
        case .cancelled: .cancelled
        }
    }
}
