import Connectors
import Foundation
import Web

/// One request: what was asked, about whom, until when, and the two ways it ends.
struct DataRequestPage: Page {
    static let template = "privacy/show"

    let title: String
    let crumbs: SafeHTML
    let state: SafeHTML
    let text: String
    let facts: SafeHTML
    let customerHref: String?
    let error: SafeHTML?
    let completeAction: String?
    let refuseAction: String?
    let completeNote: SafeHTML?
    let refuseNote: SafeHTML?

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "crumbs": crumbs
        case "state": state
        case "text": text
        case "facts": facts
        case "customerHref": customerHref
        case "error": error
        case "completeAction": completeAction
        case "refuseAction": refuseAction
        case "completeNote": completeNote
        case "refuseNote": refuseNote
        default: nil
        }
    }

    static let sample = DataRequestPage(
        title: "Remove a person", crumbs: .text("Requests"), state: .text("state"), text: "Shopify asks for it.",
        facts: .text("facts"), customerHref: "/o/shop/customers/cus_1", error: .text("error"),
        completeAction: "/o/shop/privacy/requests/dsr_1/complete",
        refuseAction: "/o/shop/privacy/requests/dsr_1/refuse", completeNote: .text("note"),
        refuseNote: .text("note"))
}

extension DataRequestPage {
    struct Place {
        /// `/o/{slug}`.
        var home: String
        /// The platform's proper name.
        var name: String
        var mayManage: Bool
        var maySeeCustomer: Bool
        var now: Date
        var error: String?
    }

    init(_ request: DataRequest, _ place: Place, _ l: Localizer) {
        let list = place.home + "/privacy/requests"
        let base = list + "/" + request.id
        let closes = place.mayManage && request.state == .open
        title = l.t("privacy.kind.\(request.kind.rawValue)")
        crumbs = Crumbs([Link(l.t("privacy.heading"), list)], current: title).html
        state = request.pill(l, at: place.now).html
        text = l.t("privacy.says.\(request.kind.rawValue)", ["name": place.name])
        customerHref = request.customerID.flatMap { place.maySeeCustomer ? "\(place.home)/customers/\($0)" : nil }
        error = place.error.map { Alert(.bad, title: $0).html }
        completeAction = closes ? base + "/complete" : nil
        refuseAction = closes ? base + "/refuse" : nil
        completeNote =
            closes
            ? Field.textarea("note", label: l.t("privacy.show.complete_note"), required: false).html(l) : nil
        refuseNote = closes ? Field.textarea("note", label: l.t("privacy.show.refuse_note")).html(l) : nil
        facts = Self.facts(request, place, l)
    }

    private static func facts(_ request: DataRequest, _ place: Place, _ l: Localizer) -> SafeHTML {
        var items: [Terms.Item] = [
            .init(l.t("privacy.index.from"), place.name),
            .init(l.t("privacy.show.subject"), request.subjectToken ?? l.t("privacy.whole_account")),
            .init(l.t("privacy.index.received"), l.dateTime(request.receivedAt)),
            .init(l.t("privacy.index.due"), l.dateTime(request.dueAt)),
            .init(l.t("privacy.show.event"), request.sourceEventID),
        ]
        if let at = request.closedAt {
            items.append(
                .init(
                    l.t("privacy.state.\(request.state.rawValue)"),
                    [l.dateTime(at), request.closedBy].compactMap(\.self).joined(separator: " · ")))
        }
        if let note = request.note { items.append(.init(l.t("privacy.show.note"), note)) }
        return Terms(items, across: true).html
    }
}
