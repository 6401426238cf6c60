/// Parts of a whole over time, at most five; what is more belongs in a table.
public struct StackedBarChart: Sendable {
    let text: ChartText
    let labels: [String]
    let parts: [LineSeries]
    let format: ChartFormat

    /// - Parameters:
    ///   - parts: from the bottom up; values below zero are drawn as nothing.
    ///   - format: a value in the reader's words.
    public init(_ text: ChartText, labels: [String], parts: [LineSeries], format: @escaping ChartFormat) {
        self.text = text
        self.labels = labels
        self.parts = Array(parts.prefix(5))
        self.format = format
    }

    public func html(_ l: Localizer) -> SafeHTML {
        guard !labels.isEmpty, parts.contains(where: { $0.values.contains { ($0 ?? 0) > 0 } }) else {
            return emptyChart(text, l)
        }
        let area = PlotArea.standard
        let scale = NiceScale(labels.indices.map { index in parts.reduce(0) { $0 + value($1, index) } })
        let frame = ChartFrame(text: text, area: area, axisWords: scale.ticks.map(format))
        return HTMLWriter.build(capacity: 4096 + labels.count * parts.count * 300) { html in
            frame.write(
                to: &html,
                picture: { html in
                    html.rules(scale, in: area, format: format)
                    for index in labels.indices { writeColumn(index, scale, area, to: &html) }
                    AxisWords.write(labels, in: area, to: &html) { middle($0) }
                },
                legend: parts.enumerated().map { LegendItem(name: $1.name, hue: $0, sample: .box) },
                twin: { writeTwinRows(to: &$0) }, l)
        }
    }

    private func value(_ part: LineSeries, _ index: Int) -> Double {
        index < part.values.count ? max(part.values[index] ?? 0, 0) : 0
    }

    private var pitch: Double { 100 / Double(labels.count) }
    private func middle(_ index: Int) -> Double { (Double(index) + 0.5) * pitch }

    private func writeColumn(_ index: Int, _ scale: NiceScale, _ area: PlotArea, to html: inout HTMLWriter) {
        let width = pitch * (labels.count > 30 ? 0.85 : 0.66)
        var below = 0.0
        for (hue, part) in parts.enumerated() {
            let value = value(part, index)
            guard value > 0 else { continue }
            let bottom = area.y(scale.share(below))
            let top = area.y(scale.share(below + value))
            below += value
            html.raw("<g class=\"point\"><rect class=\"bar ")
            html.hue(hue)
            html.raw("\"")
            html.percent("x", middle(index) - width / 2)
            html.percent("width", width)
            html.attribute("y", top)
            // A pixel of paper parts one hue from the next.
            html.attribute("height", max(bottom - top - (hue == 0 ? 0 : 1), 0.5))
            html.raw("/><g class=\"tip\">")
            let words = labels[index] + ", " + part.name + ": " + format(value)
            html.label(words, x: middle(index), y: area.top - 8, class: "strong halo", leansAt: 34)
            html.raw("</g></g>")
        }
    }

    private func writeTwinRows(to html: inout HTMLWriter) {
        let rows = labels.enumerated().map { index, label in
            [label]
                + parts.map { part in
                    index < part.values.count ? part.values[index].map(format) ?? "\u{2013}" : "\u{2013}"
                }
        }
        writeTwin(text, head: [text.x] + parts.map(\.name), rows: rows, to: &html)
    }
}
