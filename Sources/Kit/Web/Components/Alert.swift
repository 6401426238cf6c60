/// Something the reader should know before the content: a sentence, and what can be done.
public struct Alert: Sendable, Equatable {
    public let tone: Tone
    public let title: String
    public let text: String?
    public let actions: [Link]

    public init(_ tone: Tone, title: String, text: String? = nil, actions: [Link] = []) {
        self.tone = tone
        self.title = title
        self.text = text
        self.actions = actions
    }

    public var html: SafeHTML {
        HTMLWriter.build(capacity: 768) { html in
            html.raw("<div class=\"alert ")
            html.raw(tone.className)
            html.raw("\"><svg class=\"icon\" viewBox=\"0 0 20 20\" aria-hidden=\"true\">")
            html.raw(drawing)
            html.raw("</svg>")
            html.element("p", class: "alert-title", text: title)
            if let text { html.element("p", text: text) }
            if !actions.isEmpty {
                html.raw("<div class=\"button-row\">")
                for action in actions { action.write(class: "button small", to: &html) }
                html.raw("</div>")
            }
            html.raw("</div>")
        }
    }

    private var drawing: StaticString {
        switch tone {
        case .good: "<circle cx=\"10\" cy=\"10\" r=\"7\"/><path d=\"m6.8 10.2 2.2 2.2 4.3-4.6\"/>"
        case .warn: "<path d=\"M10 3.2 17.5 16.5h-15zM10 8v4M10 14.3v.1\"/>"
        case .bad: "<path d=\"M7.1 3h5.8L17 7.1v5.8L12.9 17H7.1L3 12.9V7.1zM10 6.5v4.3M10 13.4v.1\"/>"
        case .info, .quiet: "<circle cx=\"10\" cy=\"10\" r=\"7\"/><path d=\"M10 9.3v4.2M10 6.5v.1\"/>"
        }
    }
}
