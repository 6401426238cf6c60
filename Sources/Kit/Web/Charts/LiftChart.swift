/// One place of a gain curve: contacting this share of customers reaches that share of the leavers.
public struct GainPoint: Sendable, Equatable {
    public let share: Double
    public let reached: Double

    /// - Parameters: both between 0 and 1.
    public init(share: Double, reached: Double) {
        self.share = share
        self.reached = reached
    }
}

/// How much better than chance a ranking is: the further above the diagonal, the better.
public struct LiftChart: Sendable {
    let text: ChartText
    let gains: [GainPoint]
    let baseline: [GainPoint]
    let baselineName: String?

    /// - Parameters:
    ///   - gains: by tenths, riskiest first; (0, 0) is added.
    ///   - baseline: the simplest rule the model has to beat, drawn as the second line.
    public init(_ text: ChartText, gains: [GainPoint], baseline: [GainPoint] = [], baselineName: String? = nil) {
        self.text = text
        self.gains = gains.filter { $0.share.isFinite && $0.reached.isFinite }
        self.baseline = baseline.filter { $0.share.isFinite && $0.reached.isFinite }
        self.baselineName = baselineName
    }

    public func html(_ l: Localizer) -> SafeHTML {
        guard !gains.isEmpty else { return emptyChart(text, l) }
        let format: ChartFormat = { l.percent($0) }
        let square = SquarePlot(scale: NiceScale([0, 1], target: 5), format: format)
        let frame = ChartFrame(
            text: text, area: square.area, axisWords: square.scale.ticks.map(format), hasFocusablePoints: true,
            isSquare: true)
        return HTMLWriter.build(capacity: 6144) { html in
            frame.write(
                to: &html,
                picture: { html in
                    square.writeGround(to: &html)
                    html.openStretch(square.area)
                    if !baseline.isEmpty { writeLine(baseline, hue: 1, square, to: &html) }
                    writeLine(gains, hue: 0, square, to: &html)
                    html.raw("</svg>")
                    for gain in gains { write(gain, square, to: &html, l) }
                }, legend: legend(l), twin: { writeTwinRows(to: &$0, l) }, l)
        }
    }

    private func legend(_ l: Localizer) -> [LegendItem] {
        var items = [LegendItem(name: l.t("charts.lift.model"), hue: 0, sample: .line)]
        if !baseline.isEmpty, let baselineName {
            items.append(LegendItem(name: baselineName, hue: 1, sample: .line))
        }
        items.append(LegendItem(name: l.t("charts.lift.random"), hue: 0, sample: .diagonal))
        return items
    }

    private func writeLine(_ points: [GainPoint], hue: Int, _ square: SquarePlot, to html: inout HTMLWriter) {
        html.raw("<path class=\"line ")
        html.hue(hue)
        html.raw("\" d=\"M0 ")
        html.number(square.area.bottom)
        for point in points {
            html.raw("L")
            html.number(square.x(point.share) * 10)
            html.raw(" ")
            html.number(square.y(point.reached))
        }
        html.raw("\"/>")
    }

    private func write(_ gain: GainPoint, _ square: SquarePlot, to html: inout HTMLWriter, _ l: Localizer) {
        let words = "\(l.percent(gain.share)) \u{2192} \(l.percent(gain.reached, digits: 1))"
        html.raw("<g class=\"point\" tabindex=\"0\" role=\"img\"")
        html.attribute("aria-label", words)
        html.raw("><circle class=\"dot s1\" r=\"3.5\"")
        html.percent("cx", square.x(gain.share))
        html.attribute("cy", square.y(gain.reached))
        html.raw("/><circle class=\"hit\" r=\"12\"")
        html.percent("cx", square.x(gain.share))
        html.attribute("cy", square.y(gain.reached))
        html.raw("/><g class=\"tip\">")
        html.label(words, x: square.x(gain.share), y: square.area.top - 8, class: "strong halo", leansAt: 30)
        html.raw("</g></g>")
    }

    private func writeTwinRows(to html: inout HTMLWriter, _ l: Localizer) {
        var head = [l.t("charts.lift.share"), l.t("charts.lift.reached")]
        if !baseline.isEmpty, let baselineName { head.append(baselineName) }
        let rows = gains.enumerated().map { index, gain in
            var row = [l.percent(gain.share), l.percent(gain.reached, digits: 1)]
            if !baseline.isEmpty, baselineName != nil {
                row.append(index < baseline.count ? l.percent(baseline[index].reached, digits: 1) : "\u{2013}")
            }
            return row
        }
        writeTwin(text, head: head, rows: rows, to: &html)
    }
}
