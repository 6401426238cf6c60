import Connectors
import Foundation
import Web

/// What waits for somebody, the newest first, with how long there is.
struct DataRequestsPage: Page {
    static let template = "privacy/index"

    let title: String
    let text: String
    let views: SafeHTML
    let table: SafeHTML

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "text": text
        case "views": views
        case "table": table
        default: nil
        }
    }

    static let sample = DataRequestsPage(
        title: "2 requests are open", text: "Platforms passed these on.", views: .text("views"),
        table: .text("table"))
}

extension DataRequestsPage {
    struct Facts {
        var rows: [DataRequest]
        var isHistory: Bool
        /// `/o/{slug}/privacy/requests`.
        var base: String
        /// Proper names of platforms.
        var names: [String: String]
        var now: Date
    }

    init(_ facts: Facts, _ l: Localizer) {
        let open = facts.rows.count { $0.state == .open }
        title = open == 0 ? l.t("privacy.index.none") : l.t("privacy.index.title", count: open)
        text = l.t("privacy.index.text")
        views =
            Segmented(
                label: l.t("privacy.index.views"),
                [
                    TabItem(l.t("privacy.index.open"), facts.base, isCurrent: !facts.isHistory),
                    TabItem(l.t("privacy.index.all"), facts.base + "?state=all", isCurrent: facts.isHistory),
                ]
            ).html
        table = Self.table(facts, l)
    }

    private static func table(_ facts: Facts, _ l: Localizer) -> SafeHTML {
        let rows = facts.rows.map { row -> [TableCell] in
            let name = facts.names[row.platform] ?? row.platform
            return [
                .rowLink(
                    l.t("privacy.kind.\(row.kind.rawValue)"), facts.base + "/" + row.id,
                    sub: row.subjectToken ?? l.t("privacy.whole_account")),
                .text(name), .pill(row.pill(l, at: facts.now)),
                .time(l.relative(row.receivedAt, now: facts.now), iso: CivilTime(row.receivedAt).isoDay),
                .time(l.date(row.dueAt), iso: CivilTime(row.dueAt).isoDay),
            ]
        }
        let empty = EmptyState(
            .nothing, title: l.t("privacy.index.empty"), text: l.t("privacy.index.empty_text"))
        return DataTable(
            id: "requests", caption: l.t("privacy.heading"),
            columns: [
                .init(l.t("privacy.index.what"), wraps: true), .init(l.t("privacy.index.from")),
                .init(l.t("privacy.index.state"), shrinks: true), .init(l.t("privacy.index.received")),
                .init(l.t("privacy.index.due")),
            ], rows: rows, empty: empty.html, showsCaption: false, stacks: true
        ).html(l)
    }
}

extension DataRequest {
    /// An open one shows how pressing it is.
    func pill(_ l: Localizer, at now: Date) -> Pill {
        switch state {
        case .completed: return Pill(.good, .check, l.t("privacy.state.completed"))
        case .refused: return Pill(.quiet, .bars, l.t("privacy.state.refused"))
        case .open:
            if dueAt < now { return Pill(.bad, .diamond, l.t("privacy.state.overdue")) }
            let days = Int((dueAt.timeIntervalSince(now) / 86_400).rounded(.down))
            return Pill(
                days < 7 ? .warn : .info, days < 7 ? .triangle : .disc, l.t("privacy.state.days_left", count: days))
        }
    }
}
