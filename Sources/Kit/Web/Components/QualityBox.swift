/// One figure of a quality box.
public struct QualityFigure: Sendable, Equatable {
    public let label: String
    public let value: String
    public let note: String?

    /// - Parameter note: the interval or the bar it is held against, e.g. "0.698–0.733".
    public init(_ label: String, _ value: String, note: String? = nil) {
        self.label = label
        self.value = value
        self.note = note
    }
}

/// How good the answer is: the verdict in words first, then four or five figures, then the way to the model card.
public struct QualityBox: Sendable, Equatable {
    public let gate: Pill
    public let verdict: String
    public let because: String?
    public let figures: [QualityFigure]
    public let link: Link?

    public init(gate: Pill, verdict: String, because: String? = nil, figures: [QualityFigure], link: Link? = nil) {
        self.gate = gate
        self.verdict = verdict
        self.because = because
        self.figures = figures
        self.link = link
    }

    public var html: SafeHTML {
        HTMLWriter.build(capacity: 1536) { html in
            html.raw("<section class=\"quality\"><div class=\"verdict\"><h2>")
            html.text(verdict)
            html.raw("</h2>")
            gate.write(to: &html)
            html.raw("</div>")
            if let because { html.element("p", class: "because", text: because) }
            writeFigures(to: &html)
            if let link {
                html.raw("<p class=\"more\">")
                html.link(link.href, text: link.title)
                html.raw("</p>")
            }
            html.raw("</section>")
        }
    }

    private func writeFigures(to html: inout HTMLWriter) {
        guard !figures.isEmpty else { return }
        html.raw("<dl>")
        for figure in figures {
            html.raw("<div>")
            html.element("dt", text: figure.label)
            html.raw("<dd>")
            html.text(figure.value)
            if let note = figure.note { html.element("small", text: note) }
            html.raw("</dd></div>")
        }
        html.raw("</dl>")
    }
}
