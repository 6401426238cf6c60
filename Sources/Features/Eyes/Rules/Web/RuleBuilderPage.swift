import Foundation
import Records
import Web

/// The builder: sentences with gaps, buttons that add and take away, and what the rule would hold.
struct RuleBuilderPage {
    let form: RuleForm
    /// The rule that is changed; nil for a new one.
    let stored: StoredRule?
    let speech: RuleSpeech
    let paths: EyesPaths
    /// Segments and rules that can be named, by id.
    let segments: [(id: String, name: String)]
    let problems: [RuleProblem]
    let answer: SafeHTML

    private var eyes: EyesSpeech { speech.speech }
    private var words: Localizer { eyes.words }

    private func t(_ key: String, _ arguments: [String: String] = [:]) -> String { eyes.t("rule." + key, arguments) }

    var page: EyesDetailPage {
        EyesDetailPage(
            title: stored.map { t("title_edit", ["name": $0.name]) } ?? t("title_new"), subtitle: t("subtitle_new"),
            crumbs: Crumbs(
                [Link(eyes.t("crumb.eyes"), paths.index), Link(t("many"), paths.rules)],
                current: stored?.name ?? t("new")
            ).html,
            main: HTMLWriter.build(capacity: 16_384) { html in
                html.html(ErrorSummary(problems.map { .init(field: nil, message: sentence($0)) }).html(words))
                html.raw("<form class=\"form wide\" method=\"post\"")
                html.attribute("action", stored.map { paths.ruleBuilder($0.id) } ?? paths.rules + "/builder")
                html.attribute("data-quiet", paths.rules + "/estimate")
                html.attribute("data-into", "#rule-estimate")
                html.raw("><input type=\"hidden\" name=\"version\"")
                html.attribute("value", form.version)
                html.raw(">")
                // Enter in a field asks, and does not take the first button with a side effect.
                html.raw(
                    "<button class=\"quiet-label\" type=\"submit\" name=\"act\" value=\"estimate\" tabindex=\"-1\">")
                html.text(t("estimate"))
                html.raw("</button>")
                Field.text("name", label: t("field.name"), value: form.name, error: problem("name")).write(
                    to: &html, words)
                write(form.own, prefix: "", legend: t("who"), to: &html)
                for (number, group) in form.groups.enumerated() {
                    write(
                        group, prefix: "g\(number).", legend: t("group", ["number": words.number(number + 1)]),
                        to: &html)
                }
                if form.groups.count < Rule.mostGroups, form.lineCount < Rule.mostConditions {
                    writeNewGroup(to: &html)
                }
                html.raw("<div id=\"rule-estimate\" class=\"stack near\" aria-live=\"polite\">")
                html.html(answer)
                html.raw("</div><div class=\"button-row\">")
                button("save", t(stored == nil ? "save" : "save_change"), isPrimary: true, &html)
                button("estimate", t("estimate"), &html)
                html.raw("</div></form>")
                html.html(Self.eventList(speech))
            })
    }

    // MARK: Sentences

    private func write(_ group: RuleForm.Group, prefix: String, legend: String, to html: inout HTMLWriter) {
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

    private func writeNewGroup(to html: inout HTMLWriter) {
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

    // MARK: Controls

    private func hidden(_ name: String, _ value: String, _ html: inout HTMLWriter) {
        html.raw("<input type=\"hidden\"")
        html.attribute("name", name)
        html.attribute("value", value)
        html.raw(">")
    }

    private func input(
        _ name: String, _ label: String, _ value: String, isNumber: Bool = false, list: String? = nil, problem: String,
        _ html: inout HTMLWriter
    ) {
        html.raw("<label class=\"field\"><span>")
        html.text(label)
        html.raw("</span><input class=\"input\"")
        html.attribute("name", name)
        html.attribute("value", value)
        html.attribute("list", list)
        if isNumber { html.raw(" inputmode=\"decimal\"") }
        html.attribute("maxlength", String(RuleCheck.longestText))
        let wrong = self.problem(problem)
        if wrong != nil { html.raw(" aria-invalid=\"true\"") }
        html.raw(">")
        if let wrong { html.element("span", class: "error", text: wrong) }
        html.raw("</label>")
    }

    private func select(
        _ name: String, _ label: String, _ options: [(value: String, title: String)], _ chosen: String,
        _ html: inout HTMLWriter
    ) {
        html.raw("<label class=\"field\"><span>")
        html.text(label)
        html.raw("</span><select class=\"select\"")
        html.attribute("name", name)
        html.raw(">")
        for option in options { self.option(option.value, option.title, isChosen: option.value == chosen, &html) }
        html.raw("</select></label>")
    }

    private func option(_ value: String, _ title: String, isChosen: Bool, _ html: inout HTMLWriter) {
        html.raw("<option")
        html.attribute("value", value)
        html.attribute("selected", if: isChosen)
        html.raw(">")
        html.text(title)
        html.raw("</option>")
    }

    /// Every field, by what it asks about; those of scores only where there is something to name.
    private func selectField(_ name: String, _ label: String, _ html: inout HTMLWriter) {
        html.raw("<label class=\"field\"><span>")
        html.text(label)
        html.raw("</span><select class=\"select\"")
        html.attribute("name", name)
        html.raw(">")
        for group in RuleField.Group.allCases {
            html.raw("<optgroup")
            html.attribute("label", t("about.\(group.rawValue)"))
            html.raw(">")
            for field in RuleField.allCases where field.group == group && (field != .segment || !segments.isEmpty) {
                option(field.rawValue, t("field_name.\(field.rawValue)"), isChosen: false, &html)
            }
            html.raw("</optgroup>")
        }
        html.raw("</select></label>")
    }

    private func button(_ act: String, _ title: String, isPrimary: Bool = false, _ html: inout HTMLWriter) {
        html.raw(isPrimary ? "<button class=\"button primary\"" : "<button class=\"button\"")
        html.raw(" type=\"submit\" name=\"act\"")
        html.attribute("value", act)
        html.raw(">")
        html.text(title)
        html.raw("</button>")
    }

    // MARK: Problems

    private func problem(_ field: String) -> String? { problems.first { $0.field == field }.map { short($0) } }

    private func short(_ problem: RuleProblem) -> String { t("problem.\(problem.code)") }

    private func sentence(_ problem: RuleProblem) -> String {
        let parts = problem.field.split(separator: ".")
        guard let last = parts.last, parts.count > 1 else { return short(problem) }
        return t(
            "problem.at", ["place": t("problem.place.\(last)"), "sentence": short(problem)])
    }

    /// Names of events to choose from; others can be written.
    static func eventList(_ speech: RuleSpeech) -> SafeHTML {
        HTMLWriter.build { html in
            html.raw("<datalist id=\"rule-events\">")
            for type in EventType.known.sorted() where EventKind(type: type) != nil {
                html.raw("<option")
                html.attribute("value", type)
                html.raw(">")
                html.text(speech.event(type))
                html.raw("</option>")
            }
            html.raw("</datalist>")
        }
    }
}
