import Connectors
import Foundation
import Records
import Web

/// One platform: what it brings, and the ways to sign in to it. Also asks anew for a connection that was refused.
struct ConnectPage: Page {
    static let template = "connections/connect"

    let title: String
    let crumbs: SafeHTML
    let alert: SafeHTML?
    let terms: SafeHTML
    let forms: SafeHTML

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "crumbs": crumbs
        case "alert": alert
        case "terms": terms
        case "forms": forms
        default: nil
        }
    }

    static let sample = ConnectPage(
        title: "Connect HubSpot", crumbs: .text("Connections"), alert: .text("refused"), terms: .text("terms"),
        forms: .text("forms"))
}

/// What went wrong with connecting, for the page that asks again.
struct ConnectTrouble: Sendable {
    var error: ConnectionError
    /// The way that was tried.
    var method: String?
    /// What was filled in and is no secret.
    var values: [String: String] = [:]
}

extension ConnectPage {
    struct Facts {
        var offer: PlatformOffer
        /// Where the forms go.
        var action: String
        var list: String
        /// The connection that signs in again; nil for a new one.
        var reconnecting: ConnectionDetail?
        var trouble: ConnectTrouble?
    }

    init(_ facts: Facts, _ words: ConnectionWords) {
        let l = words.words
        let name = facts.offer.name
        title = l.t(
            facts.reconnecting == nil ? "connections.connect.title" : "connections.connect.again", ["name": name])
        crumbs = Crumbs([Link(l.t("connections.heading"), facts.list)], current: name).html
        alert = Self.alert(facts, words)
        terms =
            Terms([
                .init(l.t("connections.index.brings"), words.streams(facts.offer.streams)),
                .init(
                    l.t("connections.index.fresh"),
                    l.t(facts.offer.hasWebhooks ? "connections.index.at_once" : "connections.index.by_clock")),
                .init(l.t("connections.connect.reads"), l.t("connections.connect.reads_only", ["name": name])),
            ]).html
        forms = HTMLWriter.build { html in
            for method in Self.methods(facts) { Self.form(method, facts, words).write(to: &html) }
            if Self.methods(facts).isEmpty {
                html.html(Alert(.info, title: l.t("connections.connect.not_configured", ["name": name])).html)
            }
        }
    }

    /// A connection signs in again by the way it came.
    private static func methods(_ facts: Facts) -> [AuthMethod] {
        guard let method = facts.reconnecting?.connection.method else { return facts.offer.readyMethods }
        return facts.offer.readyMethods.filter { $0.id == method }
    }

    private static func alert(_ facts: Facts, _ words: ConnectionWords) -> SafeHTML? {
        guard let trouble = facts.trouble else { return nil }
        let text = RefusalWords(words: words, name: facts.offer.name).of(trouble.error)
        return Alert(.bad, title: text.title, text: text.text).html
    }

    private static func form(_ method: AuthMethod, _ facts: Facts, _ words: ConnectionWords) -> MethodForm {
        MethodForm(
            method: method, name: facts.offer.name, action: facts.action,
            values: facts.trouble?.values.isEmpty == false
                ? facts.trouble?.values ?? [:] : facts.reconnecting?.connection.fields ?? [:],
            wrong: facts.trouble.flatMap { trouble in
                guard trouble.method == method.id, case .invalidField(let field) = trouble.error else { return nil }
                return field
            },
            asksLabel: facts.reconnecting == nil, words: words)
    }
}

/// The form of one way to sign in: its fields, and a button that says what happens.
struct MethodForm {
    let method: AuthMethod
    let name: String
    let action: String
    let values: [String: String]
    /// The field whose value cannot be used.
    let wrong: String?
    let asksLabel: Bool
    let words: ConnectionWords

    func write(to html: inout HTMLWriter) {
        let l = words.words
        html.raw("<form class=\"form\" method=\"post\"")
        html.attribute("action", action)
        html.raw("><h2>")
        html.text(words.method(method, name: name))
        html.raw("</h2>")
        let help = "connections.connect.help.\(method.isRedirect ? "oauth" : "key")"
        html.element("p", class: "help", text: l.t(help, ["name": name]))
        html.raw("<input type=\"hidden\" name=\"method\"")
        html.attribute("value", method.id)
        html.raw(">")
        // Names and ids carry the way, because a page may ask for the same thing twice.
        for field in method.fields { html.html(control(field).html(l)) }
        if asksLabel {
            html.html(
                Field.text(
                    method.id + ".label", label: l.t("connections.connect.label"), value: values["label"] ?? "",
                    help: l.t("connections.connect.label_help"), required: false
                ).html(l))
        }
        html.raw("<div class=\"button-row\"><button class=\"button primary\" type=\"submit\">")
        html.text(
            l.t(method.isRedirect ? "connections.connect.go" : "connections.connect.submit", ["name": name]))
        html.raw("</button></div></form>")
    }

    private func control(_ field: CredentialField) -> Field {
        let key = "connections.field_help.\(field.name)"
        return .text(
            method.id + "." + field.name, label: words.field(field.name),
            value: field.kind == .secret ? "" : values[field.name] ?? "",
            type: field.kind == .secret ? .password : .text, help: words.words.has(key) ? words.words.t(key) : nil,
            error: wrong == field.name ? words.words.t("connections.connect.invalid") : nil,
            autocomplete: "off", required: field.isRequired)
    }
}

/// Why a platform did not let us in, with what to do about it.
struct RefusalWords {
    let words: ConnectionWords
    let name: String

    func of(_ error: ConnectionError) -> (title: String, text: String) {
        let l = words.words
        func text(_ key: String, _ more: [String: String] = [:]) -> String {
            l.t("connections.refusal.\(key)", ["name": name].merging(more) { $1 })
        }
        switch error {
        case .refused(let remedy, let message):
            let said = message.isEmpty ? "" : l.t("connections.said", ["name": name, "text": message]) + " "
            return (text("refused"), said + text("do_\(remedy.rawValue)"))
        case .unreachable(let reason): return (text("unreachable"), words.sentence(reason, name: name))
        case .invalidField(let field):
            return (text("invalid"), text("invalid_text", ["field": words.field(field)]))
        case .invalidState: return (text("state"), text("state_text"))
        case .notConfigured: return (text("not_configured"), text("not_configured_text"))
        case .labelTaken: return (text("label"), text("label_text"))
        case .noAccount:
            return (l.t("choosing.none", ["name": name]), l.t("choosing.none_text", ["name": name]))
        case .notFound, .unknownPlatform, .unknownMethod, .unsupported, .rawGone:
            return (text("unsupported"), text("unsupported_text"))
        }
    }
}

/// On the way to the vendor's own page. A page of ours, because a form may lead nowhere else.
struct LeavePage: Page {
    static let template = "connections/leave"

    let title: String
    let crumbs: SafeHTML
    let text: String
    let href: String
    let button: String

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "crumbs": crumbs
        case "text": text
        case "href": href
        case "button": button
        default: nil
        }
    }

    static let sample = LeavePage(
        title: "On the way to HubSpot", crumbs: .text("Connections"), text: "HubSpot asks you there.",
        href: "https://vendor.example/oauth?a=1&b=2", button: "Go to HubSpot")
}
