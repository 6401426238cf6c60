import Web

/// The director's page: money, risk, and the next action, in this order of reading.
struct HomePage: Page {
    static let template = "home/index"

    /// The next action as a card with one button.
    struct Action: Sendable, MustacheParent {
        var title: String
        var text: String
        var button: String
        var href: String
        /// True where the button changes something, so that it is a form.
        var isPost: Bool

        func child(named name: String) -> Any? {
            switch name {
            case "title": title
            case "text": text
            case "button": button
            case "href": href
            case "isPost": isPost
            default: nil
            }
        }
    }

    var title: String
    var subtitle: String?
    var action: Action
    var hasOrders: Bool
    var notice = SafeHTML.empty
    var money: SafeHTML
    var risk: SafeHTML
    var riskNote: String
    var chart: SafeHTML
    var sources: SafeHTML

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "subtitle": subtitle
        case "next": action
        case "hasOrders": hasOrders
        case "notice": notice
        case "money": money
        case "risk": risk
        case "riskNote": riskNote
        case "chart": chart
        case "sources": sources
        default: nil
        }
    }

    static let sample = HomePage(
        title: "412 customers may not order within 90 days",
        subtitle: "Acme · as of 30 Jun 1998",
        action: Action(
            title: "Next", text: "Look at them", button: "Open the list", href: "/o/acme/eyes", isPost: false),
        hasOrders: true,
        notice: .text("notice"),
        money: .text("tiles"),
        risk: .text("tiles"),
        riskNote: "Rule, not a probability.",
        chart: .text("chart"),
        sources: .text("table")
    )

    static var samples: [HomePage] {
        var empty = sample
        empty.hasOrders = false
        empty.subtitle = nil
        empty.action.isPost = true
        return [sample, empty]
    }
}
