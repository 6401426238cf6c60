import Connectors
import Foundation
import Records
import Web

/// Works an action out at a connection and puts it up for approval. Nothing is changed from here.
struct ActionPage: Page {
    static let template = "connections/preview"

    var title = ""
    var crumbs = SafeHTML.empty
    var action = ""
    /// Nil where the platform has no action at all.
    var kinds: SafeHTML?
    var fields: SafeHTML?
    var kind = ""
    var result: SafeHTML?
    var proposeAction: String?
    var hidden = SafeHTML.empty
    var reason = SafeHTML.empty

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "crumbs": crumbs
        case "action": action
        case "kinds": kinds
        case "fields": fields
        case "kind": kind
        case "result": result
        case "proposeAction": proposeAction
        case "hidden": hidden
        case "reason": reason
        default: nil
        }
    }

    static let sample = ActionPage(
        title: "Propose an action", crumbs: .text("Connections"), action: "/o/shop/connections/con_1/preview",
        kinds: .text("kinds"), fields: .text("fields"), kind: "set_status", result: .text("result"),
        proposeAction: "/o/shop/connections/con_1/actions", hidden: .text("hidden"), reason: .text("reason"))
}

extension ActionPage {
    enum Outcome {
        case nothing
        case run(ActionDryRun)
        case invalid(field: String)
        /// A sentence that says why not.
        case refused(String)
    }

    /// - Parameter options: what the platform has for a field of a kind; nil for all there is
    init(
        _ frame: ConnectionFrame, kinds offered: [ActionKind], _ form: ActionForm, _ outcome: Outcome,
        options: (ActionKind, String) -> [String]? = { _, _ in nil }
    ) {
        let l = frame.words.words
        let words = ApprovalWords(words: l, now: frame.words.now)
        title = l.t("approvals.preview.title", ["name": frame.name])
        crumbs =
            Crumbs(
                [Link(l.t("connections.heading"), frame.list), Link(frame.connection.label, frame.base)],
                current: l.t("approvals.preview.name")
            ).html
        action = frame.base + "/preview"
        guard !offered.isEmpty else {
            result = Alert(.info, title: l.t("approvals.preview.impossible", ["name": frame.name])).html
            return
        }
        kinds =
            Field.select(
                "type", label: l.t("approvals.preview.kind"),
                options: offered.map { .init($0.rawValue, words.kind($0)) }, selected: form.type?.rawValue ?? ""
            ).html(l)
        guard let type = form.type, offered.contains(type) else { return }
        kind = type.rawValue
        fields = form.fields(type, frame.connection.accountCurrency, l, problem: outcome.field) {
            options(type, $0)
        }
        show(outcome, frame, form, words)
    }

    private mutating func show(
        _ outcome: Outcome, _ frame: ConnectionFrame, _ form: ActionForm, _ words: ApprovalWords
    ) {
        let l = words.words
        switch outcome {
        case .nothing: break
        case .invalid: result = Alert(.warn, title: l.t("approvals.preview.incomplete")).html
        case .refused(let sentence): result = Alert(.bad, title: sentence).html
        case .run(let run):
            result = HTMLWriter.build { html in
                html.element("h2", text: l.t("approvals.preview.request"))
                if let people = run.people { html.element("p", text: words.people(people)) }
                if run.criticality.needsAnotherPerson {
                    html.element("p", text: l.t("approvals.preview.another"))
                }
                if let changes = words.changes(before: run.before, after: run.after) { html.html(changes) }
                html.html(words.requests(run.requests))
            }
            proposeAction = frame.base + "/actions"
            hidden = form.hidden
            reason =
                Field.text(
                    "reason", label: l.t("approvals.preview.reason"), help: l.t("approvals.preview.reason_help"),
                    required: false
                ).html(l)
        }
    }
}

extension ActionPage.Outcome {
    var field: String? { if case .invalid(let field) = self { field } else { nil } }
}
