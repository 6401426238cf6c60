/// Values over time. The comparison is dashed at half strength in the same hue, days that are not finished are
/// dotted, uncertainty is a band, and every value can be read on hover, on focus and in the table twin.
public struct LineChart: Sendable {
    /// A word at a place of the horizontal axis.
    public struct Mark: Sendable, Equatable {
        public let index: Int
        public let words: String

        public init(_ index: Int, _ words: String) {
            self.index = index
            self.words = words
        }
    }

    let text: ChartText
    let labels: [String]
    let series: [LineSeries]
    let comparison: LineSeries?
    let band: [ClosedRange<Double>?]
    let bandName: String?
    let unfinishedFrom: Int?
    let marks: [Mark]
    let withZero: Bool
    let format: ChartFormat

    /// - Parameters:
    ///   - labels: one for each place, e.g. the first day of each week.
    ///   - series: at most seven.
    ///   - comparison: the first series in the period before, place by place.
    ///   - band: uncertainty of the first series.
    ///   - unfinishedFrom: first place whose value can still change.
    ///   - withZero: false lets the axis start above zero, for things like an AUC.
    ///   - format: a value in the reader's words.
    public init(
        _ text: ChartText, labels: [String], series: [LineSeries], comparison: LineSeries? = nil,
        band: [ClosedRange<Double>?] = [], bandName: String? = nil, unfinishedFrom: Int? = nil, marks: [Mark] = [],
        withZero: Bool = true, format: @escaping ChartFormat
    ) {
        self.text = text
        self.labels = labels
        self.series = Array(series.prefix(7))
        self.comparison = comparison
        self.band = band
        self.bandName = bandName
        self.unfinishedFrom = unfinishedFrom
        self.marks = marks
        self.withZero = withZero
        self.format = format
    }

    public func html(_ l: Localizer) -> SafeHTML {
        guard !labels.isEmpty, series.contains(where: { $0.values.contains { $0 != nil } }) else {
            return emptyChart(text, l)
        }
        let plot = LinePlot(chart: self, l)
        return HTMLWriter.build(capacity: 4096 + labels.count * 400) { plot.write(to: &$0, l) }
    }

    /// All lines in the order they are named: the series, then the comparison.
    var allSeries: [LineSeries] { series + (comparison.map { [$0] } ?? []) }
}

/// A line chart whose places are worked out.
struct LinePlot {
    let chart: LineChart
    let area = PlotArea.standard
    let scale: NiceScale
    let count: Int

    init(chart: LineChart, _ l: Localizer) {
        self.chart = chart
        count = chart.labels.count
        var values = chart.allSeries.flatMap { $0.values.compactMap { $0 } }
        for range in chart.band { values += range.map { [$0.lowerBound, $0.upperBound] } ?? [] }
        scale = NiceScale(values, withZero: chart.withZero)
    }

    func write(to html: inout HTMLWriter, _ l: Localizer) {
        let names = chart.allSeries.count > 1 ? chart.allSeries.map(\.name) : []
        let frame = ChartFrame(
            text: chart.text, area: area, axisWords: scale.ticks.map(chart.format),
            endWords: names, hasFocusablePoints: isFocusable)
        frame.write(
            to: &html,
            picture: { html in
                html.rules(scale, in: area, format: chart.format)
                writeMarks(to: &html)
                writeLines(to: &html)
                writeAxis(to: &html)
                if !names.isEmpty { writeNames(to: &html) }
                writePoints(to: &html)
            }, legend: legend(l), twin: { writeTwinRows(to: &$0) }, l)
    }

    /// With few places each takes the focus; with many the table twin serves the keyboard better.
    var isFocusable: Bool { count <= 14 }

    func x(_ index: Int) -> Double { PlotArea.x(index, of: count) }
    func y(_ value: Double) -> Double { area.y(scale.share(value)) }

    private func writeLines(to html: inout HTMLWriter) {
        html.openStretch(area)
        if !chart.band.isEmpty { writeBand(to: &html) }
        if let comparison = chart.comparison {
            writePath(comparison.values, 0..<count, hue: 0, class: "line comparison ", to: &html)
        }
        for (index, series) in chart.series.enumerated().reversed() {
            let end = min(max(chart.unfinishedFrom ?? count, 0), count)
            writePath(series.values, 0..<end, hue: index, class: "line ", to: &html)
            if end < count {
                writePath(series.values, max(end - 1, 0)..<count, hue: index, class: "line unfinished ", to: &html)
            }
        }
        html.raw("</svg>")
    }

    /// A path over the places that have a value; a gap breaks it.
    private func writePath(
        _ values: [Double?], _ range: Range<Int>, hue: Int, class name: StaticString, to html: inout HTMLWriter
    ) {
        html.raw("<path class=\"")
        html.raw(name)
        html.hue(hue)
        html.raw("\" d=\"")
        var isOpen = false
        for index in range where index < values.count {
            guard let value = values[index] else {
                isOpen = false
                continue
            }
            html.raw(isOpen ? "L" : "M")
            html.number(x(index) * 10)
            html.raw(" ")
            html.number(y(value))
            let next = index + 1 < min(values.count, range.upperBound) ? values[index + 1] : nil
            if !isOpen, next == nil { html.raw("h0") }
            isOpen = true
        }
        html.raw("\"/>")
    }

    private func writeBand(to html: inout HTMLWriter) {
        let places = chart.band.indices.filter { $0 < count && chart.band[$0] != nil }
        guard places.count > 1 else { return }
        html.raw("<path class=\"band s1\" d=\"M")
        for index in places { writeCorner(index, chart.band[index]?.upperBound, to: &html) }
        for index in places.reversed() { writeCorner(index, chart.band[index]?.lowerBound, to: &html) }
        html.raw("z\"/>")
    }

    private func writeCorner(_ index: Int, _ value: Double?, to html: inout HTMLWriter) {
        html.number(x(index) * 10)
        html.raw(" ")
        html.number(y(value ?? 0))
        html.raw(" ")
    }

    private func writeMarks(to html: inout HTMLWriter) {
        for mark in chart.marks where mark.index >= 0 && mark.index < count {
            html.raw("<line class=\"mark\"")
            html.percent("x1", x(mark.index))
            html.percent("x2", x(mark.index))
            html.attribute("y1", area.top)
            html.attribute("y2", area.bottom)
            html.raw("/>")
            html.label(mark.words, x: x(mark.index), y: area.top - 8, class: "halo")
        }
    }
}
