import Connectors
import Foundation
import Web

/// Which of the accounts that a sign-in opens are to be read. Each becomes a connection of its own.
struct ChooseAccountsPage: Page {
    static let template = "connections/choose"

    var title = ""
    var crumbs = SafeHTML.empty
    var alert: SafeHTML?
    var text = ""
    var action = ""
    var choices = SafeHTML.empty
    /// Nil where all accounts are connected.
    var button: String?
    var cancel = ""
    var back = ""
    var until: String?

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "crumbs": crumbs
        case "alert": alert
        case "text": text
        case "action": action
        case "choices": choices
        case "button": button
        case "cancel": cancel
        case "back": back
        case "until": until
        default: nil
        }
    }

    static let sample = ChooseAccountsPage(
        title: "Which accounts?", crumbs: .text("Connections"), alert: .text("alert"), text: "Several are open.",
        action: "/o/shop/connections/choose/sig_1", choices: .text("choices"), button: "Connect", cancel: "Cancel",
        back: "/o/shop/connections", until: "Until 10:42.")
}

extension ChooseAccountsPage {
    struct Facts {
        var offer: PlatformOffer
        var choices: [AccountChoice]
        var action: String
        var list: String
        var back: String
        /// What was ticked before the page came again.
        var ticked: Set<String> = []
        /// When the sign-in is forgotten; nil for a connection's own.
        var until: Date?
        var trouble: Trouble?
    }

    enum Trouble {
        /// Nothing was ticked.
        case none
        /// Some could not be connected, by the account's name.
        case refused([(name: String, error: ConnectionError)])
    }

    init(_ facts: Facts, _ words: ConnectionWords) {
        let l = words.words
        let name = ["name": facts.offer.name]
        title = l.t("choosing.title", name)
        crumbs =
            Crumbs([Link(l.t("connections.heading"), facts.list)], current: facts.offer.name).html
        alert = Self.alert(facts, words)
        text = l.t("choosing.text", count: facts.choices.count, name)
        action = facts.action
        choices = Self.choices(facts, l)
        if facts.choices.contains(where: \.isOpen) { button = l.t("choosing.submit") }
        cancel = l.t("choosing.cancel")
        back = facts.back
        until = facts.until.map { l.t("choosing.until", ["time": l.time($0)]) }
    }

    private static func alert(_ facts: Facts, _ words: ConnectionWords) -> SafeHTML? {
        switch facts.trouble {
        case nil: return nil
        case .none?: return Alert(.bad, title: words.words.t("choosing.nothing")).html
        case .refused(let all)?:
            let refusals = RefusalWords(words: words, name: facts.offer.name)
            return HTMLWriter.build { html in
                for (account, error) in all {
                    let said = refusals.of(error)
                    let title = words.words.t("choosing.failed", ["account": account])
                    html.html(Alert(.bad, title: title, text: said.title + ". " + said.text).html)
                }
            }
        }
    }

    private static func choices(_ facts: Facts, _ l: Localizer) -> SafeHTML {
        HTMLWriter.build { html in
            html.raw("<fieldset class=\"field\"><legend>")
            html.text(l.t("choosing.legend"))
            html.raw("</legend>")
            for (index, choice) in facts.choices.enumerated() {
                let isTicked = choice.isOpen && facts.ticked.contains(choice.account.id)
                write(choice, "account-\(index)", isTicked: isTicked, to: &html, l)
            }
            html.raw("</fieldset>")
        }
    }

    private static func write(
        _ choice: AccountChoice, _ id: String, isTicked: Bool, to html: inout HTMLWriter, _ l: Localizer
    ) {
        let account = choice.account
        html.raw("<div class=\"choice\"><input type=\"checkbox\" name=\"account\"")
        html.attribute("id", id)
        html.attribute("value", account.id)
        html.attribute("checked", if: isTicked)
        html.attribute("disabled", if: !choice.isOpen)
        html.attribute("aria-describedby", id + "-help")
        html.raw("><label")
        html.attribute("for", id)
        html.raw(">")
        html.text(account.name)
        html.raw("</label><p class=\"help\"")
        html.attribute("id", id + "-help")
        html.raw(">")
        let state =
            choice.connectionID != nil
            ? l.t("choosing.connected") : account.isClosed ? l.t("choosing.closed") : nil
        let test = account.isTest ? l.t("choosing.test") : nil
        let facts = [account.id, account.currency, account.timeZone, test, state]
        html.text(facts.compactMap(\.self).joined(separator: " · "))
        html.raw("</p></div>")
    }
}

extension AccountChoice {
    /// Whether it can be chosen.
    var isOpen: Bool { connectionID == nil && !account.isClosed }
}
