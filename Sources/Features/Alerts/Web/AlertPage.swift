import Foundation
import Web

/// One alert: what happened, what to do, where, and who did what about it.
struct AlertPage: Page {
    static let template = "alerts/show"

    let title: String
    let crumbs: SafeHTML
    let state: SafeHTML
    let text: String?
    let step: String?
    let placeHref: String?
    let acknowledgeAction: String?
    let resolveAction: String?
    let mute: SafeHTML?
    let muteAction: String?
    let facts: SafeHTML

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "crumbs": crumbs
        case "state": state
        case "text": text
        case "step": step
        case "placeHref": placeHref
        case "acknowledgeAction": acknowledgeAction
        case "resolveAction": resolveAction
        case "mute": mute
        case "muteAction": muteAction
        case "facts": facts
        default: nil
        }
    }

    static let sample = AlertPage(
        title: "HubSpot is late", crumbs: .text("Alerts"), state: .text("state"), text: "Nothing was read.",
        step: "Sign in again.", placeHref: "/o/shop/connections/con_1",
        acknowledgeAction: "/o/shop/alerts/alt_1/acknowledge", resolveAction: "/o/shop/alerts/alt_1/resolve",
        mute: .text("mute"), muteAction: "/o/shop/alerts/alt_1/mute", facts: .text("facts"))
}

extension AlertPage {
    /// - Parameter home: `/o/{slug}`
    init(_ alert: AlertRecord, home: String, mayManage: Bool, now: Date, _ l: Localizer) {
        let words = AlertWords(alert, l)
        let base = home + "/alerts/" + alert.id
        title = words.title
        crumbs = Crumbs([Link(l.t("alerts.heading"), home + "/alerts")], current: alert.subject.label).html
        state = alert.pill(l, at: now).html
        text = words.text
        step = words.step
        placeHref = alert.path.map { home + $0 }
        acknowledgeAction = mayManage && alert.state == .open ? base + "/acknowledge" : nil
        resolveAction = mayManage && alert.state != .resolved ? base + "/resolve" : nil
        muteAction = mayManage ? base + "/mute" : nil
        mute =
            mayManage
            ? Field.select(
                "hours", label: l.t("alerts.show.mute_for"),
                options: AlertPages.muteHours.map {
                    Field.Option(String($0), l.duration(seconds: Double($0) * 3600))
                }, selected: "8", short: true
            ).html(l) : nil
        facts = Self.facts(alert, now, l)
    }

    private static func facts(_ alert: AlertRecord, _ now: Date, _ l: Localizer) -> SafeHTML {
        var items: [Terms.Item] = [
            .init(l.t("alerts.show.about"), alert.subject.label),
            .init(l.t("alerts.index.opened"), l.dateTime(alert.openedAt)),
            .init(l.t("alerts.index.seen"), l.dateTime(alert.lastSeenAt)),
            .init(l.t("alerts.index.times"), l.number(alert.occurrences)),
            .init(l.t("alerts.show.mails"), l.t("alerts.show.people", count: alert.mails)),
        ]
        if let at = alert.acknowledgedAt {
            items.append(
                .init(l.t("alerts.state.acknowledged"), l.dateTime(at) + " · " + (alert.acknowledgedBy ?? "")))
        }
        if let at = alert.resolvedAt {
            items.append(
                .init(
                    l.t("alerts.state.resolved"),
                    l.dateTime(at) + " · " + (alert.resolvedBy ?? l.t("alerts.show.by_itself"))))
        }
        if let until = alert.mutedUntil, until > now {
            items.append(.init(l.t("alerts.show.muted_until"), l.dateTime(until)))
        }
        return Terms(items, across: true).html
    }
}
