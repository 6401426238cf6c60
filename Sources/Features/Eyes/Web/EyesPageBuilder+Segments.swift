import Foundation
import Web

extension EyesPageBuilder {
    /// Quality in words, then the table, then the picture, then how each algorithm did.
    func segmentsTab() -> SafeHTML {
        guard let published = overview.published else { return beforeFirstRun }
        let clustering = published.run.result.clustering
        if clustering.state == .notEnoughData {
            return NotEnoughData(
                title: speech.needs(clustering.needs), needs: needs(clustering.needs),
                how: speech.t("how.buyers"), action: Link(speech.t("empty.import"), paths.imports)
            ).html(words)
        }
        return quality(clustering).html + segmentTable(published).html(words) + toRules + scatter(published)
            + algorithms(clustering).html(words)
    }

    private var toRules: SafeHTML {
        HTMLWriter.build { html in
            html.raw("<p>")
            html.link(paths.rules, text: speech.t("rule.many"))
            html.raw("</p>")
        }
    }

    func needs(_ needs: [DataNeed]) -> [Need] {
        needs.map { Need(speech.t("need.\($0.key)"), have: Double($0.have), need: Double($0.need)) }
    }

    private func quality(_ clustering: ClusterReport) -> QualityBox {
        let isAccepted = clustering.state == .accepted
        guard let chosen = clustering.chosen else {
            return QualityBox(
                gate: .gate(.tiers, words), verdict: speech.t("quality.quintiles"),
                because: speech.t("quality.quintiles_because"), figures: [])
        }
        let figures = [
            QualityFigure(
                speech.t("quality.silhouette"), speech.auc(chosen.silhouette),
                note: speech.t("quality.needs_at_least", ["limit": speech.auc(ClusterGate.silhouette)])),
            QualityFigure(
                speech.t("quality.null"), chosen.null.map(speech.auc) ?? "\u{2013}",
                note: speech.t("quality.null_note", ["limit": words.number(ClusterGate.aboveNull, digits: 2)])),
            QualityFigure(
                speech.t("quality.stability"), chosen.stability.map(speech.auc) ?? "\u{2013}",
                note: speech.t("quality.needs_at_least", ["limit": speech.auc(ClusterGate.stability)])),
            QualityFigure(
                speech.t("quality.largest"), speech.percent(chosen.largestShare),
                note: speech.t("quality.at_most", ["limit": speech.percent(ClusterGate.largestShare)])),
            QualityFigure(
                speech.t("quality.plain"),
                speech.t(clustering.plainGate ? "quality.passed" : "quality.not_passed"),
                note: speech.t("quality.plain_note")),
        ]
        let sentence = speech.t(
            isAccepted ? "quality.accepted" : "quality.tiers",
            ["silhouette": speech.auc(chosen.silhouette), "null": chosen.null.map(speech.auc) ?? "\u{2013}"])
        return QualityBox(
            gate: .gate(speech.gate(clustering.state), words), verdict: sentence,
            because: speech.t(
                "quality.method",
                [
                    "algorithm": speech.t("algorithm.\(chosen.algorithm.rawValue)"),
                    "scaling": speech.t("scaling.\(chosen.scaling.rawValue)"), "k": words.number(chosen.k),
                    "features": speech.list(clustering.features.map(speech.featureInside)),
                ]), figures: figures)
    }

    private func segmentTable(_ published: PublishedRun) -> DataTable {
        let columns = [
            TableColumn(speech.t("column.segment")), TableColumn(speech.t("column.size"), .end),
            TableColumn(speech.t("column.share"), .end), TableColumn(speech.t("column.distinguishing"), wraps: true),
            TableColumn(speech.t("column.yearly_value"), .end),
            TableColumn(speech.t("column.churn", ["days": speech.days(horizon)]), .end),
        ]
        let segments = published.segments
        return DataTable(
            id: "segments", caption: speech.t("table.segments"), note: otherPeople(published.run), columns: columns,
            rows: segments.map(segmentRow),
            totals: [
                .text(speech.t("table.total")), .number(words.number(segments.reduce(0) { $0 + $1.size })),
                .number(speech.percent(1)), .none,
                speech.spendCell(segments.reduce(0) { $0 + $1.valueMinor }), .none,
            ], stacks: true)
    }

    private func segmentRow(_ segment: Segment) -> [TableCell] {
        [
            .rowLink(
                speech.name(segment.name), paths.segment(segment.id),
                sub: segment.sizeChange.map { change(of: $0) }),
            .number(words.number(segment.size)), .number(speech.percent(segment.share)),
            .html(features(segment)), speech.spendCell(segment.valueMinor), riskCell(segment),
        ]
    }

    private func change(of size: Int) -> String {
        if size == 0 { return speech.t("table.unchanged") }
        return speech.t(size > 0 ? "table.grown" : "table.shrunk", ["count": words.number(abs(size))])
    }

    private func features(_ segment: Segment) -> SafeHTML {
        HTMLWriter.build { html in
            html.raw("<ul class=\"plain-list\">")
            for top in segment.topFeatures.prefix(3) { html.element("li", text: speech.difference(top)) }
            html.raw("</ul>")
        }
    }

    private func riskCell(_ segment: Segment) -> TableCell {
        guard let risk = segment.churnRisk.first(where: { $0.horizon == horizon }), risk.sampleSize > 0 else {
            return .two(speech.t("table.none_active"), sub: "")
        }
        guard let score = risk.riskScore else {
            return risk.riskLevel.map { .pill(.band(speech.band($0), words)) } ?? .none
        }
        return .html(
            HTMLWriter.build { html in
                html.text(speech.percent(score))
                html.raw(" ")
                if let level = risk.riskLevel { Pill.band(speech.band(level), words).write(to: &html) }
                html.raw("<span class=\"sub\">")
                html.text(speech.t("table.of_active", ["count": words.number(risk.sampleSize)]))
                html.raw("</span>")
            })
    }

    private func otherPeople(_ run: StoredRun) -> String {
        speech.t(
            "table.others",
            [
                "gone": words.number(run.result.population.gone),
                "none": words.number(run.result.population.noActivity),
            ])
    }

    private func scatter(_ published: PublishedRun) -> SafeHTML {
        guard let picture = published.run.result.projection else { return .empty }
        let groups = published.segments.map { segment in
            ScatterGroup(
                speech.name(segment.name),
                picture.segment.indices.filter { picture.segment[$0] == segment.number }
                    .map { (x: picture.x[$0], y: picture.y[$0]) },
                size: words.number(segment.size))
        }
        let explained = picture.explained.reduce(0, +)
        let text = ChartText(
            id: "projection", title: speech.t("projection.title"),
            summary: speech.t(
                "projection.summary",
                ["points": words.number(picture.x.count), "share": speech.percent(explained)]),
            x: speech.t("projection.first"), y: speech.t("projection.second"))
        return ScatterChart(text, groups: groups, note: speech.t("projection.note")).html(words)
    }

    /// One line for each algorithm: its best candidate and what became of it.
    func algorithms(_ clustering: ClusterReport) -> DataTable {
        DataTable(
            id: "algorithms", caption: speech.t("table.algorithms"), note: speech.t("table.algorithms_note"),
            columns: [
                TableColumn(speech.t("column.algorithm")), TableColumn(speech.t("column.groups"), .end),
                TableColumn(speech.t("quality.silhouette"), .end), TableColumn(speech.t("quality.null"), .end),
                TableColumn(speech.t("quality.stability"), .end), TableColumn(speech.t("quality.largest"), .end),
                TableColumn(speech.t("column.smallest"), .end), TableColumn(speech.t("column.verdict"), wraps: true),
            ],
            rows: ClusterAlgorithm.allCases.map { algorithm in
                clustering.best.first { $0.algorithm == algorithm }.map { algorithmRow($0, clustering) }
                    ?? [
                        .text(speech.t("algorithm.\(algorithm.rawValue)")), .none, .none, .none, .none, .none, .none,
                        .text(speech.t("candidate.none")),
                    ]
            }, compact: true, stacks: true)
    }

    private func algorithmRow(_ candidate: ClusterCandidate, _ clustering: ClusterReport) -> [TableCell] {
        let failed = ClusterGate.failures(of: candidate)
        let verdict: String
        if candidate == clustering.chosen {
            verdict = speech.t(clustering.state == .accepted ? "candidate.chosen" : "candidate.offered")
        } else if failed.isEmpty {
            verdict = speech.t("candidate.passed")
        } else {
            verdict = speech.t(
                "candidate.failed", ["conditions": speech.list(failed.map { speech.t("condition.\($0.rawValue)") })])
        }
        return [
            .two(
                speech.t("algorithm.\(candidate.algorithm.rawValue)"),
                sub: speech.t("scaling.\(candidate.scaling.rawValue)")),
            .number(words.number(candidate.k)), .number(speech.auc(candidate.silhouette)),
            candidate.null.map { .number(speech.auc($0)) } ?? .none,
            candidate.stability.map { .number(speech.auc($0)) } ?? .none,
            .number(speech.percent(candidate.largestShare)), .number(speech.percent(candidate.smallestShare)),
            .text(verdict),
        ]
    }
}
