import Connectors
import Records
import Web

/// Asks once more before a connection ends, and whether its data stay.
struct DisconnectPage: Page {
    static let template = "connections/disconnect"

    let title: String
    let crumbs: SafeHTML
    let text: String
    let action: String
    let fields: SafeHTML
    let button: String
    let cancel: String
    let back: String

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "crumbs": crumbs
        case "text": text
        case "action": action
        case "fields": fields
        case "button": button
        case "cancel": cancel
        case "back": back
        default: nil
        }
    }

    static let sample = DisconnectPage(
        title: "Disconnect HubSpot?", crumbs: .text("Connections"), text: "Nothing is read any more.",
        action: "/o/shop/connections/con_1/disconnect", fields: .text("fields"), button: "Disconnect HubSpot",
        cancel: "Keep it", back: "/o/shop/connections/con_1")
}

extension DisconnectPage {
    init(_ frame: ConnectionFrame) {
        let l = frame.words.words
        let label = ["name": frame.connection.label]
        title = l.t("connections.disconnect.title", label)
        crumbs =
            Crumbs(
                [Link(l.t("connections.heading"), frame.list), Link(frame.connection.label, frame.base)],
                current: l.t("connections.button.disconnect")
            ).html
        text = l.t("connections.disconnect.text", ["name": frame.name])
        action = frame.base + "/disconnect"
        let rows = frame.detail.streams.reduce(0) { $0 + $1.rows }
        fields =
            Field.radios(
                "data", label: l.t("connections.disconnect.data"),
                options: [
                    .init("keep", l.t("connections.disconnect.keep"), help: l.t("connections.disconnect.keep_help")),
                    .init(
                        "erase", l.t("connections.disconnect.erase"),
                        help: l.t("connections.disconnect.erase_help", count: rows)),
                ], selected: "keep"
            ).html(l)
        button = l.t("connections.disconnect.submit", label)
        cancel = l.t("connections.disconnect.cancel")
        back = frame.base
    }
}
