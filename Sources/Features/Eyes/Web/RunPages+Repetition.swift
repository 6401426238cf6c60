import BSON
import Jobs
import Web

extension RunPages {
    /// What a repetition has found, as a key of `eyes.repeat.verdict`.
    static func verdict(_ job: Job) -> String {
        guard job.state == .succeeded, let result = job.result else {
            return job.state == .failed || job.state == .cancelled ? "failed" : "running"
        }
        if result["equal"]?.boolValue ?? false { return "equal" }
        if (result["forgotten"]?.intValue ?? 0) > 0 { return "forgotten" }
        if result["same_input"]?.boolValue ?? false { return "different" }
        return result["input"]?.stringValue == "now" ? "other_data" : "other_code"
    }

    /// A repetition under way, or what it found.
    func repetition(_ job: Job, of run: StoredRun) -> EyesDetailPage {
        let verdict = Self.verdict(job)
        return EyesDetailPage(
            title: speech.t("repeat.title.\(verdict)"),
            subtitle: speech.t("repeat.text.\(verdict)", arguments(job, run)),
            crumbs: Crumbs(
                [
                    Link(speech.t("crumb.eyes"), paths.index), Link(speech.t("crumb.runs"), paths.runs),
                    Link(speech.t("crumb.run"), paths.run(run.id)),
                ], current: speech.t("repeat.crumb")
            ).html, main: job.result.map { _ in comparison(job, run).html(words) } ?? .empty)
    }

    private func arguments(_ job: Job, _ run: StoredRun) -> [String: String] {
        [
            "then": run.identity.codeVersion, "now": job.result?["code_version"]?.stringValue ?? Eyes.codeVersion,
            "count": words.number(job.result?["forgotten"]?.intValue ?? 0),
            "date": words.dateTime(run.createdAt),
        ]
    }

    private func comparison(_ job: Job, _ run: StoredRun) -> DataTable {
        func text(_ name: String) -> String { job.result?[name]?.stringValue ?? "\u{2013}" }
        func row(_ key: String, _ then: String, _ again: String) -> [TableCell] {
            [
                .text(speech.t(key)), .text(then), .text(again),
                .text(speech.t(then == again ? "repeat.same" : "repeat.differs")),
            ]
        }
        return DataTable(
            id: "comparison", caption: speech.t("repeat.comparison"),
            note: speech.t(
                "repeat.took",
                [
                    "duration": words.duration(seconds: job.result?["seconds"]?.doubleValue ?? 0),
                    "threads": words.number(job.result?["threads"]?.intValue ?? 1),
                ]),
            columns: [
                TableColumn(speech.t("column.figure")), TableColumn(speech.t("repeat.then"), wraps: true),
                TableColumn(speech.t("repeat.again"), wraps: true), TableColumn(speech.t("column.verdict")),
            ],
            rows: [
                row("run.id", run.id, text("repeated_run_id")),
                row("run.result_hash", run.resultHash, text("repeated_hash")),
                row("run.code", run.identity.codeVersion, text("code_version")),
            ], compact: true, stacks: true)
    }
}
