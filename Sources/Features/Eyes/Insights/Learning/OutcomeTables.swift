import Web

/// A closed window on the page: per tenth and per segment, what was predicted and what came.
struct OutcomeTables {
    let outcome: Outcome
    let published: PublishedRun
    let speech: EyesSpeech
    let paths: EyesPaths

    private var words: Localizer { speech.words }

    var html: SafeHTML {
        table("outcome-tenths", speech.t("outcome.tenths"), note, outcome.tenths) {
            speech.t("outcome.tenth", ["n": $0.key])
        }
            + table("outcome-bands", speech.t("outcome.bands"), nil, outcome.bands.filter { $0.count > 0 }) {
                words.t("shell.band.\($0.key)")
            }
            + table("outcome-segments", speech.t("outcome.segments"), nil, outcome.segments) { group in
                published.segment(id: group.key).map { speech.name($0.name) } ?? speech.t("outcome.former_segment")
            }
    }

    private var note: String {
        speech.t(
            "outcome.note",
            [
                "from": words.day(ZoneCalendar.label(of: outcome.asOfDay)),
                "to": words.day(ZoneCalendar.label(of: outcome.closedDay - 1)),
                "checked": words.number(outcome.all.count), "scored": words.number(outcome.scored),
                "auc": outcome.auc.map(speech.auc) ?? "\u{2013}",
            ])
    }

    private func table(
        _ id: String, _ caption: String, _ note: String?, _ groups: [OutcomeGroup], name: (OutcomeGroup) -> String
    ) -> SafeHTML {
        guard !groups.isEmpty else { return .empty }
        return DataTable(
            id: id, caption: caption, note: note,
            columns: [
                TableColumn(speech.t("outcome.column.group")), TableColumn(speech.t("outcome.column.customers"), .end),
                TableColumn(speech.t("outcome.column.predicted"), .end),
                TableColumn(speech.t("outcome.column.left"), .end), TableColumn(speech.t("outcome.column.share"), .end),
                TableColumn(speech.t("outcome.column.verdict")),
            ],
            rows: groups.map { group in
                [
                    .text(name(group)), .number(words.number(group.count)),
                    .number(words.number(group.predicted, digits: 1)), .number(words.number(group.left)),
                    .number(
                        "\(speech.percent(group.share)) (\(speech.percent(group.lower))–\(speech.percent(group.upper)))"
                    ),
                    .text(speech.t(group.isAsPredicted ? "outcome.as_predicted" : "outcome.off")),
                ]
            }, compact: true
        ).html(words)
    }
}
