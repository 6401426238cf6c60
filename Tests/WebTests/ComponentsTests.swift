import Testing
import Web

@Suite("components")
struct ComponentsTests {
    let l: Localizer
    init() throws { l = try House.localizer() }

    static let hostile = "<img src=x onerror=alert(1)> \" ' & {{title}}"

    func everyComponent(_ words: String, _ l: Localizer) -> [(String, SafeHTML)] {
        let link = Link(words, "/x?a=\(words)")
        return [
            ("pill", Pill(.good, .check, words).html),
            ("as of", AsOf(words, exact: words, isLate: true).html),
            (
                "tiles",
                Tiles([
                    Tile(
                        label: words, figure: .value(words, unit: words), href: "/x",
                        delta: Delta(.up, words, words, isGood: true),
                        sparkline: Sparkline([1, 2, 3], label: words), asOf: AsOf(words), formula: words),
                    Tile(label: words, figure: .words(words)),
                ]).html
            ),
            (
                "table",
                DataTable(
                    id: "t", caption: words, note: words, columns: [.init(words, sort: SortLink("?s"))],
                    rows: [
                        [.text(words)], [.two(words, sub: words)], [.rowLink(words, words, sub: words)],
                        [.link(words, "/x")], [.time(words, iso: words)], [.pill(Pill(.bad, .cross, words))],
                    ], totals: [.money(words)], footer: TableFooter(from: 1, to: 6, total: .exact(6), nextHref: "?n")
                ).html(l)
            ),
            (
                "quality",
                QualityBox(
                    gate: Pill(.warn, .wave, words), verdict: words, because: words,
                    figures: [QualityFigure(words, words, note: words)], link: link
                ).html
            ),
            ("reasons", Reasons([Reason(words, part: -1, text: words)], score: words).html(l)),
            ("stages", StageList(id: "s", [Stage(words, .current, figures: words, share: 0.5)], note: words).html(l)),
            ("empty", EmptyState(.notConnected, title: words, text: words, primary: link, secondary: link).html),
            (
                "need",
                NotEnoughData(title: words, needs: [Need(words, have: 1, need: 2)], how: words, action: link).html(l)
            ),
            ("alert", Alert(.bad, title: words, text: words, actions: [link]).html),
            ("errors", ErrorSummary([.init(field: "a", message: words), .init(field: nil, message: words)]).html(l)),
            ("tabs", Tabs(label: words, [TabItem(words, "/x", isCurrent: true, count: words)]).html),
            ("crumbs", Crumbs([link], current: words).html),
            ("terms", Terms([.init(words, words)], across: true).html),
            ("timeline", Timeline([TimelineItem(words, iso: words, words, sub: words, tail: .text(words))]).html),
        ]
            + [
                Field.text("a", label: words, value: words, help: words, error: words, autocomplete: words),
                .textarea("b", label: words, value: words),
                .select("c", label: words, options: [.init(words, words)], selected: words),
                .radios("d", label: words, options: [.init(words, words, help: words)], selected: words),
                .checkbox("e", label: words, isOn: true, error: words),
                .file("f", label: words, accept: words, help: words),
            ].enumerated().map { ("field \($0.offset)", $0.element.html(l)) }
    }

    @Test("text from outside never becomes markup")
    func escapes() {
        for (name, html) in everyComponent(ComponentsTests.hostile, l) {
            #expect(!html.html.contains("<img"), "\(name)")
            #expect(!html.html.contains("onerror=alert(1)> \""), "\(name)")
        }
    }

    @Test("markup is balanced, in both languages")
    func balanced() throws {
        for locale in AppLocale.allCases {
            for (name, html) in everyComponent("Ann & Bob", try House.localizer(locale)) {
                #expect(unbalancedTag(in: html.html) == nil, "\(name)")
            }
        }
    }

    @Test("every state has its word in both languages and a shape of its own within its family")
    func states() throws {
        for locale in AppLocale.allCases {
            let l = try House.localizer(locale)
            let families: [[Pill]] = [
                WorkState.allCases.map { .state($0, l) }, GateState.allCases.map { .gate($0, l) },
                RiskBand.allCases.map { .band($0, l) }, ConsentMark.allCases.map { .consent($0, l) },
            ]
            for family in families {
                #expect(Set(family.map(\.word)).count == family.count)
                #expect(Set(family.map(\.shape)).count == family.count)
                #expect(!family.contains { $0.word.contains("shell.") })
            }
        }
    }

    @Test("an empty table gives its place to the empty state")
    func emptyTable() {
        let table = DataTable(
            id: "t", caption: "Customers", columns: [.init("Name")], rows: [],
            empty: EmptyState(.nothing, title: "Nobody matches", text: "One filter is set.").html)
        let html = table.html(l).html
        #expect(html.contains("Nobody matches"))
        #expect(!html.contains("<table"))
    }

    @Test(
        "the line under a table says which rows these are",
        arguments: [
            (TableFooter.Total.exact(23_570), "1–50 of 23,570"), (.atLeast(10_000), "1–50 of more than 10,000"),
            (.unknown, "1–50"),
        ])
    func footer(total: TableFooter.Total, words: String) {
        let table = DataTable(
            id: "t", caption: "c", columns: [.init("Name")], rows: [[.text("a")]],
            footer: TableFooter(from: 1, to: 50, total: total))
        #expect(table.html(l).html.contains("<span>\(words)</span>"))
    }

    @Test("a sorted column says so to readers of screens")
    func sorted() {
        let table = DataTable(
            id: "t", caption: "c",
            columns: [.init("Name", sort: SortLink("?sort=name", current: .descending)), .init("Orders", .end)],
            rows: [[.text("a"), .number("1")]])
        let html = table.html(l).html
        #expect(html.contains("aria-sort=\"descending\""))
        #expect(html.contains("<th scope=\"col\" class=\"number\">Orders</th>"))
        #expect(html.contains("<th scope=\"row\">a</th><td class=\"number\">1</td>"))
    }

    @Test("a table that stacks tells each cell's column on a phone, and stays a table to readers of screens")
    func stacked() {
        let table = DataTable(
            id: "t", caption: "c", columns: [.init("Name"), .init("Orders & more", .end)],
            rows: [[.text("a"), .number("1")]], totals: [.text("b"), .number("2")], stacks: true)
        let html = table.html(l).html
        #expect(html.contains("<table class=\"data stacks\" role=\"table\">"))
        let cells =
            "<th scope=\"row\" role=\"rowheader\">a</th>"
            + "<td role=\"cell\" data-label=\"Orders &amp; more\" class=\"number\">1</td>"
        #expect(html.contains("<tr role=\"row\">" + cells + "</tr>"))
        #expect(html.ranges(of: "role=\"rowgroup\"").count == 3)
        #expect(html.ranges(of: "role=\"columnheader\"").count == 2)
    }

    @Test("consent counts say who was left out and why")
    func consent() {
        let html = ConsentCounts(loaded: 12_430, used: 9_818, missing: 2_000, withdrawn: 612).html(l).html
        #expect(html.contains("9,818 of 12,430 used; 2,612 left out for lack of consent."))
        #expect(html.contains("<b>2,000</b> no record"))
        #expect(!html.contains("expired"))
        #expect(ConsentCounts(loaded: 5, used: 5).sentence(l) == "All 5 used; nobody left out for lack of consent.")
    }

    @Test("reasons share one scale around the middle")
    func reasons() {
        let html = Reasons([Reason("a", part: 2, text: "+2"), Reason("b", part: -1, text: "–1")]).html(l).html
        #expect(html.contains("x=\"50\" y=\"2\" height=\"8\" width=\"48\""))
        #expect(html.contains("x=\"26\" y=\"2\" height=\"8\" width=\"24\""))
    }

    @Test("a field ties its help and error to its input")
    func field() {
        let html = Field.text("email", label: "E-mail", value: "a@", type: .email, help: "h", error: "e").html(l).html
        #expect(html.contains("id=\"field-email\" name=\"email\" required aria-invalid=\"true\""))
        #expect(html.contains("aria-describedby=\"field-email-error field-email-help\""))
        #expect(Field.text("p", label: "P", value: "secret", type: .password).html(l).html.contains("secret") == false)
    }

    @Test("a meter stays within its box", arguments: [(-1.0, "0"), (0.4, "40"), (7, "100"), (.nan, "0")])
    func meter(share: Double, width: String) {
        #expect(Meter(share: share).html.html.contains("width=\"\(width)\"/>"))
    }
}
