import Connectors
import Foundation
import Web

/// One proposal: what changes, the exact requests, who agreed, and what can be done now.
struct ApprovalPage: Page {
    static let template = "approvals/show"

    var title = ""
    var crumbs = SafeHTML.empty
    var state = SafeHTML.empty
    var sentence: String?
    var people: String?
    var facts = SafeHTML.empty
    var connectionHref = ""
    var connectionName = ""
    var changes: SafeHTML?
    var requests = SafeHTML.empty
    var history = SafeHTML.empty
    var approveAction: String?
    var rejectAction: String?
    var executeAction: String?
    var hash = ""
    var comment = SafeHTML.empty
    var refusal = SafeHTML.empty
    /// Loads itself again while it is being executed.
    var refresh: Int?

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "crumbs": crumbs
        case "state": state
        case "sentence": sentence
        case "people": people
        case "facts": facts
        case "connectionHref": connectionHref
        case "connectionName": connectionName
        case "changes": changes
        case "requests": requests
        case "history": history
        case "approveAction": approveAction
        case "rejectAction": rejectAction
        case "executeAction": executeAction
        case "hash": hash
        case "comment": comment
        case "refusal": refusal
        case "refresh": refresh
        default: nil
        }
    }

    static let sample = ApprovalPage(
        title: "Change a budget: 23000", crumbs: .text("Approvals"), state: .text("Waits"), sentence: "Nobody has.",
        people: "2 people are part of it.", facts: .text("facts"), connectionHref: "/o/acme/connections/con_1",
        connectionName: "Meta Ads",
        changes: .text("50 → 40"), requests: .text("POST /23000"), history: .text("Ana proposed it"),
        approveAction: "/o/acme/approvals/1/approve",
        rejectAction: "/o/acme/approvals/1/reject", executeAction: "/o/acme/approvals/1/execute", hash: "sha256:1",
        comment: .text("comment"), refusal: .text("comment"), refresh: 3)
}

extension ApprovalPage {
    struct Rights: Sendable {
        var approve = false
        var execute = false
        /// The reader's id, who may not be alone with what does much harm.
        var reader: String?
    }

    init(_ approval: Approval, list: String, connection: String, may: Rights, _ words: ApprovalWords) {
        let l = words.words
        let shown = approval.shownState(at: words.now)
        title = words.title(approval.command)
        crumbs = Crumbs([Link(l.t("approvals.name"), list)], current: title).html
        state = HTMLWriter.build { words.pill(shown).write(to: &$0) }
        sentence = Self.sentence(approval, shown, may, words)
        people = approval.people.map(words.people)
        facts = Self.facts(approval, words)
        connectionHref = connection
        connectionName = approval.label
        changes = words.changes(before: approval.before, after: approval.after)
        requests = words.requests(approval.requests)
        history = Self.history(approval, words)
        hash = approval.planHash
        let base = list + "/" + approval.id
        let isOwn = approval.needsAnotherPerson && approval.proposed.actor == may.reader
        if shown == .proposed, may.approve, !isOwn { approveAction = base + "/approve" }
        if shown == .proposed || shown == .approved, may.approve { rejectAction = base + "/reject" }
        if shown == .approved, may.execute { executeAction = base + "/execute" }
        comment = Field.text("comment", label: l.t("approvals.show.comment"), required: false).html(l)
        refusal = Field.text("comment", label: l.t("approvals.show.refusal"), required: false).html(l)
        refresh = shown == .executing ? 3 : nil
    }

    private static func sentence(
        _ approval: Approval, _ shown: Approval.State, _ may: Rights, _ words: ApprovalWords
    ) -> String? {
        if let outcome = words.outcome(approval) { return outcome }
        let own = approval.needsAnotherPerson && approval.proposed.actor == may.reader
        if shown == .proposed, own { return words.refusal(ActionRefusal.anotherPerson.rawValue) }
        return words.words.t("approvals.next.\(shown.rawValue)")
    }

    private static func facts(_ approval: Approval, _ words: ApprovalWords) -> SafeHTML {
        let l = words.words
        var items: [Terms.Item] = [
            .init(l.t("approvals.table.criticality"), words.criticality(approval.criticality))
        ]
        if approval.state.isOpen {
            items.append(.init(l.t("approvals.table.until"), l.dateTime(approval.validUntil)))
        }
        if let reason = approval.reason { items.append(.init(l.t("approvals.show.reason"), reason)) }
        items.append(.init(l.t("approvals.show.hash"), approval.planHash))
        return Terms(items, across: true).html
    }

    private static func history(_ approval: Approval, _ words: ApprovalWords) -> SafeHTML {
        let l = words.words
        let acts: [(String, Approval.Act?)] = [
            ("executed", approval.executed), ("rejected", approval.rejected), ("approved", approval.approved),
            ("proposed", approval.proposed),
        ]
        var items: [TimelineItem] = []
        if let outcome = approval.outcome {
            let state = outcome.code == "done" ? "done" : "failed"
            items.append(
                TimelineItem(
                    l.dateTime(outcome.at), iso: CivilTime(outcome.at).isoDay, l.t("approvals.history.\(state)")))
        }
        for case (let key, let act?) in acts {
            items.append(
                TimelineItem(
                    l.dateTime(act.at), iso: CivilTime(act.at).isoDay,
                    l.t("approvals.history.\(key)", ["who": act.name]), sub: act.comment))
        }
        return Timeline(items).html
    }
}
