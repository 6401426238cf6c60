import Connectors
import Foundation
import Records
import Web

/// All sources: whether our figures agree with theirs, and where they do not.
struct ReconciliationPage: Page {
    static let template = "reconciliation/index"

    var title = ""
    var lead = ""
    var compare: String?
    var csv: String?
    var sources = SafeHTML.empty
    var beside: SafeHTML?
    var days = SafeHTML.empty

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "lead": lead
        case "compare": compare
        case "csv": csv
        case "sources": sources
        case "beside": beside
        case "days": days
        default: nil
        }
    }

    static let sample = ReconciliationPage(
        title: "Our figures agree with 3 sources", lead: "Compared day by day.", compare: "/o/shop/reconciliation",
        csv: "/o/shop/reconciliation/days.csv", sources: .text("sources"), beside: .text("beside"),
        days: .text("days"))
}

extension ReconciliationPage {
    static let daysShown = 14

    /// What the page is made from.
    struct Facts {
        var connections: [ConnectionDetail]
        var days: [ReconciliationDay]
        /// Platforms that state figures of their own.
        var stating: Set<String>
        var names: [String: String]
        var base: String
        var mayCompare: Bool
    }

    init(_ facts: Facts, _ words: ReconciliationWords) {
        let l = words.l
        let off = Set(facts.days.filter(\.isOff).map(\.connectionID)).count
        let compared = Set(facts.days.map(\.connectionID)).count
        title =
            facts.connections.isEmpty || compared == 0
            ? l.t("reconciliation.title.none")
            : off > 0
                ? l.t("reconciliation.title.off", count: off) : l.t("reconciliation.title.agree", count: compared)
        lead = l.t("reconciliation.lead")
        compare = facts.mayCompare && !facts.connections.isEmpty ? facts.base : nil
        csv = facts.days.isEmpty ? nil : facts.base + "/days.csv"
        sources = Self.sources(facts, words)
        let table = SideBySide(
            facts.days.flatMap { day in
                day.figures.map { (day.platform, day.day, day.currency, $0.metric, $0.theirs) }
            })
        beside = table.isWorthShowing ? Self.beside(table, words) : nil
        days = Self.days(facts, words)
    }

    private static func sources(_ facts: Facts, _ words: ReconciliationWords) -> SafeHTML {
        let l = words.l
        let rows = facts.connections.map { detail -> [TableCell] in
            let connection = detail.connection
            let name = facts.names[connection.platform] ?? connection.platform
            let mine = facts.days.filter { $0.connectionID == connection.id }
            guard facts.stating.contains(connection.platform) else {
                return [
                    .two(connection.label, sub: name), .pill(Pill(.quiet, .dash, l.t("reconciliation.state.silent"))),
                    .text(l.t("reconciliation.silent", ["name": name])), .none, .none,
                ]
            }
            guard let last = mine.first(where: \.isOff) ?? mine.first else {
                return [
                    .two(connection.label, sub: name), .pill(Pill(.quiet, .ring, l.t("reconciliation.state.waiting"))),
                    .text(l.t("reconciliation.waiting")), .none, .none,
                ]
            }
            let worst = mine.flatMap(\.figures).filter { GapSplit.target($0.metric) != nil }.map(\.share).max() ?? 0
            return [
                .two(connection.label, sub: name), .pill(words.pill(last)), .text(words.story(last)),
                .link(l.day(last.day), facts.base + "/" + connection.id + "/" + last.day),
                .number(l.percent(worst, digits: 1)),
            ]
        }
        let empty = EmptyState(
            .notConnected, title: l.t("reconciliation.empty"), text: l.t("reconciliation.empty_text"))
        return DataTable(
            id: "reconciliation-sources", caption: l.t("reconciliation.sources"),
            columns: [
                .init(l.t("reconciliation.source")), .init(l.t("reconciliation.state_heading"), shrinks: true),
                .init(l.t("reconciliation.why"), wraps: true), .init(l.t("reconciliation.day")),
                .init(l.t("reconciliation.worst"), .end),
            ], rows: rows, empty: empty.html, showsCaption: false, stacks: true
        ).html(l)
    }

    private static func beside(_ table: SideBySide, _ words: ReconciliationWords) -> SafeHTML {
        let l = words.l
        let revenue: [SideBySide.Kind] = [.shop, .payments, .measured]
        let spend: [SideBySide.Kind] = [.ads, .measured]
        let rows = table.rows.prefix(daysShown).map { row -> [TableCell] in
            func cell(_ amount: Int64?) -> TableCell { amount.map { .money(l.money($0, row.currency)) } ?? .none }
            return [.text(l.day(row.day))] + revenue.map { cell(row.revenue[$0]) } + spend.map { cell(row.spend[$0]) }
        }
        let columns =
            revenue.map { TableColumn(l.t("reconciliation.beside.revenue_\($0.rawValue)"), .end) }
            + spend.map { TableColumn(l.t("reconciliation.beside.spend_\($0.rawValue)"), .end) }
        return DataTable(
            id: "side-by-side", caption: l.t("reconciliation.beside.caption"),
            columns: [.init(l.t("reconciliation.day"))] + columns, rows: Array(rows), compact: true,
            showsCaption: false, stacks: true
        ).html(l)
    }

    private static func days(_ facts: Facts, _ words: ReconciliationWords) -> SafeHTML {
        let l = words.l
        let labels = Dictionary(
            facts.connections.map { ($0.connection.id, $0.connection.label) }, uniquingKeysWith: { first, _ in first })
        let rows = facts.days.prefix(100).map { day -> [TableCell] in
            func gap(_ metric: SummaryMetric) -> TableCell {
                day.figure(metric).map { .money(words.signed($0.gap, metric, day.currency)) } ?? .none
            }
            return [
                .rowLink(
                    l.day(day.day), facts.base + "/" + day.connectionID + "/" + day.day,
                    sub: labels[day.connectionID] ?? day.platform),
                .pill(words.pill(day)), gap(.revenue), gap(.orders), gap(.refunds), gap(.spend),
            ]
        }
        let empty = EmptyState(
            .waiting, title: l.t("reconciliation.no_days"), text: l.t("reconciliation.no_days_text"))
        return DataTable(
            id: "reconciliation-days", caption: l.t("reconciliation.days"),
            columns: [
                .init(l.t("reconciliation.day")), .init(l.t("reconciliation.state_heading"), shrinks: true),
                .init(words.metric(.revenue), .end), .init(words.metric(.orders), .end),
                .init(words.metric(.refunds), .end), .init(words.metric(.spend), .end),
            ], rows: Array(rows), empty: empty.html, compact: true, showsCaption: false, stacks: true
        ).html(l)
    }
}
