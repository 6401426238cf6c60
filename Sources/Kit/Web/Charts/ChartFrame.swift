/// What every chart has around its picture: title, one-sentence summary, words of the axes, legend and table twin.
struct ChartFrame {
    let text: ChartText
    let area: PlotArea
    /// Longest word of the vertical axis, which decides the room at the left.
    var axisWords: [String] = []
    /// Names written at the ends of lines, which decide the room at the right.
    var endWords: [String] = []
    /// Whether single points take the focus; then the picture is a group, not one image.
    var hasFocusablePoints = false
    var isSquare = false
    /// A sentence right under the picture that qualifies it.
    var note: String?

    func write(
        to html: inout HTMLWriter, picture: (inout HTMLWriter) -> Void, legend: [LegendItem] = [],
        twin: (inout HTMLWriter) -> Void, _ l: Localizer
    ) {
        open(text, isSquare: isSquare, to: &html)
        if !text.y.isEmpty { html.element("p", class: "chart-y", text: text.y) }
        openPlot(to: &html)
        picture(&html)
        html.raw("</svg></div>")
        if !text.x.isEmpty { html.element("p", class: "chart-x", text: text.x) }
        if let note { html.element("p", class: "chart-note", text: note) }
        writeLegend(legend, to: &html)
        html.raw("<details class=\"disclosure\"><summary>")
        html.text(l.t("charts.showTable"))
        html.raw("</summary>")
        twin(&html)
        html.raw("</details></figure>")
    }

    private func openPlot(to html: inout HTMLWriter) {
        html.raw("<div class=\"chart-frame ")
        html.raw(axisRoom)
        html.raw(" ")
        html.raw(endRoom)
        html.raw("\"><svg class=\"plot\" width=\"100%\"")
        html.attribute("height", area.height)
        html.raw(hasFocusablePoints ? " role=\"group\"" : " role=\"img\"")
        html.attribute("aria-labelledby", "\(text.id)-title \(text.id)-desc")
        html.raw("><title")
        html.attribute("id", "\(text.id)-title")
        html.raw(">")
        html.text(text.title)
        html.raw("</title><desc")
        html.attribute("id", "\(text.id)-desc")
        html.raw(">")
        html.text(text.summary)
        html.raw("</desc>")
    }

    private var axisRoom: StaticString {
        switch axisWords.map(\.count).max() ?? 0 {
        case 0: "axis-0"
        case 1...3: "axis-1"
        case 4...6: "axis-2"
        default: "axis-3"
        }
    }

    private var endRoom: StaticString {
        switch endWords.map(\.count).max() ?? 0 {
        case 0: "ends-0"
        case 1...7: "ends-1"
        case 8...13: "ends-2"
        default: "ends-3"
        }
    }

    private func writeLegend(_ items: [LegendItem], to html: inout HTMLWriter) {
        guard !items.isEmpty else { return }
        html.raw(items.allSatisfy(\.isForNarrow) ? "<ul class=\"chart-legend narrow\">" : "<ul class=\"chart-legend\">")
        for item in items { item.write(to: &html) }
        html.raw("</ul>")
    }
}

/// Opens a figure with its title and summary.
func open(_ text: ChartText, isSquare: Bool = false, to html: inout HTMLWriter) {
    html.raw(isSquare ? "<figure class=\"chart square\"" : "<figure class=\"chart\"")
    html.attribute("id", text.id)
    html.raw("><figcaption>")
    html.element("p", class: text.showsTitle ? "chart-title" : "quiet-label", text: text.title)
    html.element("p", class: "chart-summary", text: text.summary)
    html.raw("</figcaption>")
}

/// A chart without data: words, no axes.
func emptyChart(_ text: ChartText, _ l: Localizer) -> SafeHTML {
    HTMLWriter.build(capacity: 512) { html in
        html.raw("<figure class=\"chart\"")
        html.attribute("id", text.id)
        html.raw("><figcaption>")
        html.element("p", class: text.showsTitle ? "chart-title" : "quiet-label", text: text.title)
        html.raw("</figcaption><div class=\"chart-empty\">")
        html.element("p", text: text.empty ?? l.t("charts.noData"))
        html.raw("</div></figure>")
    }
}

/// A line of a legend.
struct LegendItem {
    enum Sample { case line, dash, dots, band, box, diagonal }

    let name: String
    let hue: Int
    let sample: Sample
    /// Shown only where there is no room for names at the ends of the lines.
    var isForNarrow = false

    func write(to html: inout HTMLWriter) {
        html.raw(isForNarrow ? "<li class=\"narrow\">" : "<li>")
        html.raw("<svg viewBox=\"0 0 24 12\" aria-hidden=\"true\">")
        switch sample {
        case .line: writeLine("line ", to: &html)
        case .dash: writeLine("line comparison ", to: &html)
        case .dots: writeLine("line unfinished ", to: &html)
        case .diagonal: html.raw("<path class=\"diagonal\" d=\"M0 6h24\"/>")
        case .band: writeBox("band ", to: &html)
        case .box: writeBox("swatch ", to: &html)
        }
        html.raw("</svg>")
        html.text(name)
        html.raw("</li>")
    }

    private func writeLine(_ name: StaticString, to html: inout HTMLWriter) {
        html.raw("<path class=\"")
        html.raw(name)
        html.hue(hue)
        html.raw("\" d=\"M1 6h22\"/>")
    }

    private func writeBox(_ name: StaticString, to html: inout HTMLWriter) {
        html.raw("<rect class=\"")
        html.raw(name)
        html.hue(hue)
        html.raw("\" x=\"6\" width=\"12\" height=\"12\" rx=\"2\"/>")
    }
}

/// The same figures as a table, for everybody who would rather read or copy them.
func writeTwin(
    _ text: ChartText, head: [String], rows: some Sequence<[String]>, to html: inout HTMLWriter
) {
    html.raw("<div class=\"table-scroll\" tabindex=\"0\" role=\"region\"")
    html.attribute("aria-label", text.title)
    html.raw("><table class=\"data compact\"><caption class=\"quiet-label\">")
    html.text(text.title)
    html.raw("</caption><thead><tr>")
    for (index, title) in head.enumerated() {
        html.raw(index == 0 ? "<th scope=\"col\">" : "<th scope=\"col\" class=\"number\">")
        html.text(title)
        html.raw("</th>")
    }
    html.raw("</tr></thead><tbody>")
    for row in rows {
        html.raw("<tr>")
        for (index, cell) in row.enumerated() {
            html.raw(index == 0 ? "<th scope=\"row\">" : "<td class=\"number\">")
            html.text(cell)
            html.raw(index == 0 ? "</th>" : "</td>")
        }
        html.raw("</tr>")
    }
    html.raw("</tbody></table></div>")
}
