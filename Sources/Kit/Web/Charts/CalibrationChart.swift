/// One bin of a calibration curve: what was promised and what came.
public struct CalibrationPoint: Sendable, Equatable {
    public let predicted: Double
    public let observed: Double
    public let lower: Double
    public let upper: Double
    public let count: Int

    /// - Parameters: probabilities between 0 and 1; `lower` and `upper` are the ends of the interval of `observed`.
    public init(predicted: Double, observed: Double, lower: Double, upper: Double, count: Int) {
        self.predicted = predicted
        self.observed = observed
        self.lower = lower
        self.upper = upper
        self.count = count
    }
}

/// Predicted against observed shares with their intervals and counts; on the diagonal, promises are kept.
public struct CalibrationChart: Sendable {
    let text: ChartText
    let bins: [CalibrationPoint]

    public init(_ text: ChartText, bins: [CalibrationPoint]) {
        self.text = text
        self.bins = bins.filter { $0.predicted.isFinite && $0.observed.isFinite }
    }

    public func html(_ l: Localizer) -> SafeHTML {
        guard !bins.isEmpty else { return emptyChart(text, l) }
        let scale = NiceScale(bins.flatMap { [$0.predicted, $0.upper, $0.observed] })
        let format: ChartFormat = { l.percent($0) }
        let square = SquarePlot(scale: scale, format: format)
        let frame = ChartFrame(
            text: text, area: square.area, axisWords: scale.ticks.map(format), hasFocusablePoints: true, isSquare: true)
        return HTMLWriter.build(capacity: 6144) { html in
            frame.write(
                to: &html,
                picture: { html in
                    square.writeGround(to: &html)
                    for bin in bins { write(bin, square, to: &html, l) }
                },
                legend: [
                    LegendItem(name: l.t("charts.calibration.perfect"), hue: 0, sample: .diagonal),
                    LegendItem(name: l.t("charts.interval"), hue: 0, sample: .line),
                ], twin: { writeTwinRows(to: &$0, l) }, l)
        }
    }

    private func write(_ bin: CalibrationPoint, _ square: SquarePlot, to html: inout HTMLWriter, _ l: Localizer) {
        let x = square.x(bin.predicted)
        let most = Double(bins.map(\.count).max() ?? 1)
        let words =
            "\(l.percent(bin.predicted, digits: 1)) \u{2192} \(l.percent(bin.observed, digits: 1)) "
            + "(\(l.percent(bin.lower, digits: 1))\u{2013}\(l.percent(bin.upper, digits: 1))), \(l.number(bin.count))"
        html.raw("<g class=\"point\" tabindex=\"0\" role=\"img\"")
        html.attribute("aria-label", words)
        html.raw("><line class=\"interval s1\"")
        html.percent("x1", x)
        html.percent("x2", x)
        html.attribute("y1", square.y(bin.lower))
        html.attribute("y2", square.y(bin.upper))
        html.raw("/><circle class=\"dot s1\"")
        html.percent("cx", x)
        html.attribute("cy", square.y(bin.observed))
        html.attribute("r", 3 + 2 * (Double(max(bin.count, 0)) / max(most, 1)).squareRoot())
        html.raw("/><circle class=\"hit\" r=\"12\"")
        html.percent("cx", x)
        html.attribute("cy", square.y(bin.observed))
        html.raw("/><g class=\"tip\">")
        html.label(words, x: x, y: square.area.top - 8, class: "strong halo", leansAt: 45)
        html.raw("</g></g>")
    }

    private func writeTwinRows(to html: inout HTMLWriter, _ l: Localizer) {
        let head =
            ["predicted", "observed"].map { l.t("charts.calibration.\($0)") }
            + [l.t("charts.lower"), l.t("charts.upper"), l.t("charts.calibration.count")]
        let rows = bins.map { bin in
            [bin.predicted, bin.observed, bin.lower, bin.upper].map { l.percent($0, digits: 1) } + [l.number(bin.count)]
        }
        writeTwin(text, head: head, rows: rows, to: &html)
    }
}

/// A plot whose two axes have the same scale, with its diagonal.
struct SquarePlot {
    let area = PlotArea.tall
    let scale: NiceScale
    let format: ChartFormat

    func x(_ value: Double) -> Double { min(max(scale.share(value), 0), 1) * 100 }
    func y(_ value: Double) -> Double { area.y(scale.share(value)) }

    func writeGround(to html: inout HTMLWriter) {
        html.rules(scale, in: area, format: format)
        html.openStretch(area)
        html.raw("<path class=\"diagonal\" d=\"M0 ")
        html.number(area.bottom)
        html.raw("L1000 ")
        html.number(area.top)
        html.raw("\"/></svg>")
        let ticks = scale.ticks
        for (index, tick) in ticks.enumerated().dropFirst() {
            if ticks.count > 4, (ticks.count - 1 - index) % 2 == 1 {
                html.label(format(tick), x: x(tick), y: area.height - 6, class: "tick narrow-off", leansAt: 4)
            } else {
                html.label(format(tick), x: x(tick), y: area.height - 6, class: "tick", leansAt: 4)
            }
        }
    }
}
