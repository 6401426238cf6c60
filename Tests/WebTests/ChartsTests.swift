import Testing

@testable import Web

@Suite("charts")
struct ChartsTests {
    let l: Localizer
    init() throws { l = try House.localizer() }

    let text = ChartText(
        id: "c", title: "Revenue & more", summary: "It <grows>.", x: "Week", y: "€", empty: "No orders in these weeks.")

    func everyChart(_ words: String, _ l: Localizer) -> [(String, SafeHTML)] {
        let text = ChartText(id: "c", title: words, summary: words, x: words, y: words, empty: words)
        let values: [Double?] = [1, nil, 3, 4]
        let labels = [words, "b", "c", "d"]
        return [
            (
                "line",
                LineChart(
                    text, labels: labels, series: [LineSeries(words, values), LineSeries("b", [4, 3, 2, 1])],
                    comparison: LineSeries(words, values), band: [0...2, nil, 2...4, 3...5], unfinishedFrom: 3,
                    marks: [.init(1, words)]
                ) { _ in words }.html(l)
            ),
            ("bars", BarChart(text, bars: [Bar(words, 2, words), Bar("b", .nan, "–")]).html(l)),
            (
                "stacked",
                StackedBarChart(text, labels: labels, parts: [LineSeries(words, values), LineSeries("b", values)]) {
                    _ in
                    words
                }.html(l)
            ),
            (
                "scatter",
                ScatterChart(text, groups: [ScatterGroup(words, [(x: 1, y: 2), (x: 3, y: 4)])], note: words).html(l)
            ),
            (
                "calibration",
                CalibrationChart(
                    text, bins: [CalibrationPoint(predicted: 0.2, observed: 0.3, lower: 0.2, upper: 0.4, count: 10)]
                ).html(l)
            ),
            (
                "lift",
                LiftChart(
                    text, gains: [GainPoint(share: 0.5, reached: 0.8)], baseline: [GainPoint(share: 0.5, reached: 0.6)],
                    baselineName: words
                ).html(l)
            ),
            (
                "cohorts",
                CohortGrid(
                    text, periods: ["0", "1"], cohorts: [Cohort(words, size: words, shares: [1, 0.2], unfinished: [1])]
                )
                .html(l)
            ),
            ("spark", Sparkline([1, 2, nil, 4], comparison: [2, 2, 2, 2], unfinishedFrom: 3, label: words).html),
        ]
    }

    @Test("text from outside never becomes markup, and markup is balanced")
    func escapes() throws {
        for locale in AppLocale.allCases {
            for (name, html) in everyChart("<script>alert('x')</script> & \"", try House.localizer(locale)) {
                #expect(!html.html.contains("<script"), "\(name)")
                #expect(unbalancedTag(in: html.html) == nil, "\(name)")
            }
        }
    }

    @Test("the same input gives the same bytes")
    func deterministic() {
        for (first, second) in zip(everyChart("a", l), everyChart("a", l)) {
            #expect(first.1 == second.1, "\(first.0)")
        }
    }

    @Test("no colour and no style is written into a picture")
    func classesOnly() {
        for (name, html) in everyChart("a", l) {
            #expect(!html.html.contains("style="), "\(name)")
            #expect(!html.html.contains("fill=\""), "\(name)")
            #expect(!html.html.contains("stroke=\""), "\(name)")
        }
    }

    @Test("a chart has a title, a description and a table with every figure")
    func twin() {
        let chart = LineChart(
            text, labels: ["3 Mar", "10 Mar"], series: [LineSeries("1998", [1200, nil])],
            comparison: LineSeries("1997", [900, 950])
        ) { "€\(Int($0))" }
        let html = chart.html(l).html
        #expect(html.contains("<title id=\"c-title\">Revenue &amp; more</title>"))
        #expect(html.contains("<desc id=\"c-desc\">It &lt;grows&gt;.</desc>"))
        #expect(html.contains("<summary>Show table</summary>"))
        #expect(
            html.contains("<th scope=\"row\">3 Mar</th><td class=\"number\">€1200</td><td class=\"number\">€900</td>"))
        #expect(html.contains("<th scope=\"row\">10 Mar</th><td class=\"number\">–</td><td class=\"number\">€950</td>"))
        #expect(html.contains("aria-label=\"3 Mar: €1200 · 1997 €900\""))
    }

    @Test("without data there are words and no axes")
    func noData() {
        let empties = [
            LineChart(text, labels: ["a"], series: [LineSeries("s", [nil])]) { _ in "" }.html(l),
            LineChart(text, labels: [], series: []) { _ in "" }.html(l),
            BarChart(text, bars: []).html(l),
            StackedBarChart(text, labels: ["a"], parts: [LineSeries("s", [0])]) { _ in "" }.html(l),
            ScatterChart(text, groups: []).html(l),
            CalibrationChart(text, bins: []).html(l),
            LiftChart(text, gains: []).html(l),
            CohortGrid(text, periods: [], cohorts: []).html(l),
        ]
        for html in empties {
            #expect(html.html.contains("No orders in these weeks."))
            #expect(!html.html.contains("<svg"))
            #expect(!html.html.contains("<table"))
        }
        #expect(Sparkline([3], label: "one").html.isEmpty)
    }

    @Test("an unfinished week is never joined by a solid line")
    func unfinished() {
        let chart = LineChart(text, labels: ["a", "b", "c"], series: [LineSeries("s", [1, 2, 3])], unfinishedFrom: 2) {
            _ in
            ""
        }
        let html = chart.html(l).html
        #expect(html.contains("class=\"line s1\" d=\"M0 138L500 80\""))
        #expect(html.contains("class=\"line unfinished s1\" d=\"M500 80L1000 22\""))
    }

    @Test("a gap breaks the line and a lone point is still seen")
    func gaps() {
        let chart = LineChart(text, labels: ["a", "b", "c"], series: [LineSeries("s", [1, nil, 1])]) { _ in "" }
        #expect(chart.html(l).html.contains("d=\"M0 22h0M1000 22h0\""))
    }

    @Test(
        "ticks are round and hold every value",
        arguments: [
            ([0.0, 23_570], [0.0, 10_000, 20_000, 30_000]), ([0.61, 0.73], [0, 0.2, 0.4, 0.6, 0.8]),
            ([-3, 5], [-4, -2, 0, 2, 4, 6]), ([], [0, 0.25, 0.5, 0.75, 1]), ([.infinity, 4], [0, 1, 2, 3, 4]),
        ] as [([Double], [Double])])
    func ticks(values: [Double], expected: [Double]) {
        let ticks = NiceScale(values).ticks
        #expect(ticks.count == expected.count)
        for (tick, wanted) in zip(ticks, expected) { #expect(abs(tick - wanted) < 1e-9) }
    }

    @Test("a big cloud is thinned out, and the picture stays small")
    func cloud() {
        var generator = SystemRandomNumberGenerator()
        let points = (0..<23_502).map { _ in
            (x: Double.random(in: 0...1, using: &generator), y: Double.random(in: 0...1, using: &generator))
        }
        let html = ScatterChart(text, groups: [ScatterGroup("all", points)]).html(l).html
        #expect(html.utf8.count < 24_000)
    }
}
