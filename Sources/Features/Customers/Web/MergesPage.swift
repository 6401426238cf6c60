import Accounts
import Foundation
import Tenancy
import Web

/// Merges of the organization, and the keys and pairs that wait for a person.
struct MergesPage: Page {
    static let template = "customers/merges"

    let title: String
    let subtitle: String
    let crumbs: SafeHTML
    let waiting: SafeHTML?
    let quarantined: SafeHTML?
    let history: SafeHTML
    let previewAction: String?
    let fields: SafeHTML

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "subtitle": subtitle
        case "crumbs": crumbs
        case "waiting": waiting
        case "quarantined": quarantined
        case "history": history
        case "previewAction": previewAction
        case "fields": fields
        default: nil
        }
    }

    static let sample = MergesPage(
        title: "2 questions about who is who", subtitle: "Customers with the same key are one.",
        crumbs: .text("Customers"), waiting: .text("waiting"), quarantined: .text("keys"), history: .text("history"),
        previewAction: "/o/shop/customers/merges/preview", fields: .text("fields"))
}

extension MergesPage {
    init(
        quarantined: [MergeReview], waiting: [MergeReview], events: [MergeEvent], hasMore: Bool, isFirst: Bool,
        names: [String: String], context: TenantPageContext
    ) {
        let words = context.localizer
        let base = context.path("/customers")
        let mayEdit = context.scope.can(.customerEdit)
        let open = quarantined.count + waiting.count
        title = open == 0 ? words.t("customers.merges.title") : words.t("customers.merges.title_open", count: open)
        subtitle = words.t("customers.merges.subtitle")
        crumbs =
            Crumbs([Link(words.t("customers.title"), base)], current: words.t("customers.merges.title")).html
        let tables = MergeTables(names: names, base: base, mayEdit: mayEdit, words: words)
        self.waiting = waiting.isEmpty || !isFirst ? nil : tables.waiting(waiting)
        self.quarantined = quarantined.isEmpty || !isFirst ? nil : tables.quarantined(quarantined)
        let next = hasMore ? events.last.map { TimePosition.cursor(at: $0.at, id: $0.id, list: "merges") } : nil
        history = tables.events(events, showsBoth: true, nextHref: next.map { base + "/merges?cursor=" + $0 })
        previewAction = mayEdit ? base + "/merges/preview" : nil
        fields = HTMLWriter.build { html in
            for name in ["survivor", "merged"] {
                Field.text(
                    name, label: words.t("customers.merges.field.\(name)"),
                    help: words.t("customers.merges.field.\(name)_help"), short: true
                ).write(to: &html, words)
            }
        }
    }
}

/// Tables about merges, for the organization's page and a customer's.
struct MergeTables {
    let names: [String: String]
    let base: String
    let mayEdit: Bool
    let words: Localizer

    /// - Parameter showsBoth: name the survivor too, where the page is not about one.
    func events(_ events: [MergeEvent], showsBoth: Bool, nextHref: String? = nil) -> SafeHTML {
        let rows = events.map { event -> [TableCell] in
            let merged = names[event.mergedID] ?? event.mergedID
            var cells: [TableCell] = [.time(words.date(event.at), iso: CivilTime(event.at).isoDay), .text(merged)]
            if showsBoth {
                cells.append(.link(names[event.survivorID] ?? event.survivorID, base + "/" + event.survivorID))
            }
            cells.append(.two(rule(event.rule), sub: event.keys.map(\.masked).joined(separator: ", ")))
            cells.append(.text(actor(event)))
            cells.append(event.isActive && mayEdit ? .html(undo(event)) : .text(state(event)))
            return cells
        }
        var columns = [TableColumn(words.t("customers.merges.when")), TableColumn(words.t("customers.merges.merged"))]
        if showsBoth { columns.append(TableColumn(words.t("customers.merges.survivor"))) }
        columns += [
            TableColumn(words.t("customers.merges.why")), TableColumn(words.t("customers.merges.by")),
            TableColumn(words.t("customers.merges.state"), shrinks: true),
        ]
        let empty = EmptyState(
            .nothing, title: words.t("customers.merges.none_title"), text: words.t("customers.merges.none_text"))
        let footer = nextHref.map { next in
            TableFooter(from: 1, to: events.count, total: .unknown, previousHref: nil, nextHref: next)
        }
        return DataTable(
            id: "merges", caption: words.t("customers.merges.history"), columns: columns, rows: rows,
            empty: empty.html, footer: footer, compact: true, showsCaption: false, stacks: true
        ).html(words)
    }

    func quarantined(_ reviews: [MergeReview]) -> SafeHTML {
        let rows = reviews.map { review -> [TableCell] in
            [
                .two(rule(review.key.rule), sub: review.key.masked), .number(words.number(review.customers)),
                .html(links(review.customerIDs.prefix(3))),
                .time(words.date(review.createdAt), iso: CivilTime(review.createdAt).isoDay),
            ]
        }
        return DataTable(
            id: "quarantined", caption: words.t("customers.merges.quarantined"),
            note: words.t("customers.merges.quarantined_note"),
            columns: [
                .init(words.t("customers.merges.key")), .init(words.t("customers.merges.customers"), .end),
                .init(words.t("customers.merges.some")), .init(words.t("customers.merges.since")),
            ], rows: rows, compact: true, stacks: true
        ).html(words)
    }

    func waiting(_ reviews: [MergeReview]) -> SafeHTML {
        let rows = reviews.map { review -> [TableCell] in
            let (survivor, merged) = (review.customerIDs.first ?? "", review.customerIDs.last ?? "")
            let preview = base + "/merges/preview?survivor=\(survivor)&merged=\(merged)"
            return [
                .text(names[merged] ?? merged), .link(names[survivor] ?? survivor, base + "/" + survivor),
                .two(rule(review.key.rule), sub: review.key.masked),
                mayEdit ? .link(words.t("customers.merges.preview"), preview) : .none,
            ]
        }
        return DataTable(
            id: "waiting", caption: words.t("customers.merges.waiting"), note: words.t("customers.merges.waiting_note"),
            columns: [
                .init(words.t("customers.merges.merged")), .init(words.t("customers.merges.survivor")),
                .init(words.t("customers.merges.why")), .init(words.t("customers.merges.state"), shrinks: true),
            ], rows: rows, compact: true, stacks: true
        ).html(words)
    }

    private func rule(_ rule: MergeRule) -> String { words.t("customers.merges.rule.\(rule.rawValue)") }

    private func actor(_ event: MergeEvent) -> String {
        event.actor == MergeEvent.system ? words.t("customers.merges.automatic") : event.actorName ?? event.actor
    }

    private func state(_ event: MergeEvent) -> String {
        words.t("customers.merges.ended.\(event.isActive ? "active" : event.end?.rawValue ?? "undone")")
    }

    private func links(_ ids: some Sequence<String>) -> SafeHTML {
        HTMLWriter.build { html in
            for (place, id) in ids.enumerated() {
                if place > 0 { html.text(", ") }
                html.link(base + "/" + id, text: names[id] ?? id)
            }
        }
    }

    private func undo(_ event: MergeEvent) -> SafeHTML {
        HTMLWriter.build { html in
            html.raw("<form method=\"post\"")
            html.attribute("action", base + "/merges/\(event.id)/undo")
            html.raw("><button class=\"button small\" type=\"submit\">")
            html.text(words.t("customers.merges.undo"))
            html.raw("</button></form>")
        }
    }
}
