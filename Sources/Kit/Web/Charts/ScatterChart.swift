/// A cloud of points that belong together.
public struct ScatterGroup: Sendable {
    public let name: String
    public let points: [(x: Double, y: Double)]
    public let size: String?

    /// - Parameter size: how many the group really has, for the table twin, when only a sample is drawn.
    public init(_ name: String, _ points: [(x: Double, y: Double)], size: String? = nil) {
        self.name = name
        self.points = points.filter { $0.x.isFinite && $0.y.isFinite }
        self.size = size
    }
}

/// Points in two directions, e.g. the projection of segments. A picture only: what counts stands in the table twin.
public struct ScatterChart: Sendable {
    let text: ChartText
    let groups: [ScatterGroup]
    let note: String?

    /// Points drawn at most over all groups; beyond that every n-th is taken.
    static let most = 1_500

    /// - Parameters:
    ///   - groups: at most seven, in the order of the data hues; further ones are drawn grey.
    ///   - note: that this is a projection, and how many of how many points are drawn.
    public init(_ text: ChartText, groups: [ScatterGroup], note: String? = nil) {
        self.text = text
        self.groups = groups
        self.note = note
    }

    public func html(_ l: Localizer) -> SafeHTML {
        guard groups.contains(where: { !$0.points.isEmpty }) else { return emptyChart(text, l) }
        let cloud = ScatterCloud(groups, most: ScatterChart.most)
        let frame = ChartFrame(text: text, area: cloud.area, note: note)
        return HTMLWriter.build(capacity: 4096 + cloud.count * 12) { html in
            frame.write(
                to: &html,
                picture: { html in
                    html.raw("<line class=\"rule\" x1=\"0\" x2=\"0\"")
                    html.attribute("y1", cloud.area.top)
                    html.attribute("y2", cloud.area.bottom)
                    html.raw("/><line class=\"rule\" x1=\"0\" x2=\"100%\"")
                    html.attribute("y1", cloud.area.bottom)
                    html.attribute("y2", cloud.area.bottom)
                    html.raw("/>")
                    cloud.write(to: &html)
                },
                legend: groups.enumerated().map { LegendItem(name: $1.name, hue: $0, sample: .box) },
                twin: { writeTwinRows(to: &$0, l) }, l)
        }
    }

    /// The twin of a cloud is its middle and size, not thousands of lines.
    private func writeTwinRows(to html: inout HTMLWriter, _ l: Localizer) {
        let rows = groups.map { group in
            let count = Double(max(group.points.count, 1))
            let x = group.points.reduce(0) { $0 + $1.x } / count
            let y = group.points.reduce(0) { $0 + $1.y } / count
            return [
                group.name, group.size ?? l.number(group.points.count), l.number(x, digits: 2), l.number(y, digits: 2),
            ]
        }
        let head = [l.t("charts.series"), l.t("charts.calibration.count"), text.x, text.y]
        writeTwin(text, head: head, rows: rows, to: &html)
    }
}

/// The points of a scatter chart in their places.
struct ScatterCloud {
    let area = PlotArea.tall
    let groups: [(name: String, places: [(x: Double, y: Double)])]

    var count: Int { groups.reduce(0) { $0 + $1.places.count } }

    init(_ groups: [ScatterGroup], most: Int) {
        let all = groups.flatMap(\.points)
        let stride = max(1, (all.count + most - 1) / most)
        let (left, right) = ScatterCloud.extent(all.map(\.x))
        let (low, high) = ScatterCloud.extent(all.map(\.y))
        let area = area
        self.groups = groups.map { group in
            let places = group.points.enumerated().filter { $0.offset % stride == 0 }.map { _, point in
                (
                    x: (2 + (point.x - left) / (right - left) * 96),
                    y: area.y(0.03 + (point.y - low) / (high - low) * 0.94)
                )
            }
            return (group.name, places)
        }
    }

    private static func extent(_ values: [Double]) -> (Double, Double) {
        let least = values.min() ?? 0
        let most = values.max() ?? 1
        return most - least > 1e-12 ? (least, most) : (least - 0.5, least + 0.5)
    }

    /// Each group is one path of zero-length strokes: round dots at any stretch, ten bytes a point.
    func write(to html: inout HTMLWriter) {
        html.openStretch(area)
        for (hue, group) in groups.enumerated() where !group.places.isEmpty {
            html.raw("<path class=\"cloud ")
            html.hue(hue)
            html.raw("\" d=\"")
            for place in group.places {
                html.raw("M")
                html.number(place.x * 10, digits: 0)
                html.raw(" ")
                html.number(place.y, digits: 0)
                html.raw("h0")
            }
            html.raw("\"/>")
        }
        html.raw("</svg>")
        for group in groups where group.places.count > 1 { writeName(group, to: &html) }
    }

    private func writeName(_ group: (name: String, places: [(x: Double, y: Double)]), to html: inout HTMLWriter) {
        let xs = group.places.map(\.x).sorted()
        let ys = group.places.map(\.y).sorted()
        html.label(
            group.name, x: xs[xs.count / 2], y: ys[ys.count / 2] + 4, class: "strong halo narrow-off", leansAt: 8)
    }
}
