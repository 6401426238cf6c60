import Web

/// The sentences with gaps: one a condition, groups of them, and a place for the next.
extension RuleBuilderPage {
    func write(_ group: RuleForm.Group, prefix: String, legend: String, to html: inout HTMLWriter) {
        html.raw("<fieldset class=\"field sentences\"><legend>")
        html.text(legend)
        html.raw("</legend>")
        if !prefix.isEmpty || group.lines.count + form.groups.count > 1 {
            select(
                prefix + "match", t("match_label"),
                RuleMatch.allCases.map { ($0.rawValue, t("match.\($0.rawValue)")) }, group.match.rawValue, &html)
        } else {
            hidden(prefix + "match", group.match.rawValue, &html)
        }
        for (place, line) in group.lines.enumerated() {
            let problemPath =
                prefix.isEmpty ? "conditions.\(place)" : "groups.\(prefix.dropFirst().dropLast()).conditions.\(place)"
            write(line, path: "\(prefix)c\(place).", problemPath: problemPath, to: &html)
        }
        if form.lineCount < Rule.mostConditions {
            html.raw("<div class=\"sentence\">")
            selectField(prefix + "new", t("add_label"), &html)
            button("add." + prefix.dropLast(), t("add"), &html)
            if !prefix.isEmpty { button("drop." + prefix.dropLast(), t("drop_group"), &html) }
            html.raw("</div>")
        }
        html.raw("</fieldset>")
    }

    func writeNewGroup(to html: inout HTMLWriter) {
        html.raw("<fieldset class=\"field sentences\"><legend>")
        html.text(t("new_group"))
        html.raw("</legend><div class=\"sentence\">")
        selectField("group.new", t("add_label"), &html)
        button("group", t("add_group"), &html)
        html.raw("</div></fieldset>")
    }

    private func write(_ line: RuleForm.Line, path: String, problemPath: String, to html: inout HTMLWriter) {
        let field = line.field
        html.raw("<div class=\"sentence\">")
        hidden(path + "field", field.rawValue, &html)
        html.element("strong", text: t("field_name.\(field.rawValue)"))
        if field.needsEvent {
            input(
                path + "event", t("field.event"), line.event, list: "rule-events", problem: "\(problemPath).event",
                &html)
        }
        if field.needsHorizon {
            select(
                path + "horizon", eyes.t("horizon.label"),
                Horizon.allCases.map { ($0.timeframe, eyes.t("horizon.days", ["days": eyes.days($0)])) }, line.horizon,
                &html)
        }
        if field.needsDays {
            input(path + "days", t("field.days"), line.days, isNumber: true, problem: "\(problemPath).days", &html)
        }
        select(
            path + "comparison", t("field.comparison"),
            field.comparisons.map { ($0.rawValue, t("comparison.\($0.rawValue)")) }, line.comparison.rawValue, &html)
        // A gap that the comparison does not need stays, so that changing it needs no script.
        writeValue(line, path + "value", "\(problemPath).value", &html)
        button("drop." + path.dropLast(), t("drop"), &html)
        html.raw("</div>")
    }

    private func writeValue(_ line: RuleForm.Line, _ name: String, _ path: String, _ html: inout HTMLWriter) {
        let label = t("unit.\(unit(line.field.kind))", ["currency": eyes.currency])
        switch line.field.kind {
        case .level:
            select(
                name, label, RiskLevel.allCases.map { ($0.rawValue, words.t("shell.band.\($0.rawValue)")) },
                line.value, &html)
        case .segment: select(name, label, segments.map { ($0.id, $0.name) }, line.value, &html)
        case .text: input(name, label, line.value, problem: path, &html)
        case .count, .days, .money, .share: input(name, label, line.value, isNumber: true, problem: path, &html)
        }
    }

    private func unit(_ kind: RuleField.Kind) -> String {
        switch kind {
        case .text: "text"
        case .count: "count"
        case .days: "days"
        case .money: "money"
        case .share: "share"
        case .level: "level"
        case .segment: "segment"
        }
    }
}
