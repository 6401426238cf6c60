/// Where things are in a plot. Across, everything is in percent, so that the picture takes any width while its words
/// keep their size; down, everything is in pixels.
struct PlotArea {
    let height: Double
    /// The room above the plot, where the value of a point appears.
    let top: Double = 22
    /// The room below, for the words of the horizontal axis.
    let foot: Double = 24

    static let standard = PlotArea(height: 220)
    static let tall = PlotArea(height: 280)

    var bottom: Double { height - foot }

    /// Pixels from the top for a share of the vertical axis.
    func y(_ share: Double) -> Double { bottom - min(max(share, 0), 1) * (bottom - top) }

    /// Percent from the left for place `index` of `count` on a line.
    static func x(_ index: Int, of count: Int) -> Double {
        count > 1 ? Double(index) / Double(count - 1) * 100 : 50
    }
}

extension HTMLWriter {
    /// ` name="12.5%"`.
    mutating func percent(_ name: StaticString, _ value: Double) {
        raw(" ")
        raw(name)
        raw("=\"")
        number(value)
        raw("%\"")
    }

    /// The horizontal rules with their values, the lowest one stronger.
    mutating func rules(_ scale: NiceScale, in area: PlotArea, format: ChartFormat) {
        for tick in scale.ticks {
            let y = area.y(scale.share(tick)).rounded()
            raw(
                tick == 0 || tick == scale.lower
                    ? "<line class=\"base\" x1=\"0\" x2=\"100%\"" : "<line class=\"rule\" x1=\"0\" x2=\"100%\"")
            attribute("y1", y)
            attribute("y2", y)
            raw("/><text class=\"end\" x=\"-8\"")
            attribute("y", y + 4)
            raw(">")
            text(format(tick))
            raw("</text>")
        }
    }

    /// Text at a percent of the width. Near an edge it leans inwards, so that nothing is cut.
    mutating func label(_ words: String, x: Double, y: Double, class name: StaticString, leansAt margin: Double = 18) {
        raw("<text class=\"")
        raw(name)
        raw(x < margin ? "\"" : x > 100 - margin ? " end\"" : " mid\"")
        percent("x", x)
        attribute("y", y)
        raw(">")
        text(words)
        raw("</text>")
    }

    /// The class of data hue `index`, 0-based; after the seventh everything is "the rest".
    mutating func hue(_ index: Int) {
        switch index {
        case 0: raw("s1")
        case 1: raw("s2")
        case 2: raw("s3")
        case 3: raw("s4")
        case 4: raw("s5")
        case 5: raw("s6")
        case 6: raw("s7")
        default: raw("rest")
        }
    }

    /// Opens the layer that is stretched to the width; lines in it keep their thickness.
    mutating func openStretch(_ area: PlotArea) {
        raw("<svg class=\"stretch\" width=\"100%\"")
        attribute("height", area.height)
        raw(" viewBox=\"0 0 1000 ")
        number(area.height)
        raw("\" preserveAspectRatio=\"none\" aria-hidden=\"true\">")
    }
}
