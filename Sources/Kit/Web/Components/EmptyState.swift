/// Why there is nothing here. Empty is never one thing, so there are three.
public struct EmptyState: Sendable, Equatable {
    public enum Kind: Sendable {
        /// No source yet: why it matters, and the button that starts.
        case notConnected
        /// A source is there, its first rows are on their way: what runs and how long it usually takes.
        case waiting
        /// Nothing matches: the filter in words, and how to clear it.
        case nothing
    }

    public let kind: Kind
    public let title: String
    public let text: String
    public let primary: Link?
    public let secondary: Link?

    public init(_ kind: Kind, title: String, text: String, primary: Link? = nil, secondary: Link? = nil) {
        self.kind = kind
        self.title = title
        self.text = text
        self.primary = primary
        self.secondary = secondary
    }

    public var html: SafeHTML {
        HTMLWriter.build(capacity: 512) { html in
            switch kind {
            case .notConnected: html.raw("<section class=\"empty\">")
            case .waiting: html.raw("<section class=\"empty waiting\">")
            case .nothing: html.raw("<section class=\"empty nothing\">")
            }
            html.element("h2", text: title)
            html.element("p", text: text)
            writeButtons(to: &html)
            html.raw("</section>")
        }
    }

    private func writeButtons(to html: inout HTMLWriter) {
        guard primary != nil || secondary != nil else { return }
        html.raw("<div class=\"button-row\">")
        primary?.write(class: kind == .notConnected ? "button primary" : "button", to: &html)
        secondary?.write(class: "button plain", to: &html)
        html.raw("</div>")
    }
}
