/// What is wrong with a form, at its top, with links to the fields. Takes the focus when the page arrives.
public struct ErrorSummary: Sendable, Equatable {
    public struct Item: Sendable, Equatable {
        public let field: String?
        public let message: String

        /// - Parameter field: name of the field, nil when the whole form is meant.
        public init(field: String?, message: String) {
            self.field = field
            self.message = message
        }
    }

    public let items: [Item]

    public init(_ items: [Item]) { self.items = items }

    public func html(_ l: Localizer) -> SafeHTML {
        guard !items.isEmpty else { return .empty }
        return HTMLWriter.build(capacity: 512) { html in
            html.raw("<div class=\"error-summary\" role=\"alert\" tabindex=\"-1\">")
            html.element("h2", text: l.t("shell.form.errors"))
            html.raw("<ul>")
            for item in items {
                html.raw("<li>")
                if let field = item.field {
                    html.raw("<a")
                    html.attribute("href", "#field-\(field)")
                    html.raw(">")
                    html.text(item.message)
                    html.raw("</a>")
                } else {
                    html.text(item.message)
                }
                html.raw("</li>")
            }
            html.raw("</ul></div>")
        }
    }
}
