import Foundation
import Mail
import Web

/// What waits for a person, newest first.
struct AlertsPage: Page {
    static let template = "alerts/index"

    let title: String
    let views: SafeHTML
    let mail: SafeHTML?
    let table: SafeHTML

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "views": views
        case "mail": mail
        case "table": table
        default: nil
        }
    }

    static let sample = AlertsPage(
        title: "2 alerts are open", views: .text("views"), mail: .text("mail"), table: .text("table"))
}

extension AlertsPage {
    struct Facts {
        var rows: [AlertRecord]
        var isHistory: Bool
        /// `/o/{slug}/alerts`.
        var base: String
        var mail: MailStatus
        var now: Date
    }

    init(_ facts: Facts, _ l: Localizer) {
        let open = facts.rows.count { $0.state != .resolved }
        title = open == 0 ? l.t("alerts.index.none") : l.t("alerts.index.title", count: open)
        views =
            Segmented(
                label: l.t("alerts.index.views"),
                [
                    TabItem(l.t("alerts.index.open"), facts.base, isCurrent: !facts.isHistory),
                    TabItem(l.t("alerts.index.all"), facts.base + "?state=all", isCurrent: facts.isHistory),
                ]
            ).html
        mail = Self.mail(facts.mail, l)
        table = Self.table(facts, l)
    }

    /// Nothing is said where mails leave as they should.
    private static func mail(_ status: MailStatus, _ l: Localizer) -> SafeHTML? {
        if !status.isConfigured {
            return Alert(
                .info, title: l.t("alerts.mail.not_configured"),
                text: status.waiting == 0
                    ? l.t("alerts.mail.not_configured_text") : l.t("alerts.mail.waiting", count: status.waiting)
            ).html
        }
        if status.lastError != nil {
            return Alert(
                .warn, title: l.t("alerts.mail.stuck"), text: l.t("alerts.mail.waiting", count: status.waiting)
            ).html
        }
        guard status.failed > 0 else { return nil }
        return Alert(.warn, title: l.t("alerts.mail.failed", count: status.failed)).html
    }

    private static func table(_ facts: Facts, _ l: Localizer) -> SafeHTML {
        let rows = facts.rows.map { alert -> [TableCell] in
            let words = AlertWords(alert, l)
            return [
                .rowLink(words.title, facts.base + "/" + alert.id, sub: words.text),
                .pill(alert.pill(l, at: facts.now)),
                .time(l.relative(alert.openedAt, now: facts.now), iso: CivilTime(alert.openedAt).isoDay),
                .time(l.relative(alert.lastSeenAt, now: facts.now), iso: CivilTime(alert.lastSeenAt).isoDay),
                .number(l.number(alert.occurrences)),
            ]
        }
        let empty = EmptyState(
            .nothing, title: l.t("alerts.index.empty"),
            text: l.t(facts.isHistory ? "alerts.index.empty_all" : "alerts.index.empty_text"))
        return DataTable(
            id: "alerts", caption: l.t("alerts.heading"),
            columns: [
                .init(l.t("alerts.index.what"), wraps: true), .init(l.t("alerts.index.state"), shrinks: true),
                .init(l.t("alerts.index.opened")), .init(l.t("alerts.index.seen")),
                .init(l.t("alerts.index.times"), .end),
            ], rows: rows, empty: empty.html, showsCaption: false, stacks: true
        ).html(l)
    }
}

extension AlertRecord {
    /// Its state in one word; an open one shows how pressing it is.
    func pill(_ l: Localizer, at now: Date) -> Pill {
        if state != .resolved, isMuted(at: now) { return Pill(.quiet, .bars, l.t("alerts.state.muted")) }
        switch state {
        case .resolved: return Pill(.good, .check, l.t("alerts.state.resolved"))
        case .acknowledged: return Pill(.info, .half, l.t("alerts.state.acknowledged"))
        case .open:
            switch severity {
            case .critical: return Pill(.bad, .diamond, l.t("alerts.state.critical"))
            case .warning: return Pill(.warn, .triangle, l.t("alerts.state.warning"))
            case .info: return Pill(.info, .disc, l.t("alerts.state.info"))
            }
        }
    }
}
