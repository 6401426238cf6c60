import Foundation
import Tenancy
import Web

/// What stands in the form of an endpoint.
struct WebhookForm: Sendable, Equatable {
    var url = ""
    var description = ""
    var events: Set<String> = []
    var enabled = true

    init() {}

    init(_ endpoint: WebhookEndpoint) {
        url = endpoint.url
        description = endpoint.description ?? ""
        events = Set(endpoint.events)
        enabled = endpoint.enabled
    }

    /// - Parameter isNew: a new endpoint is on; the form of an old one says.
    init(_ form: Form, isNew: Bool) {
        url = form.trimmed("url")
        description = form.trimmed("description")
        events = Set(form.list("events"))
        enabled = isNew || form.has("enabled")
    }

    var wish: EyesWebhooks.Wish {
        EyesWebhooks.Wish(
            url: url, events: WebhookEvent.offered.map(\.rawValue).filter(events.contains),
            description: description.isEmpty ? nil : description, enabled: enabled)
    }
}

/// Builds the pages of outgoing webhooks. Pure.
struct WebhookPages {
    let words: Localizer
    /// `/o/{slug}/settings/webhooks`.
    let base: String
    let mayManage: Bool

    func t(_ key: String, _ arguments: [String: String] = [:]) -> String { words.t("webhooks." + key, arguments) }

    // MARK: List

    func list(
        _ endpoints: [WebhookEndpoint], _ deliveries: [WebhookDelivery], form: WebhookForm = WebhookForm(),
        problem: WebhookProblem? = nil
    ) -> EyesDetailPage {
        EyesDetailPage(
            title: endpoints.isEmpty ? t("title_none") : words.t("webhooks.title", count: endpoints.count),
            subtitle: t("subtitle"), crumbs: .empty,
            main: summary(problem) + table(endpoints).html(words)
                + (deliveries.isEmpty ? .empty : self.deliveries(deliveries, endpoints).html(words))
                + (mayManage ? new(form, problem) : .empty))
    }

    private func table(_ endpoints: [WebhookEndpoint]) -> DataTable {
        DataTable(
            id: "endpoints", caption: t("table"),
            columns: [
                TableColumn(t("column.url"), wraps: true), TableColumn(t("column.events"), wraps: true),
                TableColumn(t("column.state")), TableColumn(t("column.made")),
            ],
            rows: endpoints.map { endpoint in
                [
                    .rowLink(endpoint.url, base + "/" + endpoint.id, sub: endpoint.description),
                    .text(endpoint.events.map { t("event.\($0)") }.joined(separator: ", ")), .pill(state(endpoint)),
                    .time(words.date(endpoint.createdAt), iso: endpoint.createdAt.formatted(.iso8601)),
                ]
            }, empty: EmptyState(.nothing, title: t("empty"), text: t("empty_text")).html)
    }

    private func state(_ endpoint: WebhookEndpoint) -> Pill {
        if !endpoint.enabled { return .state(.paused, words) }
        return .state(endpoint.failingSince == nil ? .healthy : .error, words)
    }

    private func new(_ form: WebhookForm, _ problem: WebhookProblem?) -> SafeHTML {
        section("new", id: "new") { html in
            write(form, problem, action: base, button: "add", isNew: true, to: &html)
        }
    }

    // MARK: One

    func show(
        _ endpoint: WebhookEndpoint, _ deliveries: [WebhookDelivery], secret: String? = nil, form: WebhookForm? = nil,
        problem: WebhookProblem? = nil
    ) -> EyesDetailPage {
        EyesDetailPage(
            title: URLComponents(string: endpoint.url)?.host ?? endpoint.url, subtitle: endpoint.url,
            crumbs: Crumbs([Link(t("crumb"), base)], current: endpoint.description ?? endpoint.id).html,
            main: summary(problem) + self.secret(secret) + failing(endpoint)
                + self.deliveries(deliveries, [endpoint]).html(words)
                + (mayManage ? acts(endpoint) + change(endpoint, form, problem) : .empty))
    }

    /// Shown once, on the answer to the request that made it.
    private func secret(_ secret: String?) -> SafeHTML {
        guard let secret else { return .empty }
        return section("secret", id: "secret") { html in
            html.element("p", text: t("secret_once"))
            html.raw("<p><code>")
            html.text(secret)
            html.raw("</code></p>")
        }
    }

    private func failing(_ endpoint: WebhookEndpoint) -> SafeHTML {
        if !endpoint.enabled { return Alert(.warn, title: t("off")).html }
        guard let since = endpoint.failingSince else { return .empty }
        return Alert(.warn, title: t("failing", ["since": words.dateTime(since)]), text: t("failing_text")).html
    }

    private func acts(_ endpoint: WebhookEndpoint) -> SafeHTML {
        HTMLWriter.build { html in
            html.raw("<div class=\"button-row\">")
            for (act, key) in [("test", "test"), ("rotate", "rotate"), ("remove", "remove")] {
                button("\(base)/\(endpoint.id)/\(act)", t("button.\(key)"), to: &html)
            }
            html.raw("</div>")
            html.element("p", class: "help", text: t("rotate_help"))
        }
    }

    private func change(_ endpoint: WebhookEndpoint, _ form: WebhookForm?, _ problem: WebhookProblem?) -> SafeHTML {
        section("change", id: "change") { html in
            write(
                form ?? WebhookForm(endpoint), problem, action: "\(base)/\(endpoint.id)", button: "save", isNew: false,
                to: &html)
        }
    }

    // MARK: Deliveries

    private func deliveries(_ deliveries: [WebhookDelivery], _ endpoints: [WebhookEndpoint]) -> DataTable {
        DataTable(
            id: "deliveries", caption: t("deliveries"), note: t("deliveries_note"),
            columns: [
                TableColumn(t("column.event")), TableColumn(t("column.made")), TableColumn(t("column.state")),
                TableColumn(t("column.attempts"), .end), TableColumn(t("column.answer")),
                TableColumn(t("column.again"), shrinks: true),
            ],
            rows: deliveries.map { delivery in
                [
                    .two(t("event.\(delivery.event)"), sub: delivery.id), .text(words.dateTime(delivery.createdAt)),
                    .pill(.state(Self.state(delivery), words)), .number(words.number(delivery.attempts)),
                    .text(answer(delivery)), again(delivery),
                ]
            }, empty: EmptyState(.nothing, title: t("no_delivery"), text: t("no_delivery_text")).html, compact: true)
    }

    private static func state(_ delivery: WebhookDelivery) -> WorkState {
        switch delivery.state {
        case .queued: .queued
        case .delivered: .done
        case .dead: .failed
        }
    }

    private func answer(_ delivery: WebhookDelivery) -> String {
        if let status = delivery.lastStatus { return String(status) }
        return delivery.lastError.map { t("error.\($0)") } ?? "\u{2013}"
    }

    private func again(_ delivery: WebhookDelivery) -> TableCell {
        guard mayManage else { return .none }
        return .html(
            HTMLWriter.build { html in
                button("\(base)/deliveries/\(delivery.id)/resend", t("button.resend"), small: true, to: &html)
            })
    }

    // MARK: Form

    private func summary(_ problem: WebhookProblem?) -> SafeHTML {
        guard let problem else { return .empty }
        return ErrorSummary([.init(field: problem.field, message: message(problem))]).html(words)
    }

    private func message(_ problem: WebhookProblem) -> String { t("problem.\(problem.code)") }

    private func write(
        _ form: WebhookForm, _ problem: WebhookProblem?, action: String, button: String, isNew: Bool,
        to html: inout HTMLWriter
    ) {
        func wrong(_ field: String) -> String? { problem.flatMap { $0.field == field ? message($0) : nil } }
        html.raw("<form class=\"form\" method=\"post\"")
        html.attribute("action", action)
        html.raw(">")
        Field.text(
            "url", label: t("field.url"), value: form.url, type: .url, help: t("help.url"), error: wrong("url")
        ).write(to: &html, words)
        Field.text(
            "description", label: t("field.description"), value: form.description, error: wrong("description"),
            required: false
        ).write(to: &html, words)
        html.raw("<fieldset class=\"field\" id=\"field-events\"><legend>")
        html.text(t("field.events"))
        html.raw("</legend>")
        for event in WebhookEvent.offered { choice(event, form.events.contains(event.rawValue), to: &html) }
        if let error = wrong("events") { html.element("p", class: "error", text: error) }
        html.raw("</fieldset>")
        if !isNew {
            Field.checkbox("enabled", label: t("field.enabled"), isOn: form.enabled).write(to: &html, words)
        }
        html.raw("<div class=\"button-row\"><button class=\"button primary\" type=\"submit\">")
        html.text(t("button.\(button)"))
        html.raw("</button></div></form>")
    }

    private func choice(_ event: WebhookEvent, _ isTicked: Bool, to html: inout HTMLWriter) {
        html.raw("<div class=\"choice\"><input type=\"checkbox\" name=\"events\"")
        html.attribute("id", "event-\(event.rawValue)")
        html.attribute("value", event.rawValue)
        html.attribute("checked", if: isTicked)
        html.raw("><label")
        html.attribute("for", "event-\(event.rawValue)")
        html.raw(">")
        html.text(t("event.\(event.rawValue)"))
        html.raw("</label></div>")
    }

    private func button(_ action: String, _ text: String, small: Bool = false, to html: inout HTMLWriter) {
        html.raw("<form method=\"post\"")
        html.attribute("action", action)
        html.raw(
            small ? "><button class=\"button small\" type=\"submit\">" : "><button class=\"button\" type=\"submit\">")
        html.text(text)
        html.raw("</button></form>")
    }

    private func section(_ key: String, id: String, _ body: (inout HTMLWriter) -> Void) -> SafeHTML {
        HTMLWriter.build { html in
            html.raw("<section class=\"stack near\"")
            html.attribute("id", id)
            html.raw("><div class=\"section-head\"><h2>")
            html.text(t(key))
            html.raw("</h2></div>")
            body(&html)
            html.raw("</section>")
        }
    }
}
