/// The shape of a figure over time, without axes, beside the figure itself.
public struct Sparkline: Sendable, Equatable {
    let values: [Double?]
    let comparison: [Double?]
    let unfinishedFrom: Int?
    let label: String

    /// - Parameters:
    ///   - comparison: the period before, dashed.
    ///   - unfinishedFrom: first place whose value can still change; dotted.
    ///   - label: what is drawn, for readers of screens, e.g. "Revenue, 12 weeks".
    public init(_ values: [Double?], comparison: [Double?] = [], unfinishedFrom: Int? = nil, label: String) {
        self.values = values.map { $0.flatMap { $0.isFinite ? $0 : nil } }
        self.comparison = comparison.map { $0.flatMap { $0.isFinite ? $0 : nil } }
        self.unfinishedFrom = unfinishedFrom
        self.label = label
    }

    public var html: SafeHTML { HTMLWriter.build(capacity: 1024) { write(to: &$0) } }

    /// Nothing below two values: a single point has no shape.
    public func write(to html: inout HTMLWriter) {
        let known = (values + comparison).compactMap { $0 }
        guard values.compactMap({ $0 }).count > 1, let most = known.max() else { return }
        // A shape, not a size: the box begins below the least value, at zero at the lowest if nothing is negative.
        let lowest = known.min() ?? 0
        let least = lowest < 0 ? lowest : max(0, lowest - (most - lowest) * 0.3)
        let place = Place(count: max(values.count, comparison.count), least: least, most: max(most, least + 1e-9))
        html.raw("<svg class=\"spark\" viewBox=\"0 0 100 48\" preserveAspectRatio=\"none\" role=\"img\"")
        html.attribute("aria-label", label)
        html.raw(">")
        let end = min(max(unfinishedFrom ?? values.count, 0), values.count)
        if !comparison.isEmpty { place.write(comparison, 0..<comparison.count, "line comparison", to: &html) }
        place.write(values, 0..<end, "line", to: &html)
        if end < values.count { place.write(values, max(end - 1, 0)..<values.count, "line unfinished", to: &html) }
        html.raw("</svg>")
    }

    /// Where values are in the box of 100 × 48.
    private struct Place {
        let count: Int
        let least: Double
        let most: Double

        func x(_ index: Int) -> Double { PlotArea.x(index, of: count) }
        func y(_ value: Double) -> Double { 45 - (value - least) / (most - least) * 42 }

        func write(_ values: [Double?], _ range: Range<Int>, _ name: StaticString, to html: inout HTMLWriter) {
            html.raw("<path class=\"")
            html.raw(name)
            html.raw("\" d=\"")
            var isOpen = false
            for index in range {
                guard let value = values[index] else {
                    isOpen = false
                    continue
                }
                html.raw(isOpen ? "L" : "M")
                writePoint(x(index), y(value), to: &html)
                isOpen = true
            }
            html.raw("\"/>")
        }

        private func writePoint(_ x: Double, _ y: Double, to html: inout HTMLWriter) {
            html.number(x)
            html.raw(" ")
            html.number(y, digits: 1)
        }
    }
}
