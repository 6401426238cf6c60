/// One bar of a ranking.
public struct Bar: Sendable, Equatable {
    public let name: String
    public let value: Double
    public let words: String
    public let href: String?

    /// - Parameter words: the value as shown at the bar's end.
    public init(_ name: String, _ value: Double, _ words: String, href: String? = nil) {
        self.name = name
        self.value = value
        self.words = words
        self.href = href
    }
}

/// A ranking as horizontal bars. It is a table with a bar in each row, so it is its own table twin.
public struct BarChart: Sendable {
    let text: ChartText
    let bars: [Bar]

    /// - Parameter bars: in the order they are shown; values below zero are drawn as nothing.
    public init(_ text: ChartText, bars: [Bar]) {
        self.text = text
        self.bars = bars
    }

    public func html(_ l: Localizer) -> SafeHTML {
        let most = bars.reduce(0.0) { $1.value.isFinite ? max($0, $1.value) : $0 }
        guard !bars.isEmpty else { return emptyChart(text, l) }
        return HTMLWriter.build(capacity: 1024 + bars.count * 256) { html in
            open(text, to: &html)
            html.raw("<table class=\"data compact bars\"><caption class=\"quiet-label\">")
            html.text(text.title)
            html.raw("</caption><thead><tr><th scope=\"col\">")
            html.text(text.x)
            html.raw("</th><th scope=\"col\" colspan=\"2\">")
            html.text(text.y)
            html.raw("</th></tr></thead><tbody>")
            for bar in bars { write(bar, most: most, to: &html) }
            html.raw("</tbody></table></figure>")
        }
    }

    private func write(_ bar: Bar, most: Double, to html: inout HTMLWriter) {
        html.raw("<tr><th scope=\"row\">")
        if let href = bar.href { html.link(href, text: bar.name, class: "row-link") } else { html.text(bar.name) }
        html.raw("</th><td class=\"bar-cell\">")
        html.raw(
            "<svg viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"bar s1\" height=\"8\""
        )
        html.attribute("width", most > 0 && bar.value.isFinite ? max(bar.value, 0) / most * 100 : 0)
        html.raw("/></svg></td><td class=\"number\">")
        html.text(bar.words)
        html.raw("</td></tr>")
    }
}
