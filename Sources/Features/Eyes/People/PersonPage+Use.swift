import Customers
import Foundation
import Tenancy
import Web

/// Where a customer's score was used, what they agreed to, and what happened.
extension PersonPage {
    var used: SafeHTML {
        let campaigns = person.campaigns.map { entry -> [TableCell] in
            [
                .link(entry.campaign.name, paths.campaign(entry.campaign.id)),
                .text(speech.t("campaign.state.\(entry.campaign.state.rawValue)")),
                .text(speech.t(entry.person.held ? "contact.held" : "contact.treated")),
                entry.person.contactedAt.map { .time(words.date($0), iso: $0.formatted(.iso8601)) } ?? .none,
            ]
        }
        let exports = person.exports.map { export -> [TableCell] in
            [
                .text(
                    words.t(
                        "eyes.person.list", count: export.rows,
                        ["days": export.horizon.map(speech.days) ?? "\u{2013}"])),
                .text(export.format.uppercased()), .text(speech.t("person.exported")),
                .time(words.dateTime(export.at), iso: export.at.formatted(.iso8601)),
            ]
        }
        return DataTable(
            id: "used", caption: speech.t("person.used"), note: speech.t("person.used_note"),
            columns: [
                TableColumn(speech.t("person.what")), TableColumn(speech.t("column.state")),
                TableColumn(speech.t("person.how")), TableColumn(speech.t("person.when")),
            ], rows: campaigns + exports,
            empty: EmptyState(.nothing, title: speech.t("person.not_used"), text: speech.t("person.not_used_text"))
                .html,
            compact: true
        ).html(words)
    }

    var consents: SafeHTML {
        DataTable(
            id: "consents", caption: speech.t("person.consents"),
            columns: [
                TableColumn(words.t("customers.ledger.purpose")), TableColumn(words.t("customers.ledger.state")),
                TableColumn(words.t("customers.ledger.collected")), TableColumn(words.t("customers.ledger.expires")),
            ],
            rows: person.ledger.map { record in
                [
                    .text(words.t("customers.purpose.\(record.purpose.rawValue)")),
                    .text(words.t("customers.state.\(record.state.rawValue)")),
                    record.collectedAt.map { .time(words.date($0), iso: CivilTime($0).isoDay) } ?? .none,
                    record.expiresAt.map { .time(words.date($0), iso: CivilTime($0).isoDay) } ?? .none,
                ]
            },
            empty: EmptyState(
                .nothing, title: words.t("customers.ledger.empty_title"), text: words.t("customers.ledger.empty_text")
            ).html, compact: true
        ).html(words)
    }

    var timeline: SafeHTML {
        section("person.timeline", id: "timeline") { html in
            guard !person.timeline.isEmpty else { return html.element("p", text: words.t("customers.timeline.none")) }
            html.html(Timeline(person.timeline.map(item)).html)
            if person.timeline.count >= EyesPerson.timelineLength {
                html.raw("<p>")
                html.link(paths.profile(id), text: speech.t("person.profile"))
                html.raw("</p>")
            }
        }
    }

    private func item(_ entry: TimelineEntry) -> TimelineItem {
        let iso = CivilTime(entry.at).isoDay
        switch entry {
        case .order(let order):
            return TimelineItem(
                words.date(entry.at), iso: iso,
                words.t(
                    "customers.timeline.order", count: order.quantity,
                    ["amount": words.money(order.totalMinor, order.currency)]),
                sub: order.status == .paid ? nil : words.t("customers.status.\(order.status.rawValue)"))
        case .consent(let record):
            let purpose = words.t("customers.purpose.\(record.purpose.rawValue)")
            return TimelineItem(
                words.date(entry.at), iso: iso,
                words.t("customers.timeline.\(record.state.rawValue)", ["purpose": purpose]))
        }
    }

    // MARK: Human review

    var review: SafeHTML {
        section("review.heading", id: "review") { html in
            html.element("p", class: "soft", text: speech.t("review.what"))
            for review in person.reviews { write(review, to: &html) }
            if let open = person.reviews.first, open.state == .open {
                if mayDecide { writeDecision(to: &html) }
            } else if mayAsk {
                writeQuestion(to: &html)
            }
        }
    }

    private func write(_ review: ScoreReview, to html: inout HTMLWriter) {
        var items = [
            Terms.Item(speech.t("review.asked"), act(review.requested)),
            Terms.Item(speech.t("review.note"), review.note),
        ]
        if let decided = review.decided, let outcome = review.outcome {
            items.append(Terms.Item(speech.t("review.decided"), act(decided)))
            items.append(Terms.Item(speech.t("review.outcome"), speech.t("review.outcomes.\(outcome.rawValue)")))
            if let finding = review.finding { items.append(Terms.Item(speech.t("review.finding"), finding)) }
        } else {
            items.append(Terms.Item(speech.t("review.outcome"), speech.t("review.open")))
        }
        html.html(Terms(items).html)
    }

    private func act(_ act: Campaign.Act) -> String { "\(act.name), \(words.dateTime(act.at))" }

    private func writeQuestion(to html: inout HTMLWriter) {
        open(paths.review(id), to: &html)
        Field.textarea("note", label: speech.t("review.why"), help: speech.t("review.why_help")).write(to: &html, words)
        close("review.ask", to: &html)
    }

    private func writeDecision(to html: inout HTMLWriter) {
        open(paths.review(id) + "/decide", to: &html)
        Field.radios(
            "outcome", label: speech.t("review.outcome"),
            options: ScoreReview.Outcome.allCases.map {
                .init($0.rawValue, speech.t("review.outcomes.\($0.rawValue)"))
            },
            selected: ScoreReview.Outcome.stands.rawValue
        ).write(to: &html, words)
        Field.textarea("finding", label: speech.t("review.finding"), required: false).write(to: &html, words)
        close("review.decide", to: &html)
    }

    private func open(_ action: String, to html: inout HTMLWriter) {
        html.raw("<form class=\"form\" method=\"post\"")
        html.attribute("action", action)
        html.raw(">")
    }

    private func close(_ key: String, to html: inout HTMLWriter) {
        html.raw("<div class=\"button-row\"><button class=\"button\" type=\"submit\">")
        html.text(speech.t(key))
        html.raw("</button></div></form>")
    }
}
