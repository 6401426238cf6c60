import Connectors
import Foundation
import Web

/// An action as a form asks for it, kind by kind.
struct ActionForm: Sendable {
    let type: ActionKind?
    private let values: [String: String]

    /// Names of all fields of all kinds, with the command's fields they fill.
    static let names = [
        "entity", "id", "status", "amount", "list_id", "customers", "everybody", "channel", "properties", "code",
        "percent", "count", "ends_on", "title", "text", "at_period_end",
    ]

    private static let known: [ActionKind: [String]] = [
        .setStatus: ["entity", "id", "status"], .setBudget: ["id", "amount"], .setBid: ["id", "amount"],
        .addToList: ["list_id", "customers", "everybody"], .removeFromList: ["list_id", "customers"],
        .startWorkflow: ["list_id", "customers"], .addToCampaign: ["list_id", "customers"],
        .uploadAudience: ["list_id", "customers", "everybody"], .removeFromAudience: ["list_id", "customers"],
        .setConsent: ["customers", "channel", "status", "list_id"], .suppress: ["customers"],
        .upsertContact: ["customers", "properties"], .createDiscount: ["code", "percent", "ends_on"],
        .generateCoupons: ["list_id", "count"], .cancelSubscription: ["id", "at_period_end"],
        .setText: ["id", "title", "text"], .setOpportunity: ["id", "status"], .erase: ["customers"],
    ]

    init(_ value: (String) -> String?) {
        type = value("type").flatMap { ActionKind(rawValue: $0) }
        values = Dictionary(
            uniqueKeysWithValues: Self.names.compactMap { name in
                value(name).map { (name, $0.trimmingCharacters(in: .whitespacesAndNewlines)) }
            })
    }

    private subscript(name: String) -> String? { values[name].flatMap { $0.isEmpty ? nil : $0 } }

    /// Whether anything but the kind was sent.
    var isFilled: Bool {
        type.map { type in (Self.known[type] ?? []).contains { self[$0] != nil && $0 != "at_period_end" } } ?? false
    }

    /// The command; nil without a kind.
    func command(currency: String?) throws -> ActionCommand? {
        guard let type else { return nil }
        var command = ActionCommand(type)
        command.entity = self["entity"]
        command.id = self["id"]
        command.status = self["status"]
        command.listID = self["list_id"]
        command.channel = self["channel"]
        command.code = self["code"]
        command.title = self["title"]
        command.text = self["text"]
        command.percent = self["percent"].flatMap(Int.init)
        command.count = self["count"].flatMap(Int.init)
        if let amount = self["amount"], let currency {
            command.currency = currency
            command.amountMinor = Amount.major(.string(amount), currency)
        }
        if type == .cancelSubscription { command.atPeriodEnd = self["at_period_end"] == "yes" }
        if self["everybody"] == "yes" {
            command.everybody = true
        } else if let people = self["customers"] {
            command.customers = people.split { $0 == "," || $0.isWhitespace }.map(String.init)
        }
        command.properties = properties
        if let day = self["ends_on"] {
            guard let end = CivilTime.parse(day) else { throw ActionError.invalid("ends_on") }
            command.endsAt = end.addingTimeInterval(86_399)
        }
        return command
    }

    /// One `name=value` a line.
    private var properties: [String: String]? {
        guard let text = self["properties"] else { return nil }
        var found: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            if parts.count == 2 { found[parts[0]] = parts[1] }
        }
        return found
    }

    // MARK: Showing

    /// - Parameter options: what the platform has for a field; nil for all there is
    func fields(
        _ type: ActionKind, _ currency: String?, _ l: Localizer, problem: String?,
        options: (String) -> [String]? = { _ in nil }
    ) -> SafeHTML {
        HTMLWriter.build { html in
            for name in Self.known[type] ?? [] {
                let options = options(name)
                if name == "at_period_end", let only = options?.first, options?.count == 1 {
                    // There is no choice.
                    if only == "yes" { write(name, only, to: &html) }
                    continue
                }
                let error = problem == Self.field(name) ? l.t("approvals.preview.invalid") : nil
                html.html(field(name, type, currency, error, options, l).html(l))
            }
        }
    }

    /// What the command calls it.
    private static func field(_ name: String) -> String {
        ["amount": "amount_minor", "ends_on": "ends_at"][name] ?? name
    }

    private func field(
        _ name: String, _ type: ActionKind, _ currency: String?, _ error: String?, _ offered: [String]?,
        _ l: Localizer
    ) -> Field {
        let label = l.t("approvals.field.\(name)", ["currency": currency ?? ""])
        let value = values[name] ?? ""
        func select(_ options: [String]) -> Field {
            .select(
                name, label: label, options: options.map { .init($0, l.t("approvals.option.\($0)")) },
                selected: value, error: error)
        }
        switch name {
        case "entity":
            return select(offered ?? ["campaign", "ad_group", "ad", "flow", "subscription", "ad_campaign"])
        case "status":
            switch type {
            case .setConsent: return select(["subscribed", "unsubscribed"])
            case .setOpportunity: return select(["open", "won", "lost", "abandoned"])
            default: return select(["paused", "active"])
            }
        case "channel": return select(offered ?? ["email", "sms"])
        case "everybody", "at_period_end":
            return .checkbox(name, label: label, isOn: value == "yes" || name == "at_period_end" && !isFilled)
        case "customers", "properties", "text":
            let help = l.has("approvals.help.\(name)") ? l.t("approvals.help.\(name)") : nil
            let isRequired = name != "text" && type != .addToList && type != .uploadAudience
            return .textarea(name, label: label, value: value, help: help, error: error, required: isRequired)
        case "ends_on":
            return .text(name, label: label, value: value, type: .date, error: error, required: false, short: true)
        case "percent", "count":
            return .text(name, label: label, value: value, type: .number, error: error, short: true)
        default:
            let help = l.has("approvals.help.\(name)") ? l.t("approvals.help.\(name)") : nil
            return .text(
                name, label: label, value: value, help: help, error: error,
                required: !(type == .setConsent && name == "list_id"))
        }
    }

    /// What was filled in, to be sent again with the proposal.
    var hidden: SafeHTML {
        HTMLWriter.build { html in
            write("type", type?.rawValue ?? "", to: &html)
            for name in Self.names { if let value = self[name] { write(name, value, to: &html) } }
        }
    }

    private func write(_ name: String, _ value: String, to html: inout HTMLWriter) {
        html.raw("<input type=\"hidden\"")
        html.attribute("name", name)
        html.attribute("value", value)
        html.raw(">")
    }
}
