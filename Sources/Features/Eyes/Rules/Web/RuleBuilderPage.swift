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

    var eyes: EyesSpeech { speech.speech }
    var words: Localizer { eyes.words }

    func t(_ key: String, _ arguments: [String: String] = [:]) -> String { eyes.t("rule." + key, arguments) }

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

    // MARK: Problems

    func problem(_ field: String) -> String? { problems.first { $0.field == field }.map { short($0) } }

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
