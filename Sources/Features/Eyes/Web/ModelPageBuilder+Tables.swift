import Learning
import Web

/// The tables of a model's card.
extension ModelPageBuilder {
    var decisions: DataTable {
        let rate = Double(card.classes.testLeavers) / Double(max(card.classes.testRows, 1))
        let isLopsided = rate > 0.95 || rate < 0.05
        return DataTable(
            id: "decisions", caption: speech.t("table.decisions"),
            note: isLopsided ? speech.t("model.lopsided") : nil,
            columns: [TableColumn(speech.t("column.figure")), TableColumn(speech.t("column.value"), .end)],
            rows: [
                (speech.t("model.precision"), speech.percent(card.precision, digits: 1)),
                (speech.t("model.recall"), speech.percent(card.recall, digits: 1)),
                (speech.t("model.f1"), speech.auc(card.f1)),
                (speech.t("model.accuracy"), speech.percent(card.accuracy, digits: 1)),
                (speech.t("model.log_loss"), speech.auc(card.logLoss)),
                (speech.t("model.ece"), speech.percent(card.ece, digits: 1)),
                (
                    speech.t("model.ece_after"),
                    report.serving?.calibrationError.map { speech.percent($0, digits: 1) } ?? "\u{2013}"
                ),
                (speech.t("model.leavers_test"), speech.percent(rate, digits: 1)),
                (
                    speech.t("model.leavers_training"),
                    speech.percent(
                        Double(card.classes.trainingLeavers) / Double(max(card.classes.trainingRows, 1)), digits: 1)
                ),
                (speech.t("model.monotone"), speech.percent(card.monotoneChangedShare, digits: 1)),
            ].map { [.text($0.0), .number($0.1)] }, compact: true)
    }

    var candidates: DataTable {
        DataTable(
            id: "candidates", caption: speech.t("table.candidates"), note: speech.t("table.candidates_note"),
            columns: [
                TableColumn(speech.t("column.candidate")), TableColumn(speech.t("model.log_loss"), .end),
                TableColumn(speech.t("column.standard_error"), .end), TableColumn(speech.t("column.verdict")),
            ],
            rows: card.candidates.map { candidate in
                [
                    .text(speech.t("kind.\(candidate.kind.rawValue)")),
                    candidate.logLoss.map { .number(words.number($0, digits: 4)) } ?? .none,
                    candidate.standardError.map { .number(words.number($0, digits: 4)) } ?? .none,
                    .text(
                        speech.t(
                            candidate.chosen
                                ? "candidate.used"
                                : candidate.logLoss == nil ? "candidate.discarded" : "candidate.compared")),
                ]
            }, compact: true, stacks: true)
    }

    /// Why the chances are bent as they are: each method on rows it was not fitted on.
    var calibrations: DataTable {
        DataTable(
            id: "calibrations", caption: speech.t("table.calibrations"), note: speech.t("table.calibrations_note"),
            columns: [
                TableColumn(speech.t("column.candidate")), TableColumn(speech.t("model.brier"), .end),
                TableColumn(speech.t("column.ece"), .end), TableColumn(speech.t("column.verdict")),
            ],
            rows: (card.calibrationChoice ?? []).map { candidate in
                [
                    .text(speech.t("calibration.\(candidate.method.rawValue)")),
                    .number(words.number(candidate.brier, digits: 4)),
                    .number(speech.percent(candidate.calibrationError, digits: 1)),
                    .text(
                        speech.t(
                            candidate.method == card.calibrationMethod ? "candidate.used" : "candidate.compared")),
                ]
            }, empty: .empty, compact: true, stacks: true)
    }

    /// Who the model is about, and who it is not.
    var population: DataTable {
        let population = card.population
        let lines = [
            ("used", population.used), ("buyers", population.buyers), ("active", population.active),
            ("lapsed", population.lapsed), ("gone", population.gone), ("none", population.noActivity),
        ]
        return DataTable(
            id: "population", caption: speech.t("table.population"),
            columns: [TableColumn(speech.t("column.who")), TableColumn(speech.t("column.count"), .end)],
            rows: lines.map { [.text(speech.t("population.\($0.0)")), .number(words.number($0.1))] }, compact: true)
    }

    /// What a reader should know before any figure.
    var warnings: SafeHTML {
        guard card.monotoneChangedShare > ModelCard.monotoneWarning else { return .empty }
        return Alert(
            .warn,
            title: speech.t(
                "model.monotone_warning", ["share": speech.percent(card.monotoneChangedShare, digits: 1)])
        ).html
    }

    private func featuresNote(_ key: String, _ features: [Feature]) -> String {
        features.isEmpty
            ? "" : " " + speech.t("table.features_\(key)", ["features": speech.list(features.map(speech.feature))])
    }

    var features: DataTable {
        DataTable(
            id: "features", caption: speech.t("table.features"),
            note: speech.t("table.features_note") + featuresNote("dropped", card.droppedFeatures)
                + featuresNote("absent", card.absentFeatures ?? []),
            columns: [
                TableColumn(speech.t("column.feature")), TableColumn(speech.t("column.weight"), .end),
                TableColumn(speech.t("column.direction")),
            ],
            rows: card.features.map {
                [
                    .text(speech.feature($0.feature)), .number(speech.part($0.weight)),
                    .text(speech.t("direction.\($0.direction)")),
                ]
            }, compact: true)
    }

    var segmentTable: DataTable {
        DataTable(
            id: "accuracy", caption: speech.t("table.segment_accuracy"),
            columns: [
                TableColumn(speech.t("column.segment")), TableColumn(speech.t("column.count"), .end),
                TableColumn(speech.t("model.predicted"), .end), TableColumn(speech.t("model.observed"), .end),
                TableColumn(speech.t("model.accuracy"), .end),
            ],
            rows: card.segments.map { line in
                let segment = segments.first { $0.number == line.segment }
                return [
                    .text(segment.map { speech.name($0.name) } ?? words.number(line.segment)),
                    .number(words.number(line.count)), .number(speech.percent(line.predicted, digits: 1)),
                    .number(speech.percent(line.observed, digits: 1)),
                    .number(speech.percent(line.accuracy, digits: 1)),
                ]
            },
            empty: EmptyState(.nothing, title: speech.t("model.no_segments"), text: "").html, compact: true,
            stacks: true)
    }

    var drift: DataTable { driftTable("drift", speech.t("table.drift"), card.drift) }

    /// Against the customers of the run before; nothing on a first run.
    var driftSinceLastRun: SafeHTML {
        guard let drift = card.driftSinceLastRun, !drift.isEmpty else {
            return HTMLWriter.build { html in
                html.element("p", class: "soft", text: speech.t("model.no_last_run"))
            }
        }
        return driftTable("drift-last", speech.t("table.drift_last"), drift).html(words)
    }

    private func driftTable(_ id: String, _ caption: String, _ drift: [FeatureDrift]) -> DataTable {
        let moved = drift.filter { $0.psi > FeatureDrift.warning }.map { speech.feature($0.feature) }
        return DataTable(
            id: id, caption: caption,
            note: moved.isEmpty
                ? speech.t("model.no_drift") : speech.t("model.drifted", ["features": speech.list(moved)]),
            columns: [
                TableColumn(speech.t("column.feature")), TableColumn(speech.t("column.psi"), .end),
                TableColumn(speech.t("column.verdict")),
            ],
            rows: drift.sorted { $0.psi > $1.psi }.map {
                [
                    .text(speech.feature($0.feature)), .number(words.number($0.psi, digits: 3)),
                    .text(speech.t($0.psi > FeatureDrift.warning ? "model.moved" : "model.steady")),
                ]
            }, compact: true)
    }

    var needs: DataTable {
        DataTable(
            id: "needs", caption: speech.t("table.needs"),
            columns: [
                TableColumn(speech.t("column.need")), TableColumn(speech.t("column.have"), .end),
                TableColumn(speech.t("column.needed"), .end),
            ],
            rows: card.minimumData.map {
                [.text(speech.t("need.\($0.key)")), .number(words.number($0.have)), .number(words.number($0.need))]
            }, compact: true)
    }
}
