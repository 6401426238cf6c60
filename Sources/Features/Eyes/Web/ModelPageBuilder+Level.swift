import Web

/// How often a model was wrong, and how high its chances are on the whole.
extension ModelPageBuilder {
    // MARK: Mistakes

    var mistakes: DataTable {
        let mistakes = TestMistakes(card)
        func row(_ who: String, _ count: Int, wrong: Int) -> [TableCell] {
            [
                .text(speech.t("model.\(who)")), .number(words.number(count)), .number(words.number(count - wrong)),
                .number(words.number(wrong)),
                count > 0 ? .number(speech.percent(Double(wrong) / Double(count), digits: 1)) : .none,
            ]
        }
        return DataTable(
            id: "mistakes", caption: speech.t("table.mistakes"),
            note: speech.t(
                "table.mistakes_note", ["from": date(card.cutOffs.test), "days": speech.days(card.horizon)]),
            columns: [
                TableColumn(speech.t("column.foretold")), TableColumn(speech.t("column.count"), .end),
                TableColumn(speech.t("column.came_true"), .end), TableColumn(speech.t("column.was_wrong"), .end),
                TableColumn(speech.t("column.wrong_share"), .end),
            ],
            rows: [
                row("foretold_leaves", mistakes.foretoldLeaving, wrong: mistakes.falseAlarms),
                row("foretold_stays", mistakes.foretoldStaying, wrong: mistakes.missed),
            ], totals: row("foretold_all", mistakes.rows, wrong: mistakes.wrong), compact: true, stacks: true)
    }

    // MARK: Level

    /// Where the height of all chances comes from: what closed windows had, and what that did to the test.
    var level: SafeHTML {
        guard let level = card.level else { return .empty }
        return summary(level).html(words) + windows(level, id: "level-windows").html(words) + windowsOfToday
    }

    /// The level of the chances shown today; nil where another model speaks.
    private var levelToday: LevelForecast? {
        report.serving.flatMap { $0.version == card.modelVersion ? $0.level : nil }
    }

    private func summary(_ level: LevelForecast) -> DataTable {
        let came = Double(card.classes.testLeavers) / Double(max(card.classes.testRows, 1))
        var rows = [levelRow("level_test", card.cutOffs.test, level, came: speech.percent(came, digits: 1))]
        if let levelToday {
            rows.append(levelRow("level_today", card.cutOffs.score, levelToday, came: speech.t("model.level_open")))
        }
        return DataTable(
            id: "level", caption: speech.t("table.level"), note: levelNote(level),
            columns: [
                TableColumn(speech.t("column.level_of")), TableColumn(speech.t("column.level_alone"), .end),
                TableColumn(speech.t("column.level_set"), .end), TableColumn(speech.t("column.level_came"), .end),
            ], rows: rows, compact: true, stacks: true)
    }

    private func levelRow(_ key: String, _ day: Int, _ level: LevelForecast, came: String) -> [TableCell] {
        [
            .two(speech.t("model.\(key)"), sub: window(day)), .number(speech.percent(level.before, digits: 1)),
            .number(speech.percent(level.share, digits: 1)), .number(came),
        ]
    }

    /// "2 Apr 1998 – 30 Jun 1998": the days that a window looks at.
    private func window(_ cutOff: Int) -> String {
        "\(date(cutOff)) \u{2013} \(date(cutOff + card.horizon.days - 1))"
    }

    private func levelNote(_ level: LevelForecast) -> String {
        guard !level.windows.isEmpty else { return speech.t("table.level_left") }
        return speech.t(
            "table.level_note",
            [
                "count": words.number(level.windows.count), "after": speech.percent(card.ece, digits: 1),
                "before": card.eceBeforeLevel.map { speech.percent($0, digits: 1) } ?? "\u{2013}",
            ])
    }

    private func windows(_ level: LevelForecast, id: String) -> DataTable {
        DataTable(
            id: id, caption: speech.t("table.level_windows"),
            note: speech.t(
                "table.level_windows_note",
                [
                    "points": words.number(level.spread * 100, digits: 1),
                    "most": words.number(LevelForecaster.mostRows),
                ]),
            columns: [
                TableColumn(speech.t("column.level_window")), TableColumn(speech.t("column.level_drawn"), .end),
                TableColumn(speech.t("model.predicted"), .end), TableColumn(speech.t("model.observed"), .end),
                TableColumn(speech.t("column.level_gap"), .end),
            ],
            rows: level.windows.map { line in
                [
                    .text(window(line.cutOff)), .number(words.number(line.count)),
                    .number(speech.percent(line.fitted, digits: 1)),
                    .number(speech.percent(line.observed, digits: 1)),
                    .number(points(line.observed - line.fitted)),
                ]
            }, empty: .empty, compact: true, stacks: true)
    }

    private func points(_ share: Double) -> String {
        words.signed(share * 100, digits: 1)
    }

    /// Those are one horizon newer than the test's.
    private var windowsOfToday: SafeHTML {
        guard let levelToday, !levelToday.windows.isEmpty else { return .empty }
        return HTMLWriter.build { html in
            html.raw("<details class=\"disclosure\"><summary>")
            html.text(speech.t("model.level_today_windows"))
            html.raw("</summary>")
            windows(levelToday, id: "level-windows-today").write(to: &html, words)
            html.raw("</details>")
        }
    }
}
