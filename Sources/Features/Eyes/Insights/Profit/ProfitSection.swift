import Foundation
import Learning
import Web

/// The slider: what writing to so many is expected to bring, and which cut brings most. Works as a plain form.
struct ProfitSection {
    let answer: ProfitAnswer
    let form: ProfitForm
    let speech: EyesSpeech
    let paths: EyesPaths
    let horizon: Horizon
    /// Whether the reader may keep the figures for everybody, export, and make campaigns.
    let mayKeep: Bool
    let mayExport: Bool
    let mayPropose: Bool

    private var words: Localizer { speech.words }

    var html: SafeHTML {
        HTMLWriter.build(capacity: 16_384) { html in
            html.raw("<section class=\"stack near\" id=\"profit\" aria-labelledby=\"profit-heading\">")
            html.raw("<div class=\"section-head\"><h2 id=\"profit-heading\">")
            html.text(headline)
            html.raw("</h2></div>")
            html.element("p", class: "soft", text: speech.t("profit.how", ["days": speech.days(horizon)]))
            if !form.errors.isEmpty {
                html.html(
                    ErrorSummary(form.errors.summary(words).map { .init(field: $0.field, message: $0.message) }).html(
                        words))
            }
            writeForm(to: &html)
            if isKnown {
                html.html(tiles.html)
                html.html(chart.html(words))
                writeActions(to: &html)
            }
            html.raw("</section>")
        }
    }

    /// Without amounts nobody's own value is known: somebody has to say one for all.
    private var isKnown: Bool { speech.hasAmounts || answer.choice.fixedValueMinor != nil }

    /// The answer in its first line.
    private var headline: String {
        guard isKnown else { return speech.t("profit.title_unknown") }
        if answer.best.reached == 0 { return speech.t("profit.title_none") }
        if form.cut != nil, answer.chosen.reached > 0, answer.chosen.reached != answer.best.reached {
            return words.t(
                "eyes.profit.title_cut", count: answer.chosen.reached,
                [
                    "profit": money(answer.chosen.profit), "best": words.number(answer.best.reached),
                    "money": money(answer.best.profit),
                ])
        }
        return words.t(
            "eyes.profit.title", count: answer.best.reached,
            ["money": money(answer.best.profit), "all": words.number(answer.customers)])
    }

    private func money(_ minor: Double) -> String { speech.money(Int64(minor.rounded())) }

    // MARK: Form

    private func writeForm(to html: inout HTMLWriter) {
        html.raw("<form class=\"filters\" method=\"get\"")
        html.attribute("action", paths.index)
        html.raw(">")
        for (name, value) in [("tab", "churn"), ("horizon", horizon.timeframe)] {
            html.raw("<input type=\"hidden\"")
            html.attribute("name", name)
            html.attribute("value", value)
            html.raw(">")
        }
        field("cost", step: "0.01", most: nil, &html)
        field("success", step: "0.1", most: "100", &html)
        field("margin", step: "0.1", most: "100", &html)
        field("value", step: "0.01", most: nil, &html)
        field("cut", step: "1", most: String(answer.customers), &html)
        html.raw("<button class=\"button\" type=\"submit\">")
        html.text(speech.t("profit.count"))
        html.raw("</button>")
        if mayKeep, form.isChanged {
            html.raw("<button class=\"button plain\" type=\"submit\" formmethod=\"post\"")
            html.attribute("formaction", paths.profit)
            html.raw(">")
            html.text(speech.t("profit.keep"))
            html.raw("</button>")
        }
        html.raw("</form>")
    }

    private func field(_ name: String, step: String, most: String?, _ html: inout HTMLWriter) {
        html.raw("<label class=\"field\"><span>")
        html.text(speech.t("profit.field.\(name)", ["currency": speech.currency]))
        html.raw("</span><input class=\"input\" type=\"number\" min=\"0\" inputmode=\"decimal\"")
        html.attribute("id", "field-\(name)")
        html.attribute("name", name)
        html.attribute("step", step)
        html.attribute("max", most)
        let used = name == "cut" ? String(answer.chosen.reached) : form.text(name, currency: speech.currency)
        html.attribute("value", form.refused[name] ?? used)
        html.attribute("aria-invalid", form.refused[name].map { _ in "true" })
        if name == "value" { html.attribute("placeholder", speech.t("profit.value_placeholder")) }
        html.raw("></label>")
    }

    // MARK: Figures

    private var tiles: Tiles {
        let cut = answer.chosen
        return Tiles([
            Tile(
                label: speech.t("profit.reached"), figure: .value(words.number(cut.reached)),
                formula: speech.t("profit.formula.reached")),
            tile("right", cut.right, cut.held?.right),
            tile("wasted", cut.wasted, cut.held?.wasted),
            Tile(
                label: speech.t("profit.saved"),
                figure: .value(words.number(cut.saved, digits: cut.saved < 10 ? 1 : 0)),
                formula: speech.t("profit.formula.saved")),
            Tile(
                label: speech.t("profit.profit"), figure: .value(money(cut.profit)),
                asOf: cut.held.map { inWindow(money($0.profit.lower), money($0.profit.upper)) },
                formula: speech.t("profit.formula.profit")),
        ])
    }

    private func tile(_ name: String, _ value: Double, _ held: Interval?) -> Tile {
        Tile(
            label: speech.t("profit.\(name)"), figure: .value(words.number(Int(value.rounded()))),
            asOf: held.map {
                inWindow(words.number(Int($0.lower.rounded())), words.number(Int($0.upper.rounded())))
            }, formula: speech.t("profit.formula.\(name)"))
    }

    /// What the same rule brought in the window that the model was tested on.
    private func inWindow(_ lower: String, _ upper: String) -> AsOf {
        AsOf("\(lower) – \(upper) \(speech.t("profit.in_window"))")
    }

    private var chart: LineChart {
        let best = nearest(answer.best.reached)
        let chosen = nearest(answer.chosen.reached)
        var marks = [LineChart.Mark(best, speech.t("profit.mark_best", ["count": words.number(answer.best.reached)]))]
        // Closer together the two words would lie on each other on a phone.
        if abs(chosen - best) >= answer.curve.count / 3 { marks.append(.init(chosen, speech.t("profit.mark_chosen"))) }
        let bands = answer.curve.map { cut in
            cut.held.map { $0.profit.lower...max($0.profit.lower, $0.profit.upper) }
        }
        let (currency, words) = (speech.currency, words)
        return LineChart(
            ChartText(
                id: "profit-chart", title: speech.t("profit.chart.title"), summary: summary,
                x: speech.t("profit.chart.x"), y: speech.t("profit.chart.y", ["currency": currency])),
            labels: answer.curve.map { words.number($0.reached) },
            series: [LineSeries(speech.t("profit.chart.expected"), answer.curve.map { $0.profit })],
            band: bands.contains { $0 != nil } ? bands : [], bandName: speech.t("profit.chart.band"), marks: marks,
            format: { words.money(Int64($0.rounded()), currency, decimals: false) })
    }

    private var summary: String {
        guard answer.heldOutRows > 0 else { return speech.t("profit.chart.no_window") }
        return speech.t(
            "profit.chart.summary",
            ["rows": words.number(answer.heldOutRows), "draws": words.number(answer.resamples)])
    }

    private func nearest(_ reached: Int) -> Int {
        answer.curve.indices.min {
            abs(answer.curve[$0].reached - reached) < abs(answer.curve[$1].reached - reached)
        } ?? 0
    }

    // MARK: What to do with it

    private func writeActions(to html: inout HTMLWriter) {
        let count = answer.chosen.reached
        guard count > 0 else { return }
        let list = ListQuery(
            filter: ChurnFilter(horizon: horizon, sort: answer.choice.order), cut: count)
        html.raw("<div class=\"button-row\">")
        if mayPropose {
            html.link(
                paths.newCampaign(list), text: words.t("eyes.profit.campaign", count: count), class: "button")
        }
        if mayExport {
            html.link(paths.export(list, .csv), text: words.t("eyes.profit.csv", count: count), class: "link-button")
            html.link(paths.export(list, .jsonl), text: speech.t("profit.jsonl"), class: "link-button")
        }
        html.link(paths.campaigns, text: speech.t("campaign.many"), class: "link-button")
        if answer.chosen.reached != answer.best.reached {
            html.link(
                paths.profitCut(horizon, form.query(currency: speech.currency, cut: nil)),
                text: speech.t("profit.to_best"), class: "link-button")
        }
        html.raw("</div>")
    }
}
