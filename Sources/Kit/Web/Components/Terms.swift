/// Names and their values, e.g. the head of a customer page.
public struct Terms: Sendable, Equatable {
    public struct Item: Sendable, Equatable {
        public let term: String
        public let value: SafeHTML

        public init(_ term: String, _ value: String) {
            self.term = term
            self.value = .text(value)
        }

        public init(_ term: String, html value: SafeHTML) {
            self.term = term
            self.value = value
        }
    }

    public let items: [Item]
    public let isAcross: Bool

    /// - Parameter across: side by side instead of one under the other, for a few short values.
    public init(_ items: [Item], across: Bool = false) {
        self.items = items
        self.isAcross = across
    }

    public var html: SafeHTML {
        HTMLWriter.build(capacity: 1024) { html in
            html.raw(isAcross ? "<dl class=\"terms across\">" : "<dl class=\"terms\">")
            for item in items {
                if isAcross { html.raw("<div>") }
                html.element("dt", text: item.term)
                html.raw("<dd>")
                html.html(item.value)
                html.raw("</dd>")
                if isAcross { html.raw("</div>") }
            }
            html.raw("</dl>")
        }
    }
}
