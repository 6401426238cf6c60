import Connectors
import Records
import Web

/// Shows the exact request an action would send. Nothing is sent from here.
struct PreviewPage: Page {
    static let template = "connections/preview"

    let title: String
    let crumbs: SafeHTML
    let action: String
    /// Nil where the platform has no action at all.
    let fields: SafeHTML?
    let result: SafeHTML?

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "crumbs": crumbs
        case "action": action
        case "fields": fields
        case "result": result
        default: nil
        }
    }

    static let sample = PreviewPage(
        title: "Try an action", crumbs: .text("Connections"), action: "/o/shop/connections/con_1/preview",
        fields: .text("fields"), result: .text("result"))
}

/// An action as the preview form names it.
struct PreviewForm: Sendable {
    static let kinds = ["pause", "activate", "budget", "add_to_list", "remove_from_list", "start_workflow", "erase"]

    let kind: String
    let subject: String
    let value: String

    init(kind: String, subject: String, value: String) {
        self.kind = kind
        self.subject = subject
        self.value = value
    }

    init(_ query: Query) {
        self.init(kind: query["action"] ?? "", subject: query["id"] ?? "", value: query["value"] ?? "")
    }

    /// A complete form of one kind, to learn whether the platform has it.
    static func probe(_ kind: String) -> PreviewForm {
        PreviewForm(kind: kind, subject: "1", value: "1")
    }

    /// Nil until all that the action needs is filled in.
    func action(currency: String) -> PlatformAction? {
        guard !subject.isEmpty else { return nil }
        switch kind {
        case "pause": return .setStatus(entity: "campaign", externalID: subject, active: false)
        case "activate": return .setStatus(entity: "campaign", externalID: subject, active: true)
        case "budget":
            return Int64(value).map { .setBudget(externalID: subject, minor: $0, currency: currency) }
        case "add_to_list": return value.isEmpty ? nil : .addToList(listID: value, externalIDs: [subject])
        case "remove_from_list": return value.isEmpty ? nil : .removeFromList(listID: value, externalIDs: [subject])
        case "start_workflow": return value.isEmpty ? nil : .startWorkflow(workflowID: value, externalID: subject)
        case "erase": return .erase(externalID: subject, email: nil)
        default: return nil
        }
    }
}

extension PreviewPage {
    enum Outcome {
        case nothing
        case request(ActionPreview)
        case impossible
        case incomplete
    }

    init(_ frame: ConnectionFrame, kinds: [String], _ form: PreviewForm, _ outcome: Outcome) {
        let l = frame.words.words
        title = l.t("connections.preview.title", ["name": frame.name])
        crumbs =
            Crumbs(
                [Link(l.t("connections.heading"), frame.list), Link(frame.connection.label, frame.base)],
                current: l.t("connections.button.preview")
            ).html
        action = frame.base + "/preview"
        let fields =
            Field.select(
                "action", label: l.t("connections.preview.action"),
                options: kinds.map { .init($0, l.t("connections.preview.kind.\($0)")) },
                selected: form.kind
            ).html(l)
            + Field.text("id", label: l.t("connections.preview.id"), value: form.subject).html(l)
            + Field.text(
                "value", label: l.t("connections.preview.value"), value: form.value,
                help: l.t("connections.preview.value_help"), required: false
            ).html(l)
        self.fields = kinds.isEmpty ? nil : fields
        switch outcome {
        case .nothing: result = nil
        case .impossible:
            result = Alert(.info, title: l.t("connections.preview.impossible", ["name": frame.name])).html
        case .incomplete: result = Alert(.warn, title: l.t("connections.preview.incomplete")).html
        case .request(let preview):
            result = HTMLWriter.build { html in
                html.element("h2", text: l.t("connections.preview.request"))
                html.element("pre", text: preview.method + " " + preview.url + (preview.body.map { "\n\n" + $0 } ?? ""))
            }
        }
    }
}
