/// Customers who began in the same period, and which share of them came back in each period after.
public struct Cohort: Sendable, Equatable {
    public let name: String
    public let size: String
    public let shares: [Double?]
    public let unfinished: Set<Int>

    /// - Parameters:
    ///   - shares: 0 to 1 for each period; nil where there is nothing yet.
    ///   - unfinished: periods that are not over.
    public init(_ name: String, size: String, shares: [Double?], unfinished: Set<Int> = []) {
        self.name = name
        self.size = size
        self.shares = shares
        self.unfinished = unfinished
    }
}

/// Retention by cohort: a table whose cells are washed in eleven steps, so it is its own twin.
public struct CohortGrid: Sendable {
    let text: ChartText
    let periods: [String]
    let cohorts: [Cohort]

    public init(_ text: ChartText, periods: [String], cohorts: [Cohort]) {
        self.text = text
        self.periods = periods
        self.cohorts = cohorts
    }

    public func html(_ l: Localizer) -> SafeHTML {
        let shares = cohorts.flatMap { $0.shares.compactMap { $0 } }.filter(\.isFinite)
        guard !shares.isEmpty else { return emptyChart(text, l) }
        // The first period is nearly always everybody; the scale follows the others, or nothing would show.
        let later = cohorts.flatMap { $0.shares.dropFirst().compactMap { $0 } }.filter(\.isFinite)
        let most = max(later.max() ?? shares.max() ?? 1, 1e-9)
        return HTMLWriter.build(capacity: 1024 + cohorts.count * periods.count * 64) { html in
            open(text, to: &html)
            if !text.x.isEmpty { html.element("p", class: "chart-y", text: text.x) }
            html.raw("<div class=\"table-scroll\" tabindex=\"0\" role=\"region\"")
            html.attribute("aria-label", text.title)
            html.raw("><table class=\"cohorts\"><caption class=\"quiet-label\">")
            html.text(text.title)
            html.raw("</caption><thead><tr>")
            for title in [l.t("charts.cohort.cohort"), l.t("charts.cohort.size")] + periods {
                html.raw("<th scope=\"col\">")
                html.text(title)
                html.raw("</th>")
            }
            html.raw("</tr></thead><tbody>")
            for cohort in cohorts { write(cohort, most: most, to: &html, l) }
            html.raw("</tbody></table></div>")
            html.raw("</figure>")
        }
    }

    private func write(_ cohort: Cohort, most: Double, to html: inout HTMLWriter, _ l: Localizer) {
        html.raw("<tr><th scope=\"row\">")
        html.text(cohort.name)
        html.raw("</th><td>")
        html.text(cohort.size)
        html.raw("</td>")
        for index in periods.indices {
            guard index < cohort.shares.count, let share = cohort.shares[index], share.isFinite else {
                html.raw("<td></td>")
                continue
            }
            let step = Int((min(max(share / most, 0), 1) * 10).rounded())
            html.raw("<td class=\"cell w")
            html.number(step)
            html.raw(cohort.unfinished.contains(index) ? " unfinished\">" : "\">")
            html.text(l.percent(share))
            html.raw("</td>")
        }
        html.raw("</tr>")
    }
}
