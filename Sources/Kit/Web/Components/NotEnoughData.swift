/// One thing an analysis needs, and how much of it there is.
public struct Need: Sendable, Equatable {
    public let label: String
    public let have: Double
    public let need: Double
    public let words: String?

    /// - Parameter words: how "have of need" is written when plain whole numbers do not do.
    public init(_ label: String, have: Double, need: Double, words: String? = nil) {
        self.label = label
        self.have = have
        self.need = need
        self.words = words
    }
}

/// A normal screen: the data cannot carry the answer yet. It says what there is, what is missing and how to get it.
public struct NotEnoughData: Sendable, Equatable {
    public let title: String
    public let needs: [Need]
    public let how: String
    public let action: Link?

    public init(title: String, needs: [Need], how: String, action: Link? = nil) {
        self.title = title
        self.needs = needs
        self.how = how
        self.action = action
    }

    public func html(_ l: Localizer) -> SafeHTML {
        HTMLWriter.build(capacity: 1024) { html in
            html.raw("<section class=\"empty\">")
            html.element("h2", text: title)
            html.raw("<ul class=\"have-of plain-list\">")
            for need in needs { write(need, to: &html, l) }
            html.raw("</ul>")
            html.element("p", text: how)
            if let action {
                html.raw("<div class=\"button-row\">")
                action.write(class: "button primary", to: &html)
                html.raw("</div>")
            }
            html.raw("</section>")
        }
    }

    private func write(_ need: Need, to html: inout HTMLWriter, _ l: Localizer) {
        let isMet = need.have >= need.need
        let share = need.need > 0 ? need.have / need.need : 1
        html.raw("<li>")
        html.element("span", text: need.label)
        html.element(
            "b",
            text: need.words
                ?? l.t(
                    "shell.have", ["have": l.number(wholeNumber(need.have)), "need": l.number(wholeNumber(need.need))]))
        Meter(share: share, tone: isMet ? .good : .warn).write(to: &html)
        html.raw("</li>")
    }

    private func wholeNumber(_ value: Double) -> Int {
        value.isFinite && abs(value) < 1e15 ? Int(value.rounded()) : 0
    }
}
