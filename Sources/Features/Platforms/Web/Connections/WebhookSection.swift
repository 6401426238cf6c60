import Connectors
import Foundation
import Records
import Web

/// How a connection learns of changes between readings, and what somebody has to enter at the vendor for that.
struct WebhookSection {
    let frame: ConnectionFrame

    private var l: Localizer { frame.words.words }
    private var name: [String: String] { ["name": frame.name] }

    var html: SafeHTML? {
        guard let news = frame.news, frame.connection.status == "connected" else { return nil }
        return HTMLWriter.build { html in
            if !news.isReachable, news.way != nil {
                html.element("p", text: l.t("connections.webhook.unreachable", name))
            } else {
                switch news.way {
                case .registered: registered(news, &html)
                case .app: app(news, &html)
                case .byHand: byHand(&html)
                case nil: html.element("p", text: l.t("connections.webhook.none", name))
                }
            }
            if let last = news.lastAt {
                let ago = l.relative(last, now: frame.words.now)
                html.element("p", class: "help", text: l.t("connections.webhook.last", ["ago": ago]))
            }
        }
    }

    private func registered(_ news: WebhookNews, _ html: inout HTMLWriter) {
        let now = frame.words.now
        switch news.registration?.state {
        case .registered:
            html.element("p", text: l.t("connections.webhook.registered", name))
            if let ends = news.registration?.endsAt {
                html.element(
                    "p", class: "help", text: l.t("connections.webhook.ends", ["in": l.relative(ends, now: now)]))
            }
        case .asked, nil: html.element("p", text: l.t("connections.webhook.asked", name))
        case .ending: html.element("p", text: l.t("connections.webhook.ending", name))
        case .failed:
            html.element("p", text: l.t("connections.webhook.failed", name))
            if let problem = news.registration?.problem {
                html.element(
                    "p", text: l.t("connections.said", ["name": frame.name, "text": problem]))
            }
            if let next = news.registration?.checkAt, next > now {
                html.element(
                    "p", class: "help", text: l.t("connections.webhook.again", ["in": l.relative(next, now: now)]))
            }
            byHand(&html)
        }
        if news.canRenew, frame.may.manage { button("/webhook-secret", "webhook_secret", &html) }
    }

    /// The operator's part: one address in the app, for all connections.
    private func app(_ news: WebhookNews, _ html: inout HTMLWriter) {
        html.element("p", text: l.t("connections.webhook.app", name))
        html.element("pre", text: news.appAddress)
        place(&html)
    }

    /// Where the vendor's settings have the field for it, and whose secret goes where.
    private func byHand(_ html: inout HTMLWriter) {
        guard l.has("connections.webhook.where.\(frame.connection.platform)") else { return }
        html.element("p", text: l.t("connections.webhook.by_hand", name))
        place(&html)
        if frame.may.manage { button("/webhook", "webhook", &html) }
    }

    private func place(_ html: inout HTMLWriter) {
        let key = "connections.webhook.where.\(frame.connection.platform)"
        if l.has(key) { html.element("p", text: l.t(key)) }
    }

    private func button(_ path: String, _ key: String, _ html: inout HTMLWriter) {
        html.raw("<form class=\"button-row\" method=\"post\"")
        html.attribute("action", frame.base + path)
        html.raw("><button class=\"button\" type=\"submit\">")
        html.text(l.t("connections.button.\(key)", name))
        html.raw("</button></form>")
    }
}
