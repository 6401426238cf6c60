import BSON
import Customers
import Foundation
import Jobs
import Learning
import Web

/// What stands beside a finished run: whether it can be repeated, and how that went.
struct RunRepeating: Sendable {
    var hasInput = false
    /// Newest first.
    var repetitions: [Job] = []
    var mayRun = false
    var mayExport = false
}

extension RunPages {
    func finished(
        _ published: PublishedRun, isShown: Bool, repeating: RunRepeating = RunRepeating()
    ) -> EyesDetailPage {
        let run = published.run
        return EyesDetailPage(
            title: speech.t("run.title", ["date": words.dateTime(run.createdAt)]),
            subtitle: speech.t(isShown ? "run.is_shown" : "run.is_old"), crumbs: crumbs,
            main: again(run, repeating) + models(run).html(words) + people(published).html(words) + stages(published)
                + leftOut(run).html(words) + ConsentWords(ConsentFigures(run.consent)).html(words) + origin(run))
    }

    private func origin(_ run: StoredRun) -> SafeHTML {
        Terms([
            Terms.Item(speech.t("run.id"), run.id), Terms.Item(speech.t("column.as_of"), words.dateTime(run.asOf)),
            Terms.Item(speech.t("run.data_version"), words.number(run.identity.dataVersion)),
            Terms.Item(speech.t("run.seed"), "\(run.identity.seed)"),
            Terms.Item(speech.t("run.snapshot"), run.identity.snapshotHash),
            Terms.Item(speech.t("run.consent_hash"), run.identity.consentHash),
            Terms.Item(speech.t("run.result_hash"), run.resultHash),
            Terms.Item(speech.t("run.code"), run.identity.codeVersion),
            Terms.Item(speech.t("run.config"), run.identity.config.canonical),
            Terms.Item(speech.t("run.duration"), words.duration(seconds: run.attempt.seconds)),
            Terms.Item(speech.t("run.memory"), words.bytes(run.attempt.memoryBytes)),
        ]).html
    }

    // MARK: Counts

    /// Segments, unclustered, gone and without activity: together everybody whose data was used.
    private func people(_ published: PublishedRun) -> DataTable {
        let population = published.run.result.population
        var rows: [[TableCell]] = published.segments.filter { $0.kind != .unclustered }.map {
            [.link(speech.name($0.name), paths.segment($0.id)), .number(words.number($0.size))]
        }
        let unclustered = published.segments.filter { $0.kind == .unclustered }.reduce(0) { $0 + $1.size }
        let grouped = published.segments.reduce(0) { $0 + $1.size }
        var others = [("unclustered", unclustered), ("gone", population.gone), ("no_activity", population.noActivity)]
        if population.buyers > grouped { others.insert(("ungrouped", population.buyers - grouped), at: 0) }
        rows += others.map { [.text(speech.t("run.people.\($0.0)")), .number(words.number($0.1))] }
        let sum = max(grouped, population.buyers) + population.gone + population.noActivity
        return DataTable(
            id: "people", caption: speech.t("run.people.title"),
            note: speech.t(
                "run.people.note",
                ["active": words.number(population.active), "lapsed": words.number(population.lapsed)]),
            columns: [TableColumn(speech.t("column.segment")), TableColumn(speech.t("column.size"), .end)], rows: rows,
            totals: [.text(speech.t("run.people.total")), .number(words.number(sum))], compact: true)
    }

    private func stages(_ published: PublishedRun) -> SafeHTML {
        let list = StageList(
            id: "run-stages",
            EyesStage.allCases.map { stage in
                let took = published.run.attempt.stages?.first { $0.stage == stage }
                let parts = [figures(stage, published), took.map { words.duration(seconds: $0.seconds) }]
                return Stage(
                    speech.stage(stage.rawValue), .done,
                    figures: parts.compactMap { $0 }.joined(separator: " \u{00B7} "))
            })
        return HTMLWriter.build { html in
            html.raw("<section class=\"card\"><h2>")
            html.text(speech.t("run.stages"))
            html.raw("</h2>")
            html.html(list.html(words))
            html.raw("</section>")
        }
    }

    private func figures(_ stage: EyesStage, _ published: PublishedRun) -> String? {
        let run = published.run
        func said(_ key: String, _ figures: [String: Int]) -> String {
            speech.t("run.figures.\(key)", figures.mapValues { words.number($0) })
        }
        switch stage {
        case .loading: return said("loading", ["orders": run.ordersUsed, "events": run.eventsUsed ?? 0])
        case .consent: return said("consent", ["used": run.consent.used, "loaded": run.consent.loaded])
        case .features, .clustering: return said("buyers", ["buyers": run.result.population.buyers])
        case .churn30: return tested(.days30, run)
        case .churn60: return tested(.days60, run)
        case .churn90: return tested(.days90, run)
        case .segments: return said("segments", ["segments": published.segments.count])
        case .insights: return nil
        case .storing:
            let population = run.result.population
            return said("storing", ["rows": population.buyers + population.active])
        }
    }

    private func tested(_ horizon: Horizon, _ run: StoredRun) -> String? {
        guard let card = run.report(horizon)?.card else { return nil }
        return speech.t(
            "run.figures.churn",
            [
                "training": words.number(card.classes.trainingRows), "test": words.number(card.classes.testRows),
            ])
    }

    // MARK: Again

    private func again(_ run: StoredRun, _ repeating: RunRepeating) -> SafeHTML {
        HTMLWriter.build { html in
            html.raw("<section class=\"stack near\" id=\"again\"><div class=\"section-head\"><h2>")
            html.text(speech.t("repeat.heading"))
            html.raw("</h2></div><p>")
            html.text(speech.t(repeating.hasInput ? "repeat.kept" : "repeat.not_kept"))
            html.raw("</p>")
            writeActs(run, repeating, to: &html)
            if !repeating.repetitions.isEmpty { html.html(repetitions(run, repeating.repetitions).html(words)) }
            html.raw("</section>")
        }
    }

    private func writeActs(_ run: StoredRun, _ repeating: RunRepeating, to html: inout HTMLWriter) {
        guard repeating.mayRun || repeating.mayExport && repeating.hasInput else { return }
        html.raw("<div class=\"button-row\">")
        if repeating.mayRun {
            html.raw("<form method=\"post\"")
            html.attribute("action", paths.repeatRun(run.id))
            html.raw("><button class=\"button\" type=\"submit\">")
            html.text(speech.t("repeat.button"))
            html.raw("</button></form>")
        }
        if repeating.mayExport, repeating.hasInput {
            html.link(paths.runInput(run.id), text: speech.t("repeat.input"), class: "link-button")
        }
        html.raw("</div>")
    }

    private func repetitions(_ run: StoredRun, _ jobs: [Job]) -> DataTable {
        DataTable(
            id: "repetitions", caption: speech.t("repeat.table"),
            columns: [
                TableColumn(speech.t("column.started")), TableColumn(speech.t("column.verdict"), wraps: true),
                TableColumn(speech.t("run.result_hash"), wraps: true),
            ],
            rows: jobs.prefix(10).map { job in
                [
                    .rowLink(words.dateTime(job.createdAt), paths.repetition(run.id, job.id)),
                    .text(speech.t("repeat.verdict.\(Self.verdict(job))")),
                    job.result?["repeated_hash"]?.stringValue.map { .text(String($0.prefix(16)) + "\u{2026}") }
                        ?? .none,
                ]
            }, compact: true)
    }
}
