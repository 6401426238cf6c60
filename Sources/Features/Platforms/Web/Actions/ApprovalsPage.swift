import Connectors
import Foundation
import Web

/// What is proposed, approved and done at platforms, newest first.
struct ApprovalsPage: Page {
    static let template = "approvals/index"

    let title: String
    let subtitle: String
    let action: String
    let filters: SafeHTML
    let table: SafeHTML

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "subtitle": subtitle
        case "action": action
        case "filters": filters
        case "table": table
        default: nil
        }
    }

    static let sample = ApprovalsPage(
        title: "2 wait for approval", subtitle: "Newest first", action: "/o/acme/approvals",
        filters: .text("filters"), table: .text("table"))
}

extension ApprovalsPage {
    static let rowsPerPage = 50

    struct Facts: Sendable {
        let rows: [Approval]
        let state: Approval.State?
        let waiting: Int
        let next: String?
        /// `/o/{slug}/approvals`.
        let path: String
        let words: ApprovalWords
    }

    init(_ facts: Facts) {
        let l = facts.words.words
        title = facts.waiting == 0 ? l.t("approvals.title_none") : l.t("approvals.title", count: facts.waiting)
        subtitle = l.t("approvals.subtitle")
        action = facts.path
        let any = Field.Option("", l.t("approvals.filter.any"))
        filters =
            Field.select(
                "state", label: l.t("approvals.filter.state"),
                options: [any]
                    + Approval.State.allCases.map { .init($0.rawValue, l.t("approvals.state.\($0.rawValue)")) },
                selected: facts.state?.rawValue ?? "", required: false
            ).html(l)
        table = Self.table(facts)
    }

    private static func table(_ facts: Facts) -> SafeHTML {
        let (words, l) = (facts.words, facts.words.words)
        let rows = facts.rows.map { approval -> [TableCell] in
            [
                .rowLink(words.title(approval.command), facts.path + "/" + approval.id, sub: approval.label),
                .pill(words.pill(approval.shownState(at: words.now))),
                .text(words.criticality(approval.criticality)),
                .two(approval.proposed.name, sub: l.relative(approval.createdAt, now: words.now)),
                approval.state.isOpen && !approval.isExpired(at: words.now)
                    ? .text(l.relative(approval.validUntil, now: words.now)) : .none,
            ]
        }
        let empty = EmptyState(
            .nothing, title: l.t("approvals.empty.title"), text: l.t("approvals.empty.text"))
        let footer =
            facts.rows.isEmpty
            ? nil
            : TableFooter(
                from: 1, to: facts.rows.count, total: .unknown, previousHref: nil,
                nextHref: facts.next.map { next in
                    let state = facts.state.map { "state=\($0.rawValue)&" } ?? ""
                    return facts.path + "?" + state + "cursor=" + PercentCoding.encode(next)
                })
        return DataTable(
            id: "approvals", caption: l.t("approvals.name"),
            columns: [
                .init(l.t("approvals.table.what"), wraps: true), .init(l.t("approvals.table.state"), shrinks: true),
                .init(l.t("approvals.table.criticality")), .init(l.t("approvals.table.who")),
                .init(l.t("approvals.table.until")),
            ], rows: rows, empty: rows.isEmpty ? empty.html : nil, footer: footer, showsCaption: false, stacks: true
        ).html(l)
    }
}
