import Customers
import Foundation
import Tenancy
import Web

/// Turns figures into the display-ready home page.
struct HomePageBuilder {
    let figures: HomeFigures
    let organization: Organization
    let words: Localizer
    let now: Date
    let base: String
    let mayRun: Bool

    private var currency: String { figures.totals.currency }
    private var hasPlatforms: Bool { figures.data.sources.contains { !$0.isFiles } }
    private var hasOrders: Bool { figures.totals.orders > 0 }
    private var hasAmounts: Bool { figures.totals.orders > figures.totals.unconvertedOrders }

    func page() -> HomePage {
        HomePage(
            title: title,
            subtitle: hasOrders ? asOfWords : nil,
            action: action,
            hasOrders: hasOrders,
            notice: unconvertedNotice,
            money: hasOrders ? Tiles(moneyTiles).html(words) : .empty,
            risk: hasOrders ? Tiles(riskTiles).html(words) : .empty,
            riskNote: riskNote,
            chart: hasAmounts ? revenueChart : .empty,
            sources: hasOrders ? sourceTable : .empty
        )
    }

    /// The page's answer in one sentence.
    private var title: String {
        if case .published(let risk) = figures.analysis, let count = risk.highRiskCustomers {
            return words.t("home.title_risk", count: count, ["days": words.number(risk.horizonDays)])
        }
        guard hasOrders else { return words.t("home.title_empty", ["organization": organization.name]) }
        return words.t(
            "home.title_data",
            ["customers": words.number(figures.totals.customers), "orders": words.number(figures.totals.orders)])
    }

    private var asOfWords: String {
        guard let asOf = figures.data.completeUntil else { return words.t("home.as_of_unknown") }
        return words.t("home.as_of", ["date": words.date(asOf.addingTimeInterval(-1))])
    }

    private var sourceWords: String {
        let names = figures.data.sources.map { $0.name(words) }
        return names.count > 2 ? words.t("home.sources_count", count: names.count) : names.joined(separator: ", ")
    }

    private var asOf: AsOf {
        let imported = figures.data.lastImportAt.map { words.dateTime($0) } ?? ""
        return AsOf(
            "\(sourceWords) · \(asOfWords)",
            exact: words.t("home.as_of_exact", ["imported": imported, "rows": words.number(figures.totals.orders)]),
            isLate: false)
    }

    // MARK: Money

    /// Four complete weeks against the four before.
    private var moneyTiles: [Tile] {
        let weeks = figures.weekly.weeks.filter { !$0.isPartial }
        let recent = Array(weeks.suffix(4))
        let before = Array(weeks.dropLast(recent.count).suffix(4))
        let revenue = recent.map(\.revenueMinor).reduce(0, +)
        let earlierRevenue = before.map(\.revenueMinor).reduce(0, +)
        let orders = recent.map(\.orders).reduce(0, +)
        let earlierOrders = before.map(\.orders).reduce(0, +)
        let (paid, earlierPaid) = (Self.converted(recent), Self.converted(before))
        let trail = weeks.suffix(12)
        return [
            Tile(
                label: words.t("home.revenue_4_weeks"), figure: money(revenue, paid, if: !recent.isEmpty),
                delta: delta(Double(revenue), Double(earlierRevenue), comparable: before.count == recent.count),
                sparkline: hasAmounts
                    ? Sparkline(trail.map { Double($0.revenueMinor) / 100 }, label: words.t("home.revenue_trail"))
                    : nil,
                asOf: asOf, formula: words.t("home.revenue_formula")),
            Tile(
                label: words.t("home.orders_4_weeks"), figure: .value(words.number(orders), unit: nil),
                delta: delta(Double(orders), Double(earlierOrders), comparable: before.count == recent.count),
                sparkline: Sparkline(trail.map { Double($0.orders) }, label: words.t("home.orders_trail")),
                asOf: asOf, formula: words.t("home.orders_formula")),
            Tile(
                label: words.t("home.average_order"),
                figure: paid > 0
                    ? .value(words.money(revenue / Int64(paid), currency), unit: nil)
                    : .words(words.t(orders > 0 ? "home.no_amounts" : "home.no_orders_in_4_weeks", inCurrency)),
                delta: paid > 0 && earlierPaid > 0
                    ? delta(
                        Double(revenue) / Double(paid), Double(earlierRevenue) / Double(earlierPaid),
                        comparable: before.count == recent.count)
                    : nil,
                asOf: asOf, formula: words.t("home.average_order_formula")),
            Tile(
                label: words.t("home.customers"), figure: .value(words.number(figures.totals.customers), unit: nil),
                href: base + "/customers", asOf: asOf, formula: words.t("home.customers_formula")),
        ]
    }

    /// - Parameter paid: orders whose amount is known in the organization's currency
    private func money(_ minor: Int64, _ paid: Int, if present: Bool) -> Tile.Figure {
        guard present else { return .words(words.t("home.no_complete_week")) }
        let isUnknown = paid == 0 && figures.totals.unconvertedOrders > 0
        return isUnknown
            ? .words(words.t("home.no_amounts", inCurrency))
            : .value(words.money(minor, currency, decimals: false), unit: nil)
    }

    private var inCurrency: [String: String] { ["currency": currency] }

    private static func converted(_ weeks: [WeekFigure]) -> Int { weeks.reduce(0) { $0 + $1.orders - $1.unconverted } }

    /// Orders that are in no amount on the page.
    private var unconvertedNotice: SafeHTML {
        let count = figures.totals.unconvertedOrders
        guard count > 0 else { return .empty }
        return Alert(
            .warn, title: words.t("home.unconverted", count: count, inCurrency), text: words.t("home.unconverted_text"),
            actions: [Link(words.t("home.unconverted_link"), base + "/settings/organization")]
        ).html
    }

    private func delta(_ now: Double, _ before: Double, comparable: Bool) -> Delta? {
        guard comparable, before > 0 else { return nil }
        let change = now / before - 1
        let direction: Delta.Direction = abs(change) < 0.005 ? .flat : change > 0 ? .up : .down
        return Delta(
            direction, words.percent(abs(change), digits: abs(change) < 0.1 ? 1 : 0), words.t("home.against_4_weeks"),
            isGood: direction == .flat ? nil : change > 0)
    }

    // MARK: Risk

    private var riskTiles: [Tile] {
        let totals = figures.totals
        let share = totals.customers > 0 ? Double(totals.consented) / Double(totals.customers) : 0
        var tiles: [Tile] = []
        if case .published(let risk) = figures.analysis {
            let stamp = AsOf(
                "EYES · " + words.t("home.as_of", ["date": words.date(risk.asOf.addingTimeInterval(-1))]),
                exact: words.t("home.run_finished", ["time": words.dateTime(risk.finishedAt), "method": risk.method]),
                isLate: false)
            tiles.append(
                Tile(
                    label: words.t("home.high_risk", ["days": words.number(risk.horizonDays)]),
                    figure: risk.highRiskCustomers.map { .value(words.number($0), unit: nil) }
                        ?? .words(words.t("home.no_probability")),
                    href: base + "/eyes?tab=churn&horizon=\(risk.horizonDays)d&band=high", asOf: stamp,
                    formula: words.t("home.high_risk_formula")))
            tiles.append(
                Tile(
                    label: words.t("home.value_at_risk"),
                    figure: risk.valueAtRiskMinor.map {
                        .value(words.money($0, currency, decimals: false), unit: nil)
                    } ?? .words(words.t(hasAmounts ? "home.no_probability" : "home.no_amounts", inCurrency)),
                    asOf: stamp, formula: words.t("home.value_at_risk_formula")))
        }
        tiles.append(
            Tile(
                label: words.t("home.consent"),
                figure: totals.consented == 0
                    ? .words(words.t("home.no_consent")) : .value(words.percent(share, digits: 0), unit: nil),
                href: base + "/customers?consent=valid", asOf: asOf,
                formula: words.t(
                    "home.consent_formula",
                    ["used": words.number(totals.consented), "all": words.number(totals.customers)])))
        return tiles
    }

    private var riskNote: String {
        switch figures.analysis {
        case .neverRan: words.t("home.analysis_never")
        case .running: words.t("home.analysis_running")
        case .failed: words.t("home.analysis_failed")
        case .notEnoughData: words.t("home.analysis_not_enough")
        case .published(let risk):
            words.t("home.analysis_published", ["gate": risk.gateWords, "time": words.dateTime(risk.finishedAt)])
        }
    }

    // MARK: Next action

    private var action: HomePage.Action {
        let chosen = NextAction.choose(figures.situation, now: now)
        let (key, href, arguments, isPost) = parts(of: chosen)
        return HomePage.Action(
            title: words.t("home.next.\(key).title", arguments), text: words.t("home.next.\(key).text", arguments),
            button: words.t("home.next.\(key).button", arguments), href: base + href, isPost: isPost)
    }

    private func parts(of action: NextAction) -> (key: String, href: String, arguments: [String: String], isPost: Bool)
    {
        switch action {
        case .importOrders: ("import", "/imports", [:], false)
        case .waitForImport(let id): ("wait_import", "/imports/\(id)", [:], false)
        case .grantConsent:
            hasPlatforms ? ("consent_policy", "/connections", [:], false) : ("consent", "/imports", [:], false)
        case .findCustomersAtRisk: mayRun ? ("run", "/eyes/run", [:], true) : ("run", "/eyes", [:], false)
        case .waitForAnalysis: ("wait_run", "/eyes", [:], false)
        case .lookAtFailure(let id): ("failed", "/eyes/runs/\(id)", [:], false)
        case .readWhatIsMissing: ("missing", "/eyes", [:], false)
        case .importNewerOrders(let days): ("newer", "/imports", ["days": words.number(days)], false)
        case .contactCustomers(let count, let horizon):
            (
                "contact", "/eyes?tab=churn&horizon=\(horizon)d&band=high",
                ["count": words.number(count), "days": words.number(horizon)], false
            )
        case .reviewSegments: ("segments", "/eyes", [:], false)
        }
    }
}
