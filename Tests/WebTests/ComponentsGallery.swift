import Foundation
import Testing

@testable import Web

/// Every component and chart on one page, with sample data: what a change of styles is looked at with.
/// `OMNIFY_GALLERY=/some/folder swift test --filter gallery` writes it, once in each language.
struct GalleryPage: Page {
    static let template = "gallery"
    static let sample = GalleryPage(title: "Gallery", parts: .empty)

    let title: String
    let parts: SafeHTML

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "parts": parts
        default: nil
        }
    }

    static let markup = """
        {{<layout.app}}{{$action}}<a class="button primary" href="#">Run again</a>{{/action}}
        {{$main}}<div class="stack">{{parts}}</div>{{/main}}{{/layout.app}}
        """
}

@Suite("gallery")
struct ComponentsGalleryTests {
    @Test("all parts together make one sound page in both languages", arguments: AppLocale.allCases)
    func whole(locale: AppLocale) throws {
        let folder = House.root.appendingPathComponent("Templates")
        var texts = ["gallery": GalleryPage.markup]
        for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        where path.hasPrefix("layout.") || path.hasPrefix("components/") {
            texts[String(path.dropLast(".mustache".count))] = try String(
                contentsOf: folder.appendingPathComponent(path), encoding: .utf8)
        }
        let catalogue = try Catalogue.load(directory: House.root.appendingPathComponent("Locales").path)
        let renderer = PageRenderer(
            library: try TemplateLibrary(texts: texts), catalogue: catalogue,
            assets: try StaticFiles(directory: House.root.appendingPathComponent("Public").path))
        var shell = Shell.sample
        shell.locale = locale
        let page = GalleryPage(
            title: "412 customers at high risk", parts: Gallery(l: renderer.words(locale)).everything)
        let html = renderer.html(page, shell: shell)
        #expect(unbalancedTag(in: html.replacing("<!DOCTYPE html>", with: "")) == nil)
        #expect(!html.contains("style=\""))
        #expect(!html.contains("shell."), "a word is missing")
        for match in Gallery.duplicates(of: /\sid="([^"]+)"/, in: html) {
            Issue.record("two elements have the id \(match)")
        }
        if let out = ProcessInfo.processInfo.environment["OMNIFY_GALLERY"] {
            let address = URL(fileURLWithPath: out).appendingPathComponent("gallery-\(locale.rawValue).html")
            try html.write(to: address, atomically: true, encoding: .utf8)
        }
    }
}

/// The parts with made-up figures.
struct Gallery {
    let l: Localizer

    static func duplicates(of pattern: Regex<(Substring, Substring)>, in html: String) -> [Substring] {
        var seen: Set<Substring> = []
        return html.matches(of: pattern).map(\.output.1).filter { !seen.insert($0).inserted }
    }

    var everything: SafeHTML {
        HTMLWriter.build { html in
            for part in states + answers + ways + charts + lists { html.html(part) }
        }
    }

    private var states: [SafeHTML] {
        let pills =
            WorkState.allCases.map { Pill.state($0, l) } + GateState.allCases.map { Pill.gate($0, l) }
            + RiskBand.allCases.map { Pill.band($0, l) } + ConsentMark.allCases.map { Pill.consent($0, l) }
        let row = HTMLWriter.build { html in
            html.raw("<div class=\"button-row\">")
            for pill in pills { pill.write(to: &html) }
            html.raw("</div>")
        }
        return [row] + [Tone.good, .warn, .bad, .info].map { Alert($0, title: "What happened", text: "And why.").html }
    }

    private var answers: [SafeHTML] {
        let spark = Sparkline([3, 4, 3, 5, 6], comparison: [2, 3, 3, 4, 4], unfinishedFrom: 4, label: "Orders")
        return [
            Tiles([
                Tile(
                    label: "Orders, 28 days", figure: .value("3,214"), href: "#",
                    delta: Delta(.up, "12 %", "against the 28 days before", isGood: true), sparkline: spark,
                    asOf: AsOf("CSV import · as of 14:05")),
                Tile(label: "Ad spend", figure: .words("No ad account connected"), asOf: AsOf("Needs one")),
            ]).html,
            QualityBox(
                gate: .gate(.provisional, l), verdict: "Good enough at 60 and 90 days, provisional at 30",
                because: "The lower end of the interval is below 0.70.",
                figures: [QualityFigure("AUC", "0.717", note: "0.698–0.733")], link: Link("Model card", "#")
            ).html,
            Reasons(
                [
                    Reason("last order 74 days ago, usually every 31", part: 1.24, text: "+1.24"),
                    Reason("customer for 14 months", part: -0.63, text: "–0.63"),
                ], score: "0.71"
            ).html(l),
            ConsentCounts(loaded: 12_430, used: 9_818, missing: 2_000, withdrawn: 612).html(l),
            StageList(
                id: "stages",
                [Stage("Load", .done, figures: "1.2 s"), Stage("Fit", .current, share: 0.4), Stage("Store", .waiting)],
                note: l.t("shell.stages.leave")
            ).html(l),
        ]
    }

    private var ways: [SafeHTML] {
        [
            Tabs(label: "Eyes", [TabItem("Segments", "#", isCurrent: true, count: "3"), TabItem("Churn", "#")]).html,
            Segmented(label: "Horizon", [TabItem("30 days", "#"), TabItem("90 days", "#", isCurrent: true)]).html,
            EmptyState(.notConnected, title: "No orders yet", text: "Import one file.", primary: Link("Import", "#"))
                .html,
            EmptyState(.waiting, title: "The first rows are on their way", text: "Usually 8 s.").html,
            EmptyState(.nothing, title: "Nobody matches", text: "One filter.", primary: Link("Clear filters", "#"))
                .html,
            NotEnoughData(
                title: "Not enough data", needs: [Need("Buyers", have: 412, need: 500)], how: "Import older orders."
            ).html(l),
            ErrorSummary([.init(field: "email", message: "Enter an e-mail address")]).html(l),
            Field.text("email", label: "E-mail", value: "ana@", type: .email, help: "h", error: "Enter one").html(l),
            Field.select("size", label: "Size", options: [.init("a", "1–10")], required: false).html(l),
            Field.radios("consent", label: "Consent", options: [.init("a", "From a column", help: "h")]).html(l),
            Field.checkbox("agree", label: "I may use these data").html(l),
            Field.textarea("note", label: "Note").html(l),
            Field.file("file", label: "Drop a CSV here or choose one", accept: ".csv").html(l),
        ]
    }

    private var lists: [SafeHTML] {
        [
            DataTable(
                id: "table", caption: "Customers at risk",
                columns: [
                    .init("Customer", sort: SortLink("#", current: .ascending)), .init("Band"), .init("Value", .end),
                ],
                rows: [
                    [.rowLink("Ana Martín", "#", sub: "ana@example.org"), .pill(.band(.high, l)), .money("€ 1,204")]
                ],
                totals: [.text("Total"), .text(""), .money("€ 1,204")],
                footer: TableFooter(from: 1, to: 1, total: .exact(1), nextHref: "#", csvHref: "#")
            ).html(l),
            Terms([.init("Orders", "12"), .init("Consent", html: Pill.consent(.valid, l).html)]).html,
            Timeline([TimelineItem("3 May 1998", iso: "1998-05-03", "Order", tail: .text("€ 41.20"))]).html,
        ]
    }

    private var charts: [SafeHTML] {
        func text(_ id: String) -> ChartText {
            ChartText(id: id, title: "Title of \(id)", summary: "What to see in it.", x: "Week", y: "Orders")
        }
        let labels = (1...12).map { "\($0) Mar" }
        let rising: [Double?] = (0..<12).map { 40 + Double($0 * $0) }
        let falling: [Double?] = (0..<12).map { 90 - Double($0) * 3 }
        let whole: ChartFormat = { [l] in l.number($0) }
        return [
            LineChart(
                text("line"), labels: labels, series: [LineSeries("1998", rising)],
                comparison: LineSeries("1997", falling), unfinishedFrom: 11, marks: [.init(4, "price change")],
                format: whole
            ).html(l),
            BarChart(text("bars"), bars: [Bar("Recency", 1.2, "1.20"), Bar("Orders", 0.8, "0.80")]).html(l),
            StackedBarChart(
                text("stack"), labels: labels, parts: [LineSeries("Low", rising), LineSeries("High", falling)],
                format: whole
            ).html(l),
            ScatterChart(text("cloud"), groups: [ScatterGroup("Loyal", [(x: 0, y: 0), (x: 1, y: 2), (x: 2, y: 1)])])
                .html(l),
            CalibrationChart(
                text("calibration"),
                bins: (1...9).map { tenth in
                    let share = Double(tenth) / 10
                    return CalibrationPoint(
                        predicted: share, observed: share, lower: share - 0.05, upper: share + 0.05, count: 600)
                }
            ).html(l),
            LiftChart(
                text("lift"), gains: (1...10).map { GainPoint(share: Double($0) / 10, reached: sqrt(Double($0) / 10)) }
            ).html(l),
            CohortGrid(
                text("cohorts"), periods: ["0", "1", "2"],
                cohorts: [Cohort("Jan 1997", size: "7,846", shares: [1, 0.24, 0.15], unfinished: [2])]
            ).html(l),
            LineChart(text("none"), labels: [], series: [], format: whole).html(l),
        ]
    }
}
