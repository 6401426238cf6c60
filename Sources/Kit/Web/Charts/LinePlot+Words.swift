extension LinePlot {
    /// The words of the horizontal axis: as many as fit, fewer on a phone.
    func writeAxis(to html: inout HTMLWriter) {
        AxisWords.write(chart.labels, in: area, to: &html) { x($0) }
    }

    /// The names of the lines at their ends, pushed apart where they would touch.
    func writeNames(to html: inout HTMLWriter) {
        var ends: [(y: Double, index: Int)] = []
        for (index, series) in chart.allSeries.enumerated() {
            guard let value = series.values.prefix(count).last(where: { $0 != nil }) ?? nil else { continue }
            ends.append((y(value), index))
        }
        ends.sort { ($0.y, $0.index) < ($1.y, $1.index) }
        for place in ends.indices.dropFirst() { ends[place].y = max(ends[place].y, ends[place - 1].y + 14) }
        let excess = max(0, (ends.last?.y ?? 0) - area.bottom)
        for end in ends {
            html.raw("<text class=\"series narrow-off\" x=\"100%\" dx=\"8\"")
            html.attribute("y", end.y - excess + 4)
            html.raw(">")
            html.text(shortened(chart.allSeries[end.index].name))
            html.raw("</text>")
        }
    }

    private func shortened(_ name: String) -> String {
        name.count <= 19 ? name : String(name.prefix(18)) + "\u{2026}"
    }

    func legend(_ l: Localizer) -> [LegendItem] {
        var items: [LegendItem] = []
        if chart.allSeries.count > 1 {
            for (index, series) in chart.series.enumerated() {
                items.append(LegendItem(name: series.name, hue: index, sample: .line, isForNarrow: true))
            }
        }
        if let comparison = chart.comparison {
            items.append(LegendItem(name: comparison.name, hue: 0, sample: .dash, isForNarrow: true))
        }
        if !chart.band.isEmpty {
            items.append(LegendItem(name: chart.bandName ?? l.t("charts.interval"), hue: 0, sample: .band))
        }
        if let first = chart.unfinishedFrom, first < count {
            items.append(LegendItem(name: l.t("charts.unfinished"), hue: 0, sample: .dots))
        }
        return items
    }

    /// A strip for each place: its values appear above the plot on hover and focus.
    func writePoints(to html: inout HTMLWriter) {
        guard count <= 200 else { return }
        let width = count > 1 ? 100 / Double(count - 1) : 100
        for index in 0..<count {
            let words = pointWords(index)
            guard !words.isEmpty else { continue }
            html.raw("<g class=\"point\"")
            if isFocusable {
                html.raw(" tabindex=\"0\" role=\"img\"")
                html.attribute("aria-label", words)
            }
            html.raw("><rect class=\"hit\" y=\"0\"")
            writeStrip(index, width: width, to: &html)
            html.raw("/><g class=\"tip\"><line")
            html.percent("x1", x(index))
            html.percent("x2", x(index))
            html.attribute("y1", area.top)
            html.attribute("y2", area.bottom)
            html.raw("/>")
            writeDots(index, to: &html)
            html.label(words, x: x(index), y: area.top - 8, class: "strong halo", leansAt: 34)
            html.raw("</g></g>")
        }
    }

    private func writeStrip(_ index: Int, width: Double, to html: inout HTMLWriter) {
        html.percent("x", x(index) - width / 2)
        html.percent("width", width)
        html.attribute("height", area.height)
    }

    private func writeDots(_ index: Int, to html: inout HTMLWriter) {
        for (hue, series) in chart.series.enumerated() {
            guard index < series.values.count, let value = series.values[index] else { continue }
            html.raw("<circle class=\"dot ")
            html.hue(hue)
            html.raw("\" r=\"4\"")
            html.percent("cx", x(index))
            html.attribute("cy", y(value))
            html.raw("/>")
        }
    }

    /// "3 Mar: €1,200 · 1997 €900".
    private func pointWords(_ index: Int) -> String {
        var parts: [String] = []
        for (place, series) in chart.allSeries.enumerated() {
            guard index < series.values.count, let value = series.values[index] else { continue }
            parts.append(place == 0 ? chart.format(value) : series.name + " " + chart.format(value))
        }
        return parts.isEmpty ? "" : chart.labels[index] + ": " + parts.joined(separator: " \u{B7} ")
    }

    func writeTwinRows(to html: inout HTMLWriter) {
        let head = [chart.text.x] + chart.allSeries.map(\.name)
        let rows = chart.labels.enumerated().map { index, label in
            [label]
                + chart.allSeries.map { series in
                    index < series.values.count ? series.values[index].map(chart.format) ?? "\u{2013}" : "\u{2013}"
                }
        }
        writeTwin(chart.text, head: head, rows: rows, to: &html)
    }
}

/// Chooses which labels of a horizontal axis are written.
enum AxisWords {
    /// - Parameter x: percent from the left of a place.
    static func write(_ labels: [String], in area: PlotArea, to html: inout HTMLWriter, x: (Int) -> Double) {
        guard !labels.isEmpty else { return }
        let width = Double(labels.map(\.count).max() ?? 1) * 6.6 + 20
        let roomy = step(labels.count, fitting: Int(560 / width))
        let narrow = step((labels.count - 1) / roomy + 1, fitting: Int(240 / width))
        for (place, index) in stride(from: 0, to: labels.count, by: roomy).enumerated() {
            // Counted from the last one back, so that the newest always has its label.
            let index = labels.count - 1 - index
            if place % narrow == 0 {
                html.label(labels[index], x: x(index), y: area.height - 6, class: "tick", leansAt: 4)
            } else {
                html.label(labels[index], x: x(index), y: area.height - 6, class: "tick wide-only", leansAt: 4)
            }
        }
    }

    private static func step(_ count: Int, fitting most: Int) -> Int {
        let most = max(most, 2)
        return count <= most ? 1 : (count + most - 1) / most
    }
}
