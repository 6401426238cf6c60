import Connectors
import Customers
import Foundation
import Records
import Web

/// Records that could not be taken: which, where from, what about it, since when, and what can be done.
struct QuarantineTable {
    let rows: [QuarantinedRow]
    let words: ConnectionWords
    /// `/o/{slug}`.
    let base: String
    let mayRetry: Bool
    /// The rows are those that were left aside for good.
    var showsIgnored = false
    /// Labels of connections; without them all are of one.
    var labels: [String: String]?

    private var l: Localizer { words.words }

    var html: SafeHTML {
        let empty =
            showsIgnored
            ? EmptyState(.nothing, title: l.t("health.none_ignored"), text: l.t("health.none_ignored_text"))
            : EmptyState(.nothing, title: l.t("health.none_aside"), text: l.t("health.none_aside_text"))
        return DataTable(
            id: "quarantine", caption: l.t("health.aside"),
            columns: [
                .init(l.t("health.record")), .init(l.t("health.field")), .init(l.t("health.reason"), wraps: true),
                .init(l.t("health.first")), .init(l.t("health.last")), .init(l.t("health.try"), shrinks: true),
            ], rows: rows.map(cells), empty: empty.html, compact: true, showsCaption: false, stacks: true
        ).html(l)
    }

    private func cells(_ row: QuarantinedRow) -> [TableCell] {
        let place = words.stream(row.stream)
        let source = labels?[row.connectionID]
        return [
            .two(name(row), sub: source.map { $0 + " · " + place } ?? place), .text(row.field), .text(reason(row)),
            .time(l.dateTime(row.firstSeenAt), iso: CivilTime(row.firstSeenAt).isoDay),
            .time(l.dateTime(row.lastSeenAt), iso: CivilTime(row.lastSeenAt).isoDay),
            mayRetry ? .html(buttons(row)) : .none,
        ]
    }

    /// A record without an id carries a fingerprint of ours.
    private func name(_ row: QuarantinedRow) -> String {
        row.externalID.hasPrefix("#") ? l.t("health.nameless") : VendorID.plain(row.externalID)
    }

    /// What the mapping said, with words where there are some, and what that leads to.
    private func reason(_ row: QuarantinedRow) -> String {
        row.reason == "missing" ? l.t("health.reason_missing") : l.t("health.reason_other", ["reason": row.reason])
    }

    private func buttons(_ row: QuarantinedRow) -> SafeHTML {
        HTMLWriter.build { html in
            html.raw("<div class=\"button-row\">")
            if showsIgnored {
                button(row, "restore", to: &html)
            } else {
                button(row, "retry", to: &html)
                button(row, "ignore", to: &html)
            }
            html.raw("</div>")
        }
    }

    private func button(_ row: QuarantinedRow, _ act: String, to html: inout HTMLWriter) {
        html.raw("<form method=\"post\"")
        html.attribute("action", base + "/quarantine/" + row.id + "/" + act)
        html.raw("><button class=\"button small\" type=\"submit\">")
        html.text(l.t("health." + act))
        html.raw("</button></form>")
    }
}

/// What a connection has aside, with one button for all of it; nil where nothing is.
struct QuarantineSection {
    let frame: ConnectionFrame

    var html: SafeHTML? {
        guard !frame.aside.isEmpty else { return nil }
        let base = String(frame.list.dropLast("/connections".count))
        let table = QuarantineTable(rows: frame.aside, words: frame.words, base: base, mayRetry: frame.may.manage)
        return HTMLWriter.build { html in
            html.element("p", class: "soft", text: frame.words.words.t("health.aside_text"))
            html.html(table.html)
            guard frame.may.manage else { return }
            html.raw("<form class=\"button-row\" method=\"post\"")
            html.attribute("action", frame.base + "/quarantine/retry")
            html.raw("><button class=\"button\" type=\"submit\">")
            html.text(frame.words.words.t("health.retry_all"))
            html.raw("</button></form>")
        }
    }
}
