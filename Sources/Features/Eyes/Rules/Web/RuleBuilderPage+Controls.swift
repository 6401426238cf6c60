import Web

/// The gaps and buttons of a sentence.
extension RuleBuilderPage {
    func hidden(_ name: String, _ value: String, _ html: inout HTMLWriter) {
        html.raw("<input type=\"hidden\"")
        html.attribute("name", name)
        html.attribute("value", value)
        html.raw(">")
    }

    func input(
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

    func select(
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
    func selectField(_ name: String, _ label: String, _ html: inout HTMLWriter) {
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

    func button(_ act: String, _ title: String, isPrimary: Bool = false, _ html: inout HTMLWriter) {
        html.raw(isPrimary ? "<button class=\"button primary\"" : "<button class=\"button\"")
        html.raw(" type=\"submit\" name=\"act\"")
        html.attribute("value", act)
        html.raw(">")
        html.text(title)
        html.raw("</button>")
    }
}
